/// The `Request forwarded` line of the application log (contract section 7). Step 14.
#pragma once

#include <string>

#include "base/app_log.h"
#include "record/exchange_record.h"
#include "record/line_times.h"

namespace fastgate::record {

/// WARN when the upstream failed, else INFO.
[[nodiscard]] LogLevel forwarded_level(const ExchangeRecord& record);

/// Appends `2026-01-31T12:00:00.123Z INFO Request forwarded request_id=… route_id=… method=… path=…
/// status_code=… upstream=… response_time_ms=12.3` and '\n'. Form: `-` for what there is not;
/// `error=…` before the time if there is one; never a query string.
void append_forwarded_line(std::string& out, const ExchangeRecord& record, LineTimes& times);

}  // namespace fastgate::record
