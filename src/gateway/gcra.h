/// The arithmetic of a rate: the generic cell rate algorithm over one number, the theoretical
/// arrival time. Pure; Limit and ClientBuckets keep the number in an atomic.
///
/// Each request passed moves the arrival time one interval on; one is refused when that would put
/// it more than a window (burst x interval) ahead of now.
#pragma once

#include <cstdint>

#include "gateway/limit_book.h"

namespace fastgate::gateway {

/// A rate in ticks. Units: one tick is `tick` nanoseconds; all times below count ticks.
struct GcraRule {
  std::int64_t tick = 1;
  std::int64_t interval = 1;   ///< between two requests at the steady rate; at least 1
  std::int64_t window = 1;     ///< capacity x interval
  std::int64_t penalty = 0;    ///< refused for so long more once the window is used up; 0: none
  std::uint32_t capacity = 1;  ///< requests at once
};

/// How finely arrival times are kept.
enum class TimeScale : std::uint8_t {
  Nanoseconds,  ///< windows up to 36 years
  Microticks,   ///< ticks of 1024 ns that fit 42 bits, windows up to 13 days
};

/// The rule of a rate with per_minute > 0. A longer window than the scale holds is cut, so that no
/// sum of times overflows.
[[nodiscard]] GcraRule rule_of(const Rate& rate, TimeScale scale);

struct GcraStep {
  std::int64_t arrival = 0;  ///< to be kept; as given when nothing changes
  RateState state;
};

/// What one more request does. An arrival time more than a second beyond what the rule can produce
/// (the clock jumped back, or the rate was changed) counts as one full window, so that a refusal
/// never lasts longer than the rule says. The second is there because workers read the clock at
/// different moments: without it the slower one would take debts off that the faster one just made.
[[nodiscard]] GcraStep gcra_step(const GcraRule& rule, std::int64_t arrival, std::int64_t now);

/// Whether an arrival time is beyond what the rule makes, by more than that second.
[[nodiscard]] bool is_beyond(const GcraRule& rule, std::int64_t arrival, std::int64_t now);

/// The state as it stands: whether one more would pass, nothing taken.
[[nodiscard]] RateState gcra_peek(const GcraRule& rule, std::int64_t arrival, std::int64_t now);

/// Nanoseconds since the epoch.
[[nodiscard]] inline std::int64_t nanoseconds_of(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace fastgate::gateway
