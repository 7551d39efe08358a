#include "server/setting_place.h"

#include "config/yaml_tree.h"

namespace fastgate::server {
namespace {

/// Where the value of that name stands in the text, as `LINE:COLUMN`; its beginning if it does not.
std::string place_in(std::string_view text, std::initializer_list<std::string_view> names) {
  const auto tree = config::parse_yaml(text);
  std::uint32_t at = tree ? tree->root() : config::YamlNode::kNone;
  for (const std::string_view wanted : names) {
    if (at == config::YamlNode::kNone) break;
    std::uint32_t key = tree->at(at).first_child;
    while (key != config::YamlNode::kNone && tree->at(key).text != wanted) {
      key = tree->next(tree->next(key));
    }
    at = key == config::YamlNode::kNone ? key : tree->next(key);
  }
  if (at == config::YamlNode::kNone) return "1:1";
  return std::to_string(tree->at(at).line) + ":" + std::to_string(tree->at(at).column);
}

}  // namespace

std::string setting_error(const Generation& generation, const ConfigPlace& place,
                          std::initializer_list<std::string_view> names,
                          const std::string& reason) {
  std::string setting;
  for (const std::string_view name : names) {
    if (!setting.empty()) setting += '.';
    setting += name;
  }
  return place.file + ":" + place_in(generation.files->front().text, names) + ": `" + setting +
         "`: " + generation.snapshot->config.secrets.masked(reason);
}

}  // namespace fastgate::server
