/// The application log (contract section 7): one line an event.
///
/// Form of a line: `2026-01-31T12:00:00.123Z INFO message key=value …`; LEVEL is ERROR, WARN, INFO
/// or DEBUG. Values with spaces, quotes or control characters are quoted and escaped, so that no
/// input can forge a line. Passed in by constructor everywhere; there is no global log.
#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log_sink.h"

namespace fastgate {

enum class LogLevel : std::uint8_t { Error, Warn, Info, Debug };

/// One `key=value` of a line.
struct LogField {
  std::string_view key;
  std::string_view value;
};

/// Formats lines and hands them to a sink. Thread-safe; each event() takes the sink's lock, so it
/// is for events (start, reload, failures), not for lines written per request: those are batched by
/// record/access_log through format_log_line().
class AppLog {
 public:
  /// `sink` may be null (then nothing is written, as in most tests). Both must outlive the log.
  AppLog(const Clock& clock, LogSink* sink, LogLevel level)
      : clock_(clock), sink_(sink), level_(level) {}

  [[nodiscard]] bool is_on(LogLevel level) const {
    return level <= level_.load(std::memory_order_relaxed);
  }
  void event(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
  void error(std::string_view m, std::initializer_list<LogField> f = {}) {
    event(LogLevel::Error, m, f);
  }
  void warn(std::string_view m, std::initializer_list<LogField> f = {}) {
    event(LogLevel::Warn, m, f);
  }
  void info(std::string_view m, std::initializer_list<LogField> f = {}) {
    event(LogLevel::Info, m, f);
  }
  void debug(std::string_view m, std::initializer_list<LogField> f = {}) {
    event(LogLevel::Debug, m, f);
  }

  /// Changes level and sink at a reload; lines under way go to the old or the new one, whole.
  void redirect(LogSink* sink, LogLevel level);
  [[nodiscard]] LogSink* sink() const { return sink_.load(); }

 private:
  const Clock& clock_;
  std::atomic<LogSink*> sink_;
  std::atomic<LogLevel> level_;
};

/// Appends one line in the application log's form, with its '\n', to `out`.
void format_log_line(std::string& out, WallTime time, LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields);

/// Appends `value` as a log field's value: bare when it is plain, else quoted with `"`, `\` and
/// control characters escaped. Never holds a line break.
void append_log_value(std::string& out, std::string_view value);

/// Appends `2026-01-31T12:00:00.123Z` (UTC, milliseconds).
void append_iso_time(std::string& out, WallTime time);

}  // namespace fastgate
