/// The time of a log line as text in the forms that logs use, each made once a second.
///
/// Owned by a worker's recorder; single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "record/exchange_record.h"

namespace fastgate::record {

/// When the exchange ended, by the wall clock; the time that its log lines bear.
[[nodiscard]] WallTime end_time(const ExchangeRecord& record);

/// Lifetime: what the calls return is valid until the next call.
class LineTimes {
 public:
  /// nginx's $time_local, in the machine's time zone: `31/Jan/2026:13:00:00 +0100`.
  [[nodiscard]] std::string_view local(WallTime time);
  /// nginx's $time_iso8601, in the machine's time zone: `2026-01-31T13:00:00+01:00`.
  [[nodiscard]] std::string_view local_iso(WallTime time);
  /// As append_iso_time: `2026-01-31T12:00:00.123Z`.
  [[nodiscard]] std::string_view utc_iso(WallTime time);

 private:
  void refresh(std::int64_t second);
  std::int64_t second_ = INT64_MIN;
  std::array<char, 26> local_{};
  std::array<char, 25> local_iso_{};
  std::array<char, 24> utc_iso_{};
};

}  // namespace fastgate::record
