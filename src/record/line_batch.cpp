#include "record/line_batch.h"

namespace fastgate::record {
namespace {

/// Room for a full batch and the line that fills it, so that a line seldom has to allocate.
constexpr std::size_t kReserved = LineBatch::kFlushSize + 8 * 1024;

}  // namespace

void LineBatch::line_added() {
  if (sink_ == nullptr) return lines_.clear();
  if (lines_.size() >= kFlushSize) return flush();
  if (!timer_.is_armed()) timer_.arm<&LineBatch::flush>(timers_, kFlushAfter, this);
}

void LineBatch::flush() {
  timer_.disarm();
  if (sink_ == nullptr || lines_.empty()) return;
  sink_->submit(lines_);
  lines_.clear();
  if (lines_.capacity() < kReserved) lines_.reserve(kReserved);
}

void LineBatch::redirect(LogSink* sink) {
  if (sink == sink_) return;
  flush();
  sink_ = sink;
  if (sink_ != nullptr) {
    lines_.reserve(kReserved);
  } else {
    std::string().swap(lines_);
  }
}

}  // namespace fastgate::record
