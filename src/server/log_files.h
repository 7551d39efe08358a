/// The log files of the process, each open once however many write to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "admin/process_facts.h"
#include "base/app_log.h"
#include "base/log_sink.h"
#include "config/secret_texts.h"

namespace fastgate::server {

/// Owned by the server; main thread, but for facts(). A file that a reload no longer names stays
/// open until the next reload after it: lines under way still find it.
class LogFiles {
 public:
  /// The sink of the path `asked`, opened if it is not yet; null for `off`. Errors: Io.
  [[nodiscard]] Result<LogSink*> open(const std::string& asked);
  /// Opens every path again (USR1).
  void reopen_all();
  /// Opens those again whose files somebody rotated.
  void reopen_replaced();
  void flush_all();
  /// A reload is in force: what was not asked for by open() since the call before last is closed.
  void end_generation();
  /// Looks at all files, and says in `log` which of them cannot be written since the last look, or
  /// can again: once a change. `secrets` are kept out of the lines.
  void look(AppLog& log, const config::SecretTexts& secrets);
  /// As of the last look(). Any thread.
  [[nodiscard]] admin::LogFacts facts() const {
    return {.failing = failing_.load(std::memory_order_relaxed),
            .dropped = dropped_.load(std::memory_order_relaxed)};
  }

 private:
  struct Entry {
    std::unique_ptr<LogSink> sink;
    unsigned unused_generations = 0;
    bool is_told_failing = false;
    std::uint64_t dropped = 0;         ///< at the last look
    std::uint64_t dropped_before = 0;  ///< when it began to fail
  };
  static void tell(const Entry& entry, const LogSinkFacts& facts, AppLog& log,
                   const config::SecretTexts& secrets);

  std::map<std::string, Entry> files_;
  std::atomic<std::uint64_t> failing_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace fastgate::server
