#include "config/yaml_cache.h"

#include <utility>

namespace fastgate::config {
namespace {

ParsedYaml parse_shared(std::string_view text) {
  std::expected<YamlTree, YamlFailure> tree = parse_yaml(text);
  if (!tree) return std::unexpected(std::move(tree.error()));
  return std::make_shared<const YamlTree>(std::move(*tree));
}

}  // namespace

ParsedYaml YamlCache::parse(std::string_view text) {
  const Sha256 digest = sha256(text);
  if (const auto found = known_.find(digest); found != known_.end()) {
    found->second.is_used = true;
    return found->second.tree;
  }
  ParsedYaml parsed = parse_shared(text);
  if (parsed) known_.emplace(digest, Known{.tree = *parsed});
  return parsed;
}

void YamlCache::forget_unused() {
  std::erase_if(known_, [](const auto& entry) { return !entry.second.is_used; });
  for (auto& [digest, known] : known_) known.is_used = false;
}

ParsedYaml YamlText::parse() const {
  return cache == nullptr ? parse_shared(text) : cache->parse(text);
}

}  // namespace fastgate::config
