#include <algorithm>

#include "config/edit_splice.h"

namespace fastgate::config {
namespace {

const FieldChange* find(const std::vector<FieldChange>& changes, std::string_view name) {
  const auto it = std::find_if(changes.begin(), changes.end(),
                               [&](const FieldChange& change) { return change.name == name; });
  return it == changes.end() ? nullptr : &*it;
}

bool is_removed(const std::vector<FieldChange>& changes, const PlacedField& field) {
  const FieldChange* change = find(changes, field.name);
  return change != nullptr && !change->value;
}

/// The fields that an entry does not have yet.
EditFields additions(const ChangedEntry& what) {
  EditFields fields;
  for (const FieldChange& change : what.changes) {
    if (change.value && what.mapping.find(change.name) == nullptr) {
      fields.emplace_back(change.name, *change.value);
    }
  }
  return fields;
}

std::size_t end_of(const PlacedField& field) {
  return std::max(field.span.end, field.colon_end);
}

// ---------------------------------------------------------------------------------- flow style

void change_flow(Splices& splices, const EditLayout& layout, const ChangedEntry& what) {
  const auto& fields = what.mapping.fields;
  const FlowForm form = layout.flow_form();
  std::size_t kept_end = 0;  // behind the last field that stays; 0: none does
  std::size_t last_kept = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (is_removed(what.changes, fields[i])) continue;
    kept_end = end_of(fields[i]);
    last_kept = i;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const FieldChange* change = find(what.changes, fields[i].name);
    if (change == nullptr) continue;
    if (change->value) {
      std::string text = fields[i].has_colon ? "" : ": ";
      if (fields[i].has_colon && fields[i].span.begin == fields[i].colon_end) text = " ";
      append_flow(text, *change->value, form);
      splices.replace(fields[i].span, text);
    } else if (kept_end > 0 && i < last_kept) {
      splices.remove({fields[i].key.begin, fields[i + 1].key.begin});
    }
  }
  const bool is_tail_removed = fields.size() > (kept_end > 0 ? last_kept + 1 : 0);
  if (is_tail_removed) {
    const std::size_t begin = kept_end > 0 ? kept_end : fields[0].key.begin;
    splices.remove({begin, end_of(fields.back())});
  }
  const std::string comma = fields.empty() ? ", " : layout.comma_behind(fields.back().key.begin);
  std::string text;
  for (const auto& [name, value] : additions(what)) {
    if (kept_end > 0 || !text.empty()) text += comma;
    append_flow_field(text, name, value, form);
  }
  const std::size_t at = is_tail_removed && kept_end == 0 ? end_of(fields.back())
                         : kept_end > 0                   ? end_of(fields.back())
                                                          : what.mapping.open + 1;
  if (!text.empty()) splices.insert(at, text);
}

// --------------------------------------------------------------------------------- block style

void set_block(Splices& splices, const EditLayout& layout, const PlacedField& field,
               const EditValue& value) {
  const bool is_empty = field.span.begin >= field.span.end;
  const bool stands_below =
      !is_empty && layout.line_begin(field.span.begin) != layout.line_begin(field.colon_end);
  const Span lines{layout.line_begin(field.span.begin), layout.next_line(field.span.end)};
  std::string text;
  if (is_inline(value)) {
    append_flow(text, value);
    if (stands_below) {
      splices.insert(field.colon_end, " " + text);
      splices.remove(lines);
    } else if (is_empty) {
      splices.insert(field.colon_end, " " + text);
    } else {
      splices.replace(field.span, text);
    }
    return;
  }
  append_block(text, value, {layout.line_end(), layout.column_of(field.key.begin) + 2});
  if (stands_below) {
    splices.replace(lines, text);
    return;
  }
  splices.remove({field.colon_end, end_of(field)});
  splices.insert(layout.next_line(end_of(field)), text);
}

/// Takes out the first field, which shares its line with the dash; `next` is the first that stays.
/// The next one moves up, or, where a comment stands between, the dash stays alone on its line.
void remove_first(Splices& splices, const EditLayout& layout, const ChangedEntry& what,
                  std::size_t next) {
  const auto& fields = what.mapping.fields;
  const PlacedField& first = fields[0];
  if (!layout.has_comment({end_of(first), fields[next].key.begin})) {
    splices.remove({first.key.begin, fields[next].key.begin});
    return;
  }
  splices.remove({layout.content_end(what.entry.dash, first.key.begin), end_of(first)});
  for (std::size_t i = 1; i < next; ++i) {
    splices.remove({layout.line_begin(fields[i].key.begin), layout.next_line(end_of(fields[i]))});
  }
}

void change_block(Splices& splices, const EditLayout& layout, const ChangedEntry& what) {
  const auto& fields = what.mapping.fields;
  const std::size_t column = layout.column_of(fields[0].key.begin);
  const EditStyle style{layout.line_end(), column};
  const EditFields added = additions(what);
  const auto first_kept = std::find_if(fields.begin(), fields.end(), [&](const PlacedField& field) {
    return !is_removed(what.changes, field);
  });
  if (first_kept == fields.end()) {
    std::string text;
    append_fields(text, added, style);
    text.resize(text.size() - style.line_end.size());
    splices.replace({fields[0].key.begin, end_of(fields.back())}, text);
    return;
  }
  std::size_t from = 0;
  const bool shares_line =
      layout.line_begin(fields[0].key.begin) == layout.line_begin(what.entry.dash);
  if (shares_line && first_kept != fields.begin()) {
    from = static_cast<std::size_t>(first_kept - fields.begin());
    remove_first(splices, layout, what, from);
  }
  for (std::size_t i = from; i < fields.size(); ++i) {
    const FieldChange* change = find(what.changes, fields[i].name);
    if (change == nullptr) continue;
    if (change->value) {
      set_block(splices, layout, fields[i], *change->value);
    } else {
      splices.remove({layout.line_begin(fields[i].key.begin), layout.next_line(end_of(fields[i]))});
    }
  }
  std::string text;
  for (const auto& [name, value] : added) {
    text.append(column, ' ');
    append_field(text, name, value, style);
  }
  if (!text.empty()) splices.insert(layout.next_line(end_of(fields.back())), text);
}

}  // namespace

void splice_changes(Splices& splices, const EditLayout& layout, const ChangedEntry& what) {
  if (what.mapping.style == YamlStyle::Flow) {
    change_flow(splices, layout, what);
  } else {
    change_block(splices, layout, what);
  }
}

}  // namespace fastgate::config
