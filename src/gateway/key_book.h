/// The configured keys, found by the SHA-256 of a presented value. Immutable part of a Snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/sha256.h"
#include "config/model.h"

namespace fastgate::gateway {

/// One key with what is checked of it, compiled.
struct Key {
  config::KeyConfig config;
  std::uint32_t index = 0;  ///< in the book
};

/// Complexity: a look-up costs one SHA-256 and one hash probe, whatever the number of keys; the
/// comparison of the digest takes constant time.
class KeyBook {
 public:
  KeyBook() = default;
  explicit KeyBook(const std::vector<config::KeyConfig>& keys);

  /// The key whose current or previous hash is that of `value`; null for an unknown one. Whether it
  /// is active, expired or past its rotation is for identify() to say.
  struct Found {
    const Key* key = nullptr;
    bool by_previous_hash = false;
  };
  [[nodiscard]] Found find(std::string_view value) const;
  [[nodiscard]] const Key* find_id(std::string_view key_id) const;
  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }

 private:
  std::vector<Key> keys_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;  ///< first 8 bytes of the digest
  std::unordered_map<std::string, std::uint32_t> by_id_;
};

}  // namespace fastgate::gateway
