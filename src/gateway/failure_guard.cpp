#include "gateway/failure_guard.h"

#include <algorithm>

namespace fastgate::gateway {
namespace {

constexpr std::size_t kClients = 16384;

GcraRule rule_with_penalty(const FailureGuardLimits& limits) {
  const Rate rate{std::max(limits.per_minute, 1U), std::max(limits.failures, 1U)};
  GcraRule rule = rule_of(rate, TimeScale::Microticks);
  const std::chrono::nanoseconds penalty = limits.refuse_for;
  rule.penalty = std::min<std::int64_t>(penalty.count() / rule.tick, std::int64_t{1} << 39);
  return rule;
}

/// How long the answer to the `number`th wrong key (from 1) waits.
std::chrono::milliseconds pause_of(std::uint32_t number) {
  if (number <= FailureGuard::kUnslowed) return {};
  std::chrono::milliseconds pause = FailureGuard::kFirstPause;
  for (std::uint32_t i = FailureGuard::kUnslowed + 1; i < number; ++i) {
    if (pause >= FailureGuard::kLongestPause) break;
    pause *= 2;
  }
  return std::min(pause, FailureGuard::kLongestPause);
}

}  // namespace

FailureGuard::FailureGuard(const FailureGuardLimits& limits)
    : rule_(rule_with_penalty(limits)), buckets_(kClients) {}

WrongKey FailureGuard::weigh_wrong_key(const IpAddress& client, WallTime now) {
  RateState state = buckets_.take(hash_.of_client({}, client), rule_, now);
  if (state.allowed) return {.refusal = {}, .pause = pause_of(state.limit - state.remaining)};
  state.limit = 0;  // how many may be tried is not for the client to know
  return {.refusal = state};
}

Error FailureGuard::refusal() {
  return fail(ErrorKind::RateLimited, "too many wrong API keys from this address").error();
}

}  // namespace fastgate::gateway
