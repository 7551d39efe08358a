#include "upstream/failure_window.h"

namespace fastgate::upstream {

void FailureWindow::on_failure(MonotonicTime now) {
  if (max_fails_ == 0) return;
  if (failures_ == 0 || now - window_start_ > fail_timeout_) {
    window_start_ = now;
    failures_ = 0;
  }
  if (++failures_ < max_fails_) return;
  out_until_ = now + fail_timeout_;
  // One more failure after it is back takes it out again at once.
  failures_ = max_fails_ - 1;
  window_start_ = out_until_;
}

void FailureWindow::on_success() {
  failures_ = 0;
}

void FailureWindow::forget() {
  failures_ = 0;
  out_until_ = {};
}

}  // namespace fastgate::upstream
