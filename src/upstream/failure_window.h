/// Takes a server out after `max_fails` failures within `fail_timeout`, for `fail_timeout` (nginx's
/// rule). Single-threaded value.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace fastgate::upstream {

class FailureWindow {
 public:
  /// max_fails == 0: never taken out.
  FailureWindow(std::uint32_t max_fails, std::chrono::milliseconds fail_timeout)
      : max_fails_(max_fails), fail_timeout_(fail_timeout) {}

  void on_failure(MonotonicTime now);
  /// A success forgets the failures, but for the time a server is out it stays out.
  void on_success();
  /// An active check found the server well: it is in again.
  void forget();
  [[nodiscard]] bool is_out(MonotonicTime now) const { return now < out_until_; }
  [[nodiscard]] MonotonicTime out_until() const { return out_until_; }
  /// Failures that count at `now`.
  [[nodiscard]] std::uint32_t count(MonotonicTime now) const {
    return now - window_start_ > fail_timeout_ ? 0 : failures_;
  }

 private:
  std::uint32_t max_fails_;
  std::chrono::milliseconds fail_timeout_;
  std::uint32_t failures_ = 0;
  MonotonicTime window_start_{};
  MonotonicTime out_until_{};
};

}  // namespace fastgate::upstream
