/// YAML trees as texts that a test can compare.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/yaml_tree.h"

namespace fastgate::config {

/// The tree as text: `[a b]`, `{k: v}`, plain scalars bare, others in quotes, null as `~`.
inline std::string shown(const YamlTree& tree, std::uint32_t index) {
  const YamlNode& node = tree.at(index);
  if (node.kind == YamlKind::Null) return "~";
  if (node.kind == YamlKind::Scalar) {
    return node.is_plain ? std::string(node.text) : "'" + std::string(node.text) + "'";
  }
  const bool is_mapping = node.kind == YamlKind::Mapping;
  std::string out = is_mapping ? "{" : "[";
  bool is_key = true;
  for (std::uint32_t child = node.first_child; child != YamlNode::kNone; child = tree.next(child)) {
    out += shown(tree, child);
    if (is_mapping && is_key) {
      out += ":";
    } else if (tree.next(child) != YamlNode::kNone) {
      out += " ";
    }
    is_key = !is_key;
  }
  return out + (is_mapping ? "}" : "]");
}

/// `parse_yaml`'s tree as text, or `LINE:COLUMN message`.
inline std::string parsed(std::string_view text) {
  const auto tree = parse_yaml(text);
  if (!tree) {
    return std::to_string(tree.error().line) + ":" + std::to_string(tree.error().column) + " " +
           tree.error().message;
  }
  return shown(*tree, tree->root());
}

}  // namespace fastgate::config
