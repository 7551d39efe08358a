#include "server/accept_trouble.h"

namespace fastgate::server {

void AcceptTrouble::failed(AppLog& log, const std::string& reason, MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  last_ = now;
  ++failures_;
  if (lasts_.exchange(true)) return;
  log.error("client connections cannot be accepted", {{"reason", reason}});
}

void AcceptTrouble::look(AppLog& log, MonotonicTime now) {
  if (!lasts_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (now - last_ < kCalm || !lasts_.exchange(false)) return;
  log.info("client connections are accepted again", {{"failed", std::to_string(failures_)}});
  failures_ = 0;
}

}  // namespace fastgate::server
