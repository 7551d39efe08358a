/// The log files of the process, each open once however many write to it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/log_sink.h"

namespace fastgate::server {

/// Owned by the server; main thread. A file that a reload no longer names stays open until the next
/// reload after it: lines under way still find it.
class LogFiles {
 public:
  /// The sink of `path`, opened if it is not yet; null for `off`. Errors: Io.
  [[nodiscard]] Result<LogSink*> open(const std::string& path);
  /// Opens every path again (USR1).
  void reopen_all();
  void flush_all();
  /// A reload is in force: what was not asked for by open() since the call before last is closed.
  void end_generation();

 private:
  struct Entry {
    std::unique_ptr<LogSink> sink;
    unsigned unused_generations = 0;
  };
  std::map<std::string, Entry> files_;
};

}  // namespace fastgate::server
