#include "config/edit_read.h"

#include <tuple>

#include "config/yaml_text.h"

namespace fastgate::config {
namespace {

EditValue::Kind scalar_kind(const YamlNode& node) {
  if (!node.is_plain) return EditValue::Kind::String;
  switch (plain_type(node.text)) {
    case PlainType::Null:
      return EditValue::Kind::Null;
    case PlainType::Boolean:
      return EditValue::Kind::Boolean;
    case PlainType::Text:
      return EditValue::Kind::String;
    default:
      return EditValue::Kind::Number;
  }
}

/// parse_yaml() bounds the depth.
EditValue value_of(const YamlTree& tree, std::uint32_t index) {
  const YamlNode& node = tree.at(index);
  EditValue value;
  switch (node.kind) {
    case YamlKind::Null:
    case YamlKind::Alias:
      break;
    case YamlKind::Scalar:
      value.kind = scalar_kind(node);
      value.text = node.text;
      break;
    case YamlKind::Sequence:
      value.kind = EditValue::Kind::List;
      for (std::uint32_t at = node.first_child; at != YamlNode::kNone; at = tree.next(at)) {
        value.items.push_back(value_of(tree, at));
      }
      break;
    case YamlKind::Mapping:
      value.kind = EditValue::Kind::Map;
      for (std::uint32_t at = node.first_child; at != YamlNode::kNone;) {
        const std::uint32_t field = tree.next(at);
        value.fields.push_back({std::string(tree.at(at).text), value_of(tree, field)});
        at = tree.next(field);
      }
      break;
  }
  return value;
}

struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

bool is_before(const YamlNode& node, Place place) {
  return std::tie(node.line, node.column) <= std::tie(place.line, place.column);
}

/// The last child that begins at or before the place.
template <class Visit>
void descend(const YamlTree& tree, std::uint32_t index, Place place, const Visit& visit) {
  const YamlNode& node = tree.at(index);
  // What is wrong with an entry as a whole is told at its beginning, where its first field is too.
  if (node.line == place.line && node.column == place.column) return;
  std::uint32_t best = YamlNode::kNone;
  std::string name;
  std::size_t position = 0;
  for (std::uint32_t at = node.first_child; at != YamlNode::kNone; ++position) {
    const bool is_map = node.kind == YamlKind::Mapping;
    const std::uint32_t value = is_map ? tree.next(at) : at;
    if (is_before(tree.at(at), place)) {
      best = value;
      name = is_map ? std::string(tree.at(at).text) : std::to_string(position);
    }
    at = tree.next(value);
  }
  if (best == YamlNode::kNone) return;
  visit(name);
  const YamlKind kind = tree.at(best).kind;
  const bool is_deep = kind == YamlKind::Mapping || kind == YamlKind::Sequence;
  if (is_deep && is_before(tree.at(best), place)) descend(tree, best, place, visit);
}

}  // namespace

Result<EditFields> entry_fields(const YamlText& text, EntryPlace place) {
  const ParsedYaml parsed = text.parse();
  if (!parsed) return fail(ErrorKind::Config, parsed.error().message);
  const YamlTree* tree = parsed->get();
  const YamlNode& root = tree->at(tree->root());
  for (std::uint32_t key = root.first_child;
       root.kind == YamlKind::Mapping && key != YamlNode::kNone;) {
    const std::uint32_t value = tree->next(key);
    if (tree->at(key).text == name_of(place.list)) {
      std::size_t index = 0;
      for (std::uint32_t at = tree->at(value).first_child; at != YamlNode::kNone;
           at = tree->next(at), ++index) {
        if (index == place.index) return value_of(*tree, at).fields;
      }
    }
    key = tree->next(value);
  }
  return fail(ErrorKind::Config, "the entry cannot be found in its file: edit it by hand");
}

std::string field_at(std::string_view text, std::uint32_t line, std::uint32_t column) {
  const auto tree = parse_yaml(text);
  if (!tree) return {};
  std::vector<std::string> names;
  descend(*tree, tree->root(), {.line = line, .column = column},
          [&](const std::string& name) { names.push_back(name); });
  const bool is_entry =
      names.size() >= 2 && (names[0] == "routes" || names[0] == "keys" || names[0] == "upstreams");
  std::string path;
  for (std::size_t i = is_entry ? 2 : 0; i < names.size(); ++i) {
    path.append(path.empty() ? "" : ".").append(names[i]);
  }
  return path;
}

}  // namespace fastgate::config
