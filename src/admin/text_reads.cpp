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
constexpr std::string_view kFileFields[] = {"/certificate", "/private_key",        "/ca",
                                            "/crl",         "/client_certificate", "/client_key"};

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

/// Whether the text names a file by where the file that holds it is.
bool is_relative(const Reading& reading) {
  if (reading.field == kInclude) return true;
  constexpr std::string_view kFile = "${file:";
  for (std::size_t at = reading.text.find(kFile); at != std::string_view::npos;
       at = reading.text.find(kFile, at)) {
    at += kFile.size();
    if (!reading.text.substr(at).starts_with('/')) return true;
  }
  return false;
}

/// Gives every reading to `take` until that says false. Depth is bounded by YamlLimits.
bool visit(const YamlTree& tree, std::uint32_t index, const std::string& field,
           const std::function<bool(const Reading&)>& take) {
  const YamlNode& node = tree.at(index);
  if (node.kind == YamlKind::Scalar) return !reads(field, node.text) || take({field, node.text});
  for (std::uint32_t at = node.first_child; at != YamlNode::kNone; at = tree.next(at)) {
    std::string below = field;
    if (node.kind == YamlKind::Mapping) {
      const YamlNode& name = tree.at(at);
      // What `<<` brings are fields of the mapping that it stands in.
      const bool is_merge = name.is_plain && name.text == "<<";
      if (!is_merge) below.append("/").append(name.text);
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
      // Relative paths of an included file start from another place.
      if (i == 0 || !is_relative(reading)) known.insert(joined(reading));
      return true;
    });
  }
  return visit(*given, given->root(), "",
               [&](const Reading& reading) { return known.contains(joined(reading)); });
}

}  // namespace fastgate::admin
