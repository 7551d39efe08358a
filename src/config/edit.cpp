#include "config/edit.h"

#include <algorithm>
#include <set>

#include "config/edit_check.h"
#include "config/edit_layout.h"
#include "config/edit_splice.h"

namespace fastgate::config {
namespace {

constexpr std::size_t kMaxFileText = std::size_t{64} << 20;

std::unexpected<Error> no_entry(EntryPlace place) {
  return fail(ErrorKind::Config, "`" + std::string(name_of(place.list)) + "` has no entry " +
                                     std::to_string(place.index + 1));
}

/// One text under edit: its layout, the list, and where its field stands.
struct Target {
  EditLayout layout;
  PlacedMapping root;
  const PlacedField* field = nullptr;  ///< of `root`; null if the list is not there
};

Result<Target> open(const YamlText& text, EditList list) {
  if (text.text.size() > kMaxFileText)
    return fail(ErrorKind::Config, "the file is larger than 64 MiB");
  auto layout = EditLayout::read(text);
  if (!layout) return std::unexpected(layout.error());
  auto root = layout->root();
  if (!root) return std::unexpected(root.error());
  Target target{std::move(*layout), std::move(*root), nullptr};
  const auto is_list = [&](const PlacedField& field) { return field.name == name_of(list); };
  const auto& fields = target.root.fields;
  if (std::count_if(fields.begin(), fields.end(), is_list) > 1) {
    return fail(ErrorKind::Config, "`" + std::string(name_of(list)) + "` stands twice in the file");
  }
  // Points into the vector's memory, which moves along.
  target.field = target.root.find(name_of(list));
  return target;
}

/// The list's entries; an empty block list where the field is missing or empty.
Result<PlacedList> entries_of(const Target& target) {
  if (target.field == nullptr) return PlacedList{};
  const PlacedField& field = *target.field;
  if (target.layout.tree().at(field.value).kind == YamlKind::Null) return PlacedList{};
  return target.layout.list({field.value, field.span});
}

struct TargetEntry {
  Target target;
  PlacedList list;
  PlacedEntry entry;
};

Result<TargetEntry> open_entry(const YamlText& text, EntryPlace place) {
  auto target = open(text, place.list);
  if (!target) return std::unexpected(target.error());
  auto list = entries_of(*target);
  if (!list) return std::unexpected(list.error());
  if (place.index >= list->entries.size()) return no_entry(place);
  const PlacedEntry entry = list->entries[place.index];
  return TargetEntry{std::move(*target), std::move(*list), entry};
}

/// The whole edited text, once it was found to be right. `before` is the text as it came: where the
/// layout added a line end, a block scalar at the end of the file would take that for its own.
Result<std::string> finish(const YamlText& before, const EditLayout& layout, Splices&& splices,
                           const EditPlan& plan) {
  auto text = std::move(splices).apply(layout);
  if (!text) return text;
  ParsedYaml own;
  if (layout.added_line_end()) own = before.parse();
  if (!own) return fail(ErrorKind::Config, own.error().message);
  auto checked = check_edit(*own ? **own : layout.tree(), {*text, before.cache}, plan);
  if (!checked) return std::unexpected(checked.error());
  return text;
}

Result<void> check_names(const std::vector<FieldChange>& changes) {
  std::set<std::string_view> names;
  for (const FieldChange& change : changes) {
    if (!names.insert(change.name).second) {
      return fail(ErrorKind::Config, "`" + change.name + "` is changed twice");
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(EditList list) {
  switch (list) {
    case EditList::Upstreams:
      return "upstreams";
    case EditList::Routes:
      return "routes";
    case EditList::Keys:
      return "keys";
  }
  return {};
}

Result<std::string> append_entry(const YamlText& text, EditList list, const EditFields& entry) {
  auto target = open(text, list);
  if (!target) return std::unexpected(target.error());
  const auto entries = entries_of(*target);
  if (!entries) return std::unexpected(entries.error());
  Splices splices;
  if (target->field == nullptr) {
    splice_new_list(splices, target->layout, {name_of(list), target->root, entry});
  } else if (entries->entries.empty()) {
    splice_first_entry(splices, target->layout, {target->root, *target->field, entry});
  } else {
    splice_next_entry(splices, target->layout, *entries, entry);
  }
  return finish(text, target->layout, std::move(splices),
                {.kind = EditKind::Append, .place = {list, 0}, .entry = &entry});
}

Result<std::string> change_entry(const YamlText& text, EntryPlace place,
                                 const std::vector<FieldChange>& changes) {
  if (auto named = check_names(changes); !named) return std::unexpected(named.error());
  auto opened = open_entry(text, place);
  if (!opened) return std::unexpected(opened.error());
  const EditLayout& layout = opened->target.layout;
  const auto mapping = layout.mapping({opened->entry.node, opened->entry.span});
  if (!mapping) return std::unexpected(mapping.error());
  Splices splices;
  splice_changes(splices, layout, {*mapping, opened->entry, changes});
  return finish(text, layout, std::move(splices),
                {.kind = EditKind::Change, .place = place, .changes = &changes});
}

Result<std::string> delete_entry(const YamlText& text, EntryPlace place) {
  const auto opened = open_entry(text, place);
  if (!opened) return std::unexpected(opened.error());
  Splices splices;
  splice_out_entry(splices, opened->target.layout,
                   {*opened->target.field, opened->list, place.index});
  return finish(text, opened->target.layout, std::move(splices),
                {.kind = EditKind::Delete, .place = place});
}

namespace {

/// Calls `is_wanted` with the node of each entry until it says yes.
template <class IsWanted>
Result<std::optional<EntryPlace>> search(const YamlText& text, EditList list,
                                         const IsWanted& is_wanted) {
  const ParsedYaml parsed = text.parse();
  if (!parsed) return fail(ErrorKind::Config, parsed.error().message);
  const YamlTree* tree = parsed->get();
  const YamlNode& root = tree->at(tree->root());
  if (root.kind != YamlKind::Mapping) return std::nullopt;
  for (std::uint32_t key = root.first_child; key != YamlNode::kNone;) {
    const std::uint32_t value = tree->next(key);
    const bool is_list = tree->at(key).text == name_of(list);
    key = tree->next(value);
    if (!is_list || tree->at(value).kind != YamlKind::Sequence) continue;
    EntryPlace place{list, 0};
    for (std::uint32_t entry = tree->at(value).first_child; entry != YamlNode::kNone;
         entry = tree->next(entry), ++place.index) {
      if (is_wanted(*tree, entry)) return place;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<EntryPlace>> find_entry(const YamlText& text, EditList list,
                                             std::string_view name, std::string_view value) {
  return search(text, list, [&](const YamlTree& tree, std::uint32_t entry) {
    if (tree.at(entry).kind != YamlKind::Mapping) return false;
    for (std::uint32_t key = tree.at(entry).first_child; key != YamlNode::kNone;) {
      const YamlNode& field = tree.at(tree.next(key));
      const bool is_named = tree.at(key).text == name;
      if (is_named && field.kind == YamlKind::Scalar && field.text == value) return true;
      key = tree.next(tree.next(key));
    }
    return false;
  });
}

Result<std::optional<EntryPlace>> entry_at(const YamlText& text, EditList list, Mark mark) {
  return search(text, list, [&](const YamlTree& tree, std::uint32_t entry) {
    const YamlNode& node = tree.at(entry);
    return node.line == mark.line && node.column == mark.column;
  });
}

}  // namespace fastgate::config
