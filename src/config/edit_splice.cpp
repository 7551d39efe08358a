#include "config/edit_splice.h"

#include <algorithm>

namespace fastgate::config {
namespace {

bool is_blank(const EditLayout& layout, Span span) {
  return layout.text().find_first_not_of(" \t\r\n", span.begin) >= span.end;
}

/// Whether the line that ends at `offset` is blank, or there is none.
bool is_blank_before(const EditLayout& layout, std::size_t offset) {
  return offset == 0 || is_blank(layout, {layout.line_begin(offset - 1), offset});
}

std::string flow_of(const EditFields& entry, const EditLayout& layout) {
  EditValue map;
  map.kind = EditValue::Kind::Map;
  map.fields = entry;
  std::string text;
  append_flow(text, map, layout.flow_form());
  return text;
}

/// A list with this entry alone, behind its name.
std::string flow_list_of(std::string_view name, const EditFields& entry, const EditLayout& layout) {
  EditValue list;
  list.kind = EditValue::Kind::List;
  EditValue map;
  map.kind = EditValue::Kind::Map;
  map.fields = entry;
  list.items.push_back(std::move(map));
  std::string text;
  if (name.empty()) {
    append_flow(text, list, layout.flow_form());
  } else {
    append_flow_field(text, name, list, layout.flow_form());
  }
  return text;
}

/// The lines of an entry whose dash stands in `column`.
std::string lines_of(const EditFields& entry, const EditLayout& layout, std::size_t column) {
  std::string lines(column, ' ');
  lines += "- ";
  append_fields(lines, entry, {layout.line_end(), column + 2});
  return lines;
}

/// Behind an entry's last line. Comments right below that are indented deeper belong to it.
std::size_t entry_end(const EditLayout& layout, const PlacedList& list, const PlacedEntry& entry) {
  std::size_t end = layout.next_line(std::max(entry.span.end, entry.dash + 1));
  while (end < layout.document_end()) {
    const std::size_t mark = layout.text().find_first_not_of(' ', end);
    if (mark == std::string::npos || layout.text()[mark] != '#') break;
    if (mark - end <= list.column) break;
    end = layout.next_line(end);
  }
  return end;
}

}  // namespace

Result<std::string> Splices::apply(const EditLayout& layout) && {
  std::sort(splices_.begin(), splices_.end(),
            [](const Splice& a, const Splice& b) { return a.rank() < b.rank(); });
  const std::string& old = layout.text();
  std::string text;
  std::size_t done = 0;
  for (const Splice& splice : splices_) {
    if (splice.span.begin < done || splice.span.end < splice.span.begin) {
      return fail(ErrorKind::Config, "these changes overlap: edit the file by hand");
    }
    text.append(old, done, splice.span.begin - done).append(splice.text);
    done = splice.span.end;
  }
  text.append(old, done);
  if (layout.added_line_end() && text.ends_with(layout.line_end())) {
    text.resize(text.size() - layout.line_end().size());
  }
  return text;
}

void splice_new_list(Splices& splices, const EditLayout& layout, const NewList& what) {
  const auto& fields = what.root.fields;
  if (what.root.style == YamlStyle::Flow) {
    const std::string list = flow_list_of(what.name, what.entry, layout);
    if (fields.empty()) return splices.insert(what.root.open + 1, list);
    const PlacedField& last = fields.back();
    return splices.insert(std::max(last.span.end, last.colon_end),
                          layout.comma_behind(last.key.begin) + list);
  }
  const std::size_t column = fields.empty() ? 0 : layout.column_of(fields[0].key.begin);
  const std::size_t at = layout.document_end();
  std::string text;
  if (!is_blank_before(layout, at)) text += layout.line_end();
  text.append(column, ' ').append(what.name).append(":").append(layout.line_end());
  splices.insert(at, text + lines_of(what.entry, layout, column + 2));
}

void splice_first_entry(Splices& splices, const EditLayout& layout, const FirstEntry& what) {
  const auto& [root, field, entry] = what;
  if (root.style == YamlStyle::Flow) {
    const std::size_t open = layout.behind_properties(field.span.begin);
    if (open < field.span.end && layout.text()[open] == '[') {
      return splices.insert(open + 1, flow_of(entry, layout));
    }
    const std::string list = flow_list_of("", entry, layout);
    if (open < field.span.end) return splices.replace({open, field.span.end}, list);
    return splices.insert(field.colon_end, (field.has_colon ? " " : ": ") + list);
  }
  const std::string lines = lines_of(entry, layout, layout.column_of(field.key.begin) + 2);
  const std::size_t begin = layout.behind_properties(field.span.begin);
  const std::size_t end = field.span.end;
  if (begin >= end) {
    splices.insert(layout.next_line(std::max(end, field.colon_end) - 1), lines);
  } else if (layout.has_comment({begin, end})) {
    splices.insert(begin + 1, flow_of(entry, layout));
  } else if (layout.line_begin(begin) != layout.line_begin(field.colon_end)) {
    splices.replace({layout.line_begin(begin), layout.next_line(end)}, lines);
  } else {
    splices.remove({layout.content_end(field.colon_end, begin), end});
    splices.insert(layout.next_line(end - 1), lines);
  }
}

void splice_next_entry(Splices& splices, const EditLayout& layout, const PlacedList& list,
                       const EditFields& entry) {
  const PlacedEntry& last = list.entries.back();
  if (list.style == YamlStyle::Flow) {
    splices.insert(last.span.end, layout.comma_behind(last.span.begin) + flow_of(entry, layout));
    return;
  }
  std::string text;
  if (list.entries.size() > 1) {
    const PlacedEntry& before = list.entries[list.entries.size() - 2];
    const std::size_t gap = entry_end(layout, list, before);
    if (gap < layout.line_begin(last.dash) && is_blank(layout, {gap, layout.next_line(gap)})) {
      text += layout.line_end();
    }
  }
  splices.insert(entry_end(layout, list, last), text + lines_of(entry, layout, list.column));
}

void splice_out_entry(Splices& splices, const EditLayout& layout, const RemovedEntry& what) {
  const auto& entries = what.list.entries;
  const PlacedEntry& entry = entries[what.index];
  if (what.list.style == YamlStyle::Flow) {
    const bool is_last = what.index + 1 == entries.size();
    if (!is_last) {
      splices.remove({entry.span.begin, entries[what.index + 1].span.begin});
    } else if (what.index > 0) {
      splices.remove({entries[what.index - 1].span.end, entry.span.end});
    } else {
      splices.remove({what.list.open + 1, what.field.span.end - 1});
    }
    return;
  }
  Span lines{layout.line_begin(entry.dash), entry_end(layout, what.list, entry)};
  const bool is_at_end = lines.end >= layout.document_end();
  const bool is_blank_behind =
      is_at_end || is_blank(layout, {lines.end, layout.next_line(lines.end)});
  const bool is_behind_name = layout.next_line(what.field.colon_end) == lines.begin;
  if (lines.begin > 0 && is_blank_before(layout, lines.begin) && is_blank_behind) {
    lines.begin = layout.line_begin(lines.begin - 1);
  } else if (is_behind_name && is_blank_behind && entries.size() > 1) {
    lines.end = layout.next_line(lines.end);
  }
  splices.remove(lines);
  if (entries.size() == 1) {
    splices.insert(layout.content_end(what.field.colon_end, entries[0].dash), " []");
  }
}

}  // namespace fastgate::config
