/// The configured keys, found by the SHA-256 of a presented value. Immutable part of a Snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/sha256.h"
#include "config/model.h"

namespace fastgate::gateway {

/// One key. Among thousands of them the one that a request shows is in no cache: what every request
/// reads of it stands in two lines of memory, and the rest is behind `config`.
struct alignas(64) Key {
  Sha256 sha256{};
  const config::KeyConfig* config = nullptr;  ///< as configured, the book's own
  WallTime expires_at = WallTime::max();      ///< max(): never
  std::uint32_t index = 0;                    ///< in the book
  std::optional<std::uint32_t> rate_limit;    ///< requests a minute; absent: the default; 0: none
  std::uint32_t burst = 0;                    ///< 0: as rate_limit
  std::string_view key_id;
  std::string_view source_path;
  std::uint32_t max_concurrency = 0;
  bool is_active = true;
  bool is_bound = false;      ///< to routes, permissions, addresses or models
  bool names_models = false;  ///< it is bound to models
};
static_assert(sizeof(Key) == 128);

/// Complexity: a look-up costs one SHA-256 and one search in a flat table, whatever the number of
/// keys.
///
/// What its time may tell: the table is searched by the digest's first eight bytes, so how long a
/// wrong value takes depends on whether its digest begins as that of a key does. That is nothing to
/// climb up: digests cannot be aimed at, so a value that shares 64 bits with a key's digest is as
/// hard to find as 2^64 tries make it, and would tell nothing of the value. Beyond those eight
/// bytes a digest is compared whole, in constant time.
class KeyBook {
 public:
  KeyBook() = default;
  explicit KeyBook(std::vector<config::KeyConfig> keys);
  KeyBook(const KeyBook&) = delete;
  KeyBook& operator=(const KeyBook&) = delete;
  KeyBook(KeyBook&&) = default;
  KeyBook& operator=(KeyBook&&) = default;

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
  static constexpr std::uint32_t kNone = 0xffffffff;
  /// A place of the table.
  struct Slot {
    std::uint64_t prefix = 0;  ///< of a digest
    std::uint32_t key = kNone;
    bool is_previous = false;  ///< the digest is the key's previous one
  };
  void add(const Sha256& digest, Slot slot);
  [[nodiscard]] const Sha256& digest_of(const Slot& slot) const;

  std::vector<config::KeyConfig> configs_;
  std::vector<Key> keys_;
  std::vector<Slot> slots_;  ///< open addressing; a power of two, at most half of it is taken
  std::unordered_map<std::string, std::uint32_t> by_id_;
};

}  // namespace fastgate::gateway
