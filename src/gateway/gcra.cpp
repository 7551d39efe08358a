#include "gateway/gcra.h"

#include <algorithm>

namespace fastgate::gateway {
namespace {

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

/// Rounded up: a client that waits for as long as it was told finds the place free.
std::chrono::milliseconds to_milliseconds(const GcraRule& rule, std::int64_t ticks) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (ticks <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds((ticks * rule.tick + kMillisecond - 1) / kMillisecond);
}

/// The arrival time as far as it is believed: never in the past, never beyond what the rule makes.
std::int64_t believed(const GcraRule& rule, std::int64_t arrival, std::int64_t now) {
  if (is_beyond(rule, arrival, now)) return now + rule.window;
  return std::max(arrival, now);
}

RateState state_of(const GcraRule& rule, std::int64_t arrival, std::int64_t now) {
  RateState state;
  state.limit = rule.capacity;
  const std::int64_t free = now + rule.window - arrival;
  if (free > 0) state.remaining = static_cast<std::uint32_t>(free / rule.interval);
  state.reset = to_milliseconds(rule, arrival - now);
  return state;
}

}  // namespace

GcraRule rule_of(const Rate& rate, TimeScale scale) {
  const bool is_fine = scale == TimeScale::Nanoseconds;
  const std::int64_t tick = is_fine ? 1 : 1024;
  const std::int64_t longest = std::int64_t{1} << (is_fine ? 60 : 40);
  const std::int64_t per_minute = std::max<std::int64_t>(rate.per_minute, 1);
  const std::int64_t wanted = rate.burst > 0 ? rate.burst : per_minute;
  GcraRule rule;
  rule.tick = tick;
  rule.interval = std::max<std::int64_t>(kMinute / per_minute / tick, 1);
  const std::int64_t capacity = std::min(wanted, longest / rule.interval);
  rule.capacity = static_cast<std::uint32_t>(capacity);
  rule.window = rule.interval * capacity;
  return rule;
}

bool is_beyond(const GcraRule& rule, std::int64_t arrival, std::int64_t now) {
  return arrival > now + rule.window + rule.penalty + kSecond / rule.tick;
}

GcraStep gcra_step(const GcraRule& rule, std::int64_t arrival, std::int64_t now) {
  std::int64_t kept = believed(rule, arrival, now);
  const std::int64_t next = kept + rule.interval;
  if (next - now <= rule.window) return {next, state_of(rule, next, now)};
  // Beyond the window is who is in the penalty already: it does not begin again until that is over.
  if (kept <= now + rule.window) kept += rule.penalty;
  GcraStep step{kept, state_of(rule, kept, now)};
  step.state.allowed = false;
  step.state.retry_after = to_milliseconds(rule, kept + rule.interval - rule.window - now);
  return step;
}

RateState gcra_peek(const GcraRule& rule, std::int64_t arrival, std::int64_t now) {
  const std::int64_t kept = believed(rule, arrival, now);
  RateState state = state_of(rule, kept, now);
  const std::int64_t wait = kept + rule.interval - rule.window - now;
  state.allowed = wait <= 0;
  state.retry_after = to_milliseconds(rule, wait);
  return state;
}

}  // namespace fastgate::gateway
