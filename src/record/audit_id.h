/// Names of records, and the days that the store is divided by.
///
/// An id says where its record lies: the day of its request_time (UTC), the slot of the process
/// that wrote it (audit_files.h) and its row. So a record is found without a search, and a row
/// never moves.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fastgate::record {

/// Days since 1970-01-01, UTC.
using AuditDay = std::int32_t;

[[nodiscard]] AuditDay day_of(WallTime time);
[[nodiscard]] WallTime start_of_day(AuditDay day);
/// `2026-01-31`.
[[nodiscard]] std::string text_of_day(AuditDay day);
/// Reads text_of_day()'s form, years 1970 to 2200.
[[nodiscard]] std::optional<AuditDay> parse_day(std::string_view text);

/// UTC microseconds since 1970: how times are stored.
[[nodiscard]] std::int64_t micros_of(WallTime time);
[[nodiscard]] WallTime time_of_micros(std::int64_t micros);

struct AuditId {
  AuditDay day = 0;
  std::uint32_t slot = 0;  ///< below 64
  std::int64_t row = 0;    ///< from 1

  /// `log_` + 16 lower-case hex digits: 5 of the day, 2 of the slot, 9 of the row. Later records of
  /// a slot are greater as texts.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<AuditId> parse(std::string_view text);
  auto operator<=>(const AuditId&) const = default;
};

}  // namespace fastgate::record
