/// Rate buckets of strangers: a fixed number of them, found by a salted hash, lock-free.
///
/// Part of LimitBook and FailureGuard; thread-safe. Never allocates after construction.
///
/// Policy when places run out: a client may stand in one of eight places. When all eight are taken
/// by others, the bucket with the least debt makes room, so whoever was pushed out starts with a
/// whole burst again: crowding loosens the limit of somebody who hardly used it, and never refuses
/// anybody. Two clients share a bucket only if 22 bits of their salted hashes agree within those
/// eight places (about one pair in two million of a full table), and nobody without the salt can
/// look for such a pair.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/gcra.h"

namespace fastgate::gateway {

class ClientBuckets {
 public:
  static constexpr std::size_t kWays = 8;

  /// `places` is a power of two and at least kWays.
  explicit ClientBuckets(std::size_t places);

  /// Exact under concurrency for a client that keeps its place. `rule` is in TimeScale::Microticks.
  /// An arrival time that the rule cannot have made (26 days old, or the clock jumped) counts as
  /// none.
  [[nodiscard]] RateState take(std::uint64_t hash, const GcraRule& rule, WallTime now);
  /// Gives one taken request back, if the client still has its place.
  void give_back(std::uint64_t hash, const GcraRule& rule);

  /// Appends a line `client PLACE WORD` (hexadecimal) for each bucket with a debt.
  void save(std::string& out, WallTime now) const;
  /// Takes one saved bucket back, as long as its eight places have room; others are ignored.
  void restore(std::uint64_t place, std::uint64_t word);

 private:
  struct Place;
  [[nodiscard]] Place look_up(std::uint64_t hash, std::int64_t now) const;

  /// 22 bits of tag, 42 bits of arrival time; 0: empty.
  std::vector<std::atomic<std::uint64_t>> words_;
};

}  // namespace fastgate::gateway
