#include "gateway/key_book.h"

#include <cstring>

namespace fastgate::gateway {
namespace {

/// A digest's bits are evenly spread: eight bytes of it need no further hashing.
std::uint64_t prefix_of(const Sha256& digest) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, digest.data(), sizeof prefix);
  return prefix;
}

}  // namespace

KeyBook::KeyBook(const std::vector<config::KeyConfig>& keys) {
  keys_.reserve(keys.size());
  by_hash_.reserve(keys.size());
  by_id_.reserve(keys.size());
  for (const config::KeyConfig& config : keys) {
    const auto index = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back({config, index});
    by_hash_.emplace(prefix_of(config.key_sha256), index);
    if (config.previous_sha256) by_hash_.emplace(prefix_of(*config.previous_sha256), index);
    by_id_.emplace(config.key_id.value, index);
  }
}

KeyBook::Found KeyBook::find(std::string_view value) const {
  const Sha256 digest = sha256(value);
  Found found;
  const auto [begin, end] = by_hash_.equal_range(prefix_of(digest));
  for (auto it = begin; it != end; ++it) {
    const Key& key = keys_[it->second];
    if (equals_in_constant_time(key.config.key_sha256, digest)) return {&key, false};
    const auto& previous = key.config.previous_sha256;
    if (previous && equals_in_constant_time(*previous, digest)) found = {&key, true};
  }
  return found;
}

const Key* KeyBook::find_id(std::string_view key_id) const {
  const auto it = by_id_.find(std::string(key_id));
  return it == by_id_.end() ? nullptr : &keys_[it->second];
}

}  // namespace fastgate::gateway
