/// Keeps a condition that lasts from filling the log: one line a minute, over all threads.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace fastgate {

/// Thread-safe, without a lock.
class LinePause {
 public:
  /// Whether a line is due; the next one then is a minute later.
  [[nodiscard]] bool is_due(MonotonicTime now) {
    MonotonicTime::rep due = next_.load(std::memory_order_relaxed);
    const MonotonicTime::rep at = now.time_since_epoch().count();
    if (at < due) return false;
    constexpr MonotonicTime::duration kPause = std::chrono::minutes(1);
    return next_.compare_exchange_strong(due, at + kPause.count(), std::memory_order_relaxed);
  }

 private:
  std::atomic<MonotonicTime::rep> next_{0};
};

}  // namespace fastgate
