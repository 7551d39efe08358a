/// Keeps retries a small part of the traffic, so that a failing upstream is not buried under them.
///
/// One a worker; single-threaded value. Every request earns a fifth of a retry (20 %); a reserve
/// covers the burst when a server goes down under load. What is_charged() (retry.h) leaves out adds
/// no load and costs nothing, so that the next route takes over for as long as one is down.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/random.h"

namespace fastgate::proxy {

class RetryBudget {
 public:
  static constexpr std::uint32_t kRequestsARetry = 5;
  static constexpr std::uint32_t kReserve = 250;  ///< retries at hand from the start, and at most

  void on_request() { credit_ = std::min(credit_ + 1, kReserve * kRequestsARetry); }
  [[nodiscard]] bool has_left() const { return credit_ >= kRequestsARetry; }
  void on_retry() { credit_ -= std::min(credit_, kRequestsARetry); }

 private:
  std::uint32_t credit_ = kReserve * kRequestsARetry;
};

/// The pause before a server that failed is asked again: 25 ms doubling to 1 s, each shortened by
/// up to a half at random so that many clients do not come back together. `round` counts from 0.
[[nodiscard]] inline std::chrono::milliseconds retry_pause(std::uint32_t round,
                                                           FastRandom& random) {
  const std::uint64_t full = std::min<std::uint64_t>(25ULL << std::min(round, 10U), 1000);
  return std::chrono::milliseconds(full - random.below(full / 2 + 1));
}

}  // namespace fastgate::proxy
