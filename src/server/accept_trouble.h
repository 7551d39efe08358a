/// Tells the application log when connections cannot be accepted for want of descriptors or memory,
/// and when that is over: a line each, however many connections it takes.
///
/// Shared by the workers of the process, all of which the same limit holds.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/app_log.h"
#include "base/clock.h"

namespace fastgate::server {

/// Thread-safe. Takes a lock while the trouble lasts only.
class AcceptTrouble {
 public:
  /// Without a failure for so long it is over: a descriptor that comes free for a moment ends it
  /// not.
  static constexpr std::chrono::seconds kCalm{5};

  /// An ERROR line if it is the first one. `reason`: the system's, as "too many open files".
  void failed(AppLog& log, const std::string& reason, MonotonicTime now);
  /// An INFO line once it is over. Called now and then.
  void look(AppLog& log, MonotonicTime now);

 private:
  std::atomic<bool> lasts_{false};
  std::mutex mutex_;  ///< guards what follows
  MonotonicTime last_{};
  std::uint64_t failures_ = 0;
};

}  // namespace fastgate::server
