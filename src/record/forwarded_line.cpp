#include "record/forwarded_line.h"

#include <algorithm>
#include <chrono>

#include "record/line_writer.h"

namespace fastgate::record {
namespace {

void put_value(LineWriter& line, std::string_view key, std::string_view value) {
  line.put(key);
  if (value.empty()) return line.put('-');
  line.put_log_value(value);
}

/// Milliseconds with one decimal.
void put_time(LineWriter& line, std::chrono::nanoseconds time) {
  constexpr std::int64_t kTenth = 100'000;
  const auto tenths =
      static_cast<std::uint64_t>(std::max<std::int64_t>(time.count() + kTenth / 2, 0) / kTenth);
  line.put_decimal(tenths / 10);
  line.put('.');
  line.put(static_cast<char>('0' + tenths % 10));
}

}  // namespace

LogLevel forwarded_level(const ExchangeRecord& record) {
  return upstream_failed(record) ? LogLevel::Warn : LogLevel::Info;
}

void append_forwarded_line(std::string& out, const ExchangeRecord& record, LineTimes& times) {
  LineWriter line(out);
  line.put(times.utc_iso(end_time(record)));
  line.put(forwarded_level(record) == LogLevel::Warn ? " WARN Request forwarded"
                                                     : " INFO Request forwarded");
  put_value(line, " request_id=", record.request_id);
  put_value(line, " route_id=", record.route_id);
  put_value(line, " method=",
            record.request == nullptr ? std::string_view() : record.request->method_name());
  put_value(line, " path=", record.path);
  line.put(" status_code=");
  line.put_decimal(record.status);
  put_value(line, " upstream=", record.upstream_address);
  if (!record.error_message.empty()) put_value(line, " error=", record.error_message);
  line.put(" response_time_ms=");
  put_time(line, record.finished - record.started);
  line.put('\n');
}

}  // namespace fastgate::record
