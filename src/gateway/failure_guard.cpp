#include "gateway/failure_guard.h"

#include <algorithm>

namespace fastgate::gateway {
namespace {

constexpr std::size_t kPlaces = 16384;

GcraRule rule_with_penalty(const FailureGuardLimits& limits) {
  const Rate rate{std::max(limits.per_minute, 1U), std::max(limits.failures, 1U)};
  GcraRule rule = rule_of(rate, TimeScale::Microticks);
  const std::chrono::nanoseconds penalty = limits.refuse_for;
  rule.penalty = std::min<std::int64_t>(penalty.count() / rule.tick, std::int64_t{1} << 39);
  return rule;
}

}  // namespace

FailureGuard::FailureGuard(const FailureGuardLimits& limits)
    : rule_(rule_with_penalty(limits)), buckets_(kPlaces) {}

std::optional<RateState> FailureGuard::on_wrong_key(const IpAddress& client, WallTime now) {
  wrong_.fetch_add(1, std::memory_order_relaxed);
  RateState state = buckets_.take(hash_.of_client({}, client), rule_, now);
  if (state.allowed) return std::nullopt;
  refused_.fetch_add(1, std::memory_order_relaxed);
  state.limit = 0;  // how many may be tried is not for the client to know
  return state;
}

Error FailureGuard::refusal() {
  return fail(ErrorKind::RateLimited, "too many wrong API keys from this address").error();
}

}  // namespace fastgate::gateway
