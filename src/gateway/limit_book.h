/// Rates and counts in flight, by key, route and client address, shared by all workers.
///
/// Owned by the server; outlives reloads, so that a limit is not forgotten by a HUP. Thread-safe
/// and lock-free on the path of a request: one atomic a limit (GCRA: the theoretical arrival time).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"

namespace fastgate::gateway {

/// A rate: `per_minute` requests a minute, at most `burst` at once. per_minute == 0: no limit.
struct Rate {
  std::uint32_t per_minute = 0;
  std::uint32_t burst = 0;  ///< 0: as per_minute
};

/// What a rate says of one request, for `RateLimit-*` and `x-ratelimit-*-requests`.
struct RateState {
  bool allowed = true;
  std::uint32_t limit = 0;  ///< requests at once from a whole burst; 0: there is no limit
  std::uint32_t remaining = 0;
  std::chrono::milliseconds reset{0};        ///< until the burst is whole again
  std::chrono::milliseconds retry_after{0};  ///< if not allowed
};

/// One rate bucket and one count in flight. Address is stable; found once per snapshot and kept.
class Limit {
 public:
  /// Exact under concurrency: with a burst of N, N of any number of simultaneous calls pass. When
  /// the clock jumps back, a refusal still lasts no longer than the rate says (see gcra.h).
  [[nodiscard]] RateState take(const Rate& rate, WallTime now);
  /// The state without taking anything (explain).
  [[nodiscard]] RateState peek(const Rate& rate, WallTime now) const;
  /// Gives one taken request back (a later check refused it).
  void give_back(const Rate& rate);
  /// Enters if fewer than `max` are inside; max == 0: always.
  [[nodiscard]] bool try_enter(std::uint32_t max);
  void leave();
  [[nodiscard]] std::uint32_t inside() const { return inside_.load(std::memory_order_relaxed); }
  /// Theoretical arrival time in ns since the epoch, for saving and restoring over a restart.
  [[nodiscard]] std::int64_t arrival() const { return arrival_.load(std::memory_order_relaxed); }
  void restore(std::int64_t arrival) { arrival_.store(arrival, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> arrival_{0};
  std::atomic<std::uint32_t> inside_{0};
};

/// Finds or makes limits by name. for_key / for_route take a lock and are called when a snapshot
/// comes in force (or by explain), beside the loops; limits that nobody holds any more are
/// forgotten when their number has doubled; for_client is per request, bounded in number (oldest
/// buckets are reused) and sharded.
class LimitBook {
 public:
  LimitBook();
  ~LimitBook();
  [[nodiscard]] std::shared_ptr<Limit> for_key(std::string_view key_id);
  [[nodiscard]] std::shared_ptr<Limit> for_route(std::string_view route_id);
  /// IPv6 clients share a bucket by /64.
  [[nodiscard]] RateState take_for_client(std::string_view route_id, const IpAddress& client,
                                          const Rate& rate, WallTime now);
  /// Gives one request taken by take_for_client() back (a later check refused it).
  void give_back_for_client(std::string_view route_id, const IpAddress& client, const Rate& rate);
  /// The state of all rates as text, and back, so that limits survive a restart within their
  /// window. Form: a line `fastgate-limits 1`, then `salt A B`, `client PLACE WORD` (hexadecimal),
  /// and `key ID TIME`, `route ID TIME` with the id percent-encoded. Buckets without a debt are
  /// left out. The text tells no key value; its salt is to be kept from clients (file mode 0600).
  [[nodiscard]] std::string save(WallTime now) const;
  /// Call before the first request. A text of another form is ignored whole, a line of another form
  /// by itself; at most 64 MiB are read.
  void restore(std::string_view saved, WallTime now);

 private:
  struct Shards;
  std::unique_ptr<Shards> shards_;
};

}  // namespace fastgate::gateway
