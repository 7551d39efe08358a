#include "config/iso_time.h"

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

TEST_CASE("parse_iso_time reads dates, times and zones; format_iso_time writes UTC") {
  struct Row {
    std::string_view text;
    std::string_view utc;
  };
  const Row rows[] = {
      {"2026-01-31", "2026-01-31T00:00:00.000Z"},
      {"2024-12-31T23:59:59", "2024-12-31T23:59:59.000Z"},
      {"2024-02-29T00:00", "2024-02-29T00:00:00.000Z"},
      {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"},
      {"2026-01-31 12:00:00.5z", "2026-01-31T12:00:00.500Z"},
      {"2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123Z"},
      {"2026-01-31T12:00:00.1234567891Z", "2026-01-31T12:00:00.123Z"},
      {"2026-01-01T07:00:00+08:00", "2025-12-31T23:00:00.000Z"},
      {"2026-01-01T00:00:00-0330", "2026-01-01T03:30:00.000Z"},
      {"2026-01-01T00:00:00+08", "2025-12-31T16:00:00.000Z"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto time = parse_iso_time(row.text);
    REQUIRE(time);
    CHECK(format_iso_time(*time) == row.utc);
    CHECK(parse_iso_time(format_iso_time(*time)).has_value());
  }
}

TEST_CASE("parse_iso_time refuses times that are none") {
  for (const std::string_view text :
       {"", "2026", "2026-1-1", "2026-02-30", "2025-02-29", "2026-13-01", "1969-12-31",
        "2026-01-01T", "2026-01-01T24:00:00", "2026-01-01T12:60:00", "2026-01-01T12:00:60",
        "2026-01-01T12:00:00.", "2026-01-01T12:00:00+", "2026-01-01T12:00:00+15:00",
        "2026-01-01T12:00:00Zx", "tomorrow", "2026-01-01x12:00:00", "+026-01-01"}) {
    INFO(text);
    CHECK_FALSE(parse_iso_time(text));
  }
}

}  // namespace
}  // namespace fastgate::config
