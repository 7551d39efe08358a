/// Time that tests can move. One Clock a process (or a test), passed in by constructor.
#pragma once

#include <chrono>

namespace fastgate {

/// Monotonic time: for durations and timeouts.
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
/// UTC: for records, logs and expiry dates.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// A monotonic time, or none: like std::optional, in half of its size.
class OptionalTime {
 public:
  OptionalTime() = default;
  // Implicit, as std::optional's.
  OptionalTime(MonotonicTime time) : time_(time) {}  // NOLINT(google-explicit-constructor)
  [[nodiscard]] bool has_value() const { return time_ != MonotonicTime::min(); }
  [[nodiscard]] explicit operator bool() const { return has_value(); }
  /// Only where there is one.
  [[nodiscard]] MonotonicTime operator*() const { return time_; }
  [[nodiscard]] MonotonicTime value_or(MonotonicTime other) const {
    return has_value() ? time_ : other;
  }
  void reset() { time_ = MonotonicTime::min(); }

 private:
  MonotonicTime time_ = MonotonicTime::min();
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonotonicTime now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
};

/// The machine's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME).
class SystemClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override;
  [[nodiscard]] WallTime wall_now() const override;
};

/// A clock that stands still until it is advanced; both times move together.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] MonotonicTime now() const override { return now_; }
  [[nodiscard]] WallTime wall_now() const override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    wall_ += by;
  }

 private:
  MonotonicTime now_{std::chrono::seconds(1000)};
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
};

}  // namespace fastgate
