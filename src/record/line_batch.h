/// Log lines of one worker, gathered and handed to the file's own thread in batches.
#pragma once

#include <chrono>
#include <string>

#include "base/log_sink.h"
#include "net/timer_wheel.h"

namespace fastgate::record {

/// Owned by a worker's recorder, one a log; single-threaded. Hands over when kFlushSize is reached
/// or kFlushAfter has passed since the first line that waits.
class LineBatch {
 public:
  static constexpr std::size_t kFlushSize = 32 * 1024;
  static constexpr std::chrono::milliseconds kFlushAfter{100};

  /// `sink` may be null: then lines are not even formatted by callers (see is_on).
  LineBatch(net::TimerWheel& timers, LogSink* sink) : timers_(timers), sink_(sink) {}
  ~LineBatch() { flush(); }
  LineBatch(const LineBatch&) = delete;
  LineBatch& operator=(const LineBatch&) = delete;

  [[nodiscard]] bool is_on() const { return sink_ != nullptr; }
  /// Where to append one whole line; call line_added() afterwards.
  [[nodiscard]] std::string& buffer() { return lines_; }
  void line_added();
  void flush();
  /// Changes the sink at a reload; what waits goes to the old one.
  void redirect(LogSink* sink);

 private:
  net::TimerWheel& timers_;
  LogSink* sink_;
  std::string lines_;
  net::Timer timer_;
};

}  // namespace fastgate::record
