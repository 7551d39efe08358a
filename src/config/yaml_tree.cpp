#include "config/yaml_tree.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "config/yaml_builder.h"
#include "config/yaml_reader.h"
#include "config/yaml_text.h"

namespace fastgate::config {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";

}  // namespace

char* TextArena::room(std::size_t size) {
  if (size > left_) {
    const std::size_t chunk = std::max(kChunk, size);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
    next_ = chunks_.back().get();
    left_ = chunk;
  }
  left_ -= size;
  return std::exchange(next_, next_ + size);
}

std::string_view TextArena::keep(std::string_view text) {
  if (text.empty()) return {};
  char* copy = room(text.size());
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

std::expected<YamlTree, YamlFailure> parse_yaml(std::string_view text) {
  if (auto bad = find_bad_text(text)) return std::unexpected(std::move(*bad));
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  YamlBuilder builder(text.size());
  YamlReader reader(text, builder);
  if (!reader.read()) return std::unexpected(builder.failure());
  return builder.take();
}

}  // namespace fastgate::config
