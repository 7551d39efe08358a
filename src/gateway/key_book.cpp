#include "gateway/key_book.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace fastgate::gateway {
namespace {

/// A digest's bits are evenly spread: eight bytes of it need no further hashing.
std::uint64_t prefix_of(const Sha256& digest) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, digest.data(), sizeof prefix);
  return prefix;
}

Key compiled(const config::KeyConfig& config, std::uint32_t index) {
  const bool names_models = !config.allowed_models.empty();
  return {.sha256 = config.key_sha256,
          .config = &config,
          .expires_at = config.expires_at.value_or(WallTime::max()),
          .index = index,
          .rate_limit = config.rate_limit,
          .burst = config.burst,
          .key_id = config.key_id.value,
          .source_path = config.source_path,
          .max_concurrency = config.max_concurrency,
          .is_active = config.is_active,
          .is_bound = names_models || !config.allowed_routes.empty() ||
                      !config.permissions.empty() || !config.allowed_ips.empty(),
          .names_models = names_models};
}

}  // namespace

KeyBook::KeyBook(std::vector<config::KeyConfig> keys) : configs_(std::move(keys)) {
  const auto rotated = static_cast<std::size_t>(std::ranges::count_if(
      configs_, [](const auto& key) { return key.previous_sha256.has_value(); }));
  keys_.reserve(configs_.size());
  by_id_.reserve(configs_.size());
  if (!configs_.empty()) slots_.resize(std::bit_ceil(2 * (configs_.size() + rotated)));
  for (const config::KeyConfig& config : configs_) {
    const auto index = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(compiled(config, index));
    add(config.key_sha256, {.key = index});
    if (config.previous_sha256) add(*config.previous_sha256, {.key = index, .is_previous = true});
    by_id_.emplace(config.key_id.value, index);
  }
}

void KeyBook::add(const Sha256& digest, Slot slot) {
  slot.prefix = prefix_of(digest);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot.prefix & mask;
  while (slots_[at].key != kNone) at = (at + 1) & mask;
  slots_[at] = slot;
}

const Sha256& KeyBook::digest_of(const Slot& slot) const {
  const Key& key = keys_[slot.key];
  return slot.is_previous ? *key.config->previous_sha256 : key.sha256;
}

KeyBook::Found KeyBook::find(std::string_view value) const {
  Found found;
  if (slots_.empty()) return found;
  const Sha256 digest = sha256(value);
  const std::uint64_t prefix = prefix_of(digest);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = prefix & mask; slots_[at].key != kNone; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.prefix != prefix || !equals_in_constant_time(digest_of(slot), digest)) continue;
    // Whose value it is comes before whose it was.
    if (!slot.is_previous) return {&keys_[slot.key], false};
    found = {&keys_[slot.key], true};
  }
  return found;
}

const Key* KeyBook::find_id(std::string_view key_id) const {
  const auto it = by_id_.find(std::string(key_id));
  return it == by_id_.end() ? nullptr : &keys_[it->second];
}

}  // namespace fastgate::gateway
