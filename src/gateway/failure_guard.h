/// Slows down whoever tries keys, and then refuses: after a few wrong ones from an address the
/// answers to further wrong ones take longer and longer, and after some more they are 429 for a
/// while instead of 401.
///
/// Owned by the server, shared by all workers; lock-free and of fixed size (see client_buckets.h).
/// It is asked only about keys that are nobody's (Identity::is_unknown). A good key, and a request
/// without one, never get here, so an address shared with an attacker (a proxy, a NAT) stays
/// usable.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/ip_address.h"
#include "gateway/client_buckets.h"
#include "gateway/salted_hash.h"

namespace fastgate::gateway {

struct FailureGuardLimits {
  std::uint32_t failures = 10;    ///< wrong keys at once before the address is refused
  std::uint32_t per_minute = 10;  ///< how fast they are forgiven
  /// From the first one too many, and until one is forgiven; then one more may be tried. Tries
  /// within that time do not make it longer, but for those in its last moment.
  std::chrono::seconds refuse_for{60};
};

/// What becomes of one wrong key.
struct WrongKey {
  std::optional<RateState> refusal;    ///< 429 with its `Retry-After`; nothing: 401 as usual
  std::chrono::milliseconds pause{0};  ///< before the 401; refusals are not held back
};

class FailureGuard {
 public:
  /// So many wrong keys of the allowed ones are answered at once: mistakes are made.
  static constexpr std::uint32_t kUnslowed = 3;
  /// The pause of the next one; it doubles from one to the next, up to kLongestPause.
  static constexpr std::chrono::milliseconds kFirstPause{50};
  static constexpr std::chrono::milliseconds kLongestPause{1000};

  explicit FailureGuard(const FailureGuardLimits& limits = {});

  /// Counts one wrong key. Nothing: answer 401 as usual. Else the answer is 429 with the state's
  /// `Retry-After` (admit.h, append_rate_fields). IPv6 addresses count by /64.
  [[nodiscard]] std::optional<RateState> on_wrong_key(const IpAddress& client, WallTime now) {
    return weigh_wrong_key(client, now).refusal;
  }
  /// The same, and how long the answer is to wait: for callers that can make it wait.
  [[nodiscard]] WrongKey weigh_wrong_key(const IpAddress& client, WallTime now);
  /// The error of a refusal, for gateway/reply.
  [[nodiscard]] static Error refusal();

 private:
  GcraRule rule_;
  SaltedHash hash_ = SaltedHash::from_system();
  ClientBuckets buckets_;
};

}  // namespace fastgate::gateway
