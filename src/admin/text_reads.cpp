#include "admin/text_reads.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "config/yaml_tree.h"

namespace fastgate::admin {
namespace {

using config::YamlKind;
using config::YamlNode;
using config::YamlTree;

constexpr std::string_view kInclude = "/include";
constexpr std::string_view kFileFields[] = {"/certificate", "/private_key", "/ca",
                                            "/client_certificate", "/client_key"};

/// A field by the names above it, without the numbers of entries, and what stands there.
struct Reading {
  std::string field;
  std::string_view text;
};

bool reads(std::string_view field, std::string_view text) {
  return text.find("${") != std::string_view::npos || field == kInclude ||
         std::ranges::any_of(kFileFields,
                             [&](std::string_view end) { return field.ends_with(end); });
}

/// Gives every reading to `take` until that says false. Depth is bounded by YamlLimits.
bool visit(const YamlTree& tree, std::uint32_t index, const std::string& field,
           const std::function<bool(const Reading&)>& take) {
  const YamlNode& node = tree.at(index);
  if (node.kind == YamlKind::Scalar) return !reads(field, node.text) || take({field, node.text});
  for (std::uint32_t at = node.first_child; at != YamlNode::kNone; at = tree.next(at)) {
    std::string below = field;
    if (node.kind == YamlKind::Mapping) {
      below.append("/").append(tree.at(at).text);
      at = tree.next(at);
    }
    if (!visit(tree, at, below, take)) return false;
  }
  return true;
}

std::string joined(const Reading& reading) {
  return reading.field + '\n' + std::string(reading.text);
}

}  // namespace

bool reads_no_more(std::string_view text, const std::vector<LoadedFile>& running) {
  const auto given = config::parse_yaml(text);
  if (!given) return true;
  std::set<std::string> known;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto tree = config::parse_yaml(running[i].text);
    if (!tree) continue;
    visit(*tree, tree->root(), "", [&](const Reading& reading) {
      // Where relative paths of an included file start from is another place.
      if (i == 0 || reading.field != kInclude) known.insert(joined(reading));
      return true;
    });
  }
  return visit(*given, given->root(), "",
               [&](const Reading& reading) { return known.contains(joined(reading)); });
}

}  // namespace fastgate::admin
