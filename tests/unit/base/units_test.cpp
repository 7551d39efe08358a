#include "base/units.h"

#include <doctest/doctest.h>

namespace fastgate {
namespace {

using std::chrono::milliseconds;

TEST_CASE("parse_duration reads every form") {
  struct Row {
    std::string_view text;
    std::int64_t expected;
  };
  const Row rows[] = {
      {"0", 0},
      {"30", 30'000},
      {"0.5", 500},
      {"30.0", 30'000},
      {"500ms", 500},
      {"0ms", 0},
      {"30s", 30'000},
      {"5m", 300'000},
      {"1.5h", 5'400'000},
      {"2d", 172'800'000},
      {"0.25d", 21'600'000},
      {"007s", 7'000},
      {"1.0005s", 1'000},  // parts of a millisecond are cut off
      {"1.999999999s", 1'999},
      {"0.001", 1},
      {"36500d", 3'153'600'000'000},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto parsed = parse_duration(row.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->count() == row.expected);
  }
}

TEST_CASE("parse_duration refuses the rest, and says what it takes") {
  for (const std::string_view bad :
       {"",     " ",    "s",   "ms",  ".",   ".5",   "5.",    "5.s",         "-1",
        "+1",   "1 s",  " 1s", "1s ", "1S",  "1MS",  "1M",    "1h30m",       "1e3",
        "1,5s", "0x10", "1us", "1w",  "abc", "1..5", "1.2.3", "1.0000000001"}) {
    INFO(bad);
    const auto parsed = parse_duration(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::Config);
    CHECK(parsed.error().side == ErrorSide::Config);
    CHECK(parsed.error().text.find("a number with ms, s, m, h or d") != std::string::npos);
  }
}

TEST_CASE("parse_duration refuses overflow and what would be cut to nothing") {
  for (const std::string_view bad :
       {"36501d", "36500.000000001d", "3153600000001ms", "9223372036854775807",
        "18446744073709551615d", "18446744073709551616", "99999999999999999999999999999999s",
        "213503982335d"}) {
    INFO(bad);
    const auto parsed = parse_duration(bad);
    // A part of a day too small for a millisecond is cut off, which leaves the limit itself.
    if (bad == "36500.000000001d") {
      CHECK(parsed == milliseconds(3'153'600'000'000));
      continue;
    }
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().text.find("longer than 36500d") != std::string::npos);
  }
  for (const std::string_view bad : {"0.0001", "0.5ms", "0.000000001h"}) {
    INFO(bad);
    const auto parsed = parse_duration(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().text.find("shorter than 1ms") != std::string::npos);
  }
}

TEST_CASE("the longest duration is safe in nanoseconds") {
  const auto longest = parse_duration("36500d");
  REQUIRE(longest.has_value());
  CHECK(std::chrono::nanoseconds(*longest) / std::chrono::nanoseconds(*longest) == 1);
  CHECK(std::chrono::nanoseconds(*longest).count() > 0);
}

TEST_CASE("parse_size reads every form, in any case") {
  struct Row {
    std::string_view text;
    std::uint64_t expected;
  };
  const Row rows[] = {
      {"0", 0},
      {"1000", 1000},
      {"12B", 12},
      {"12b", 12},
      {"1KB", 1000},
      {"3mb", 3'000'000},
      {"2GB", 2'000'000'000},
      {"64KiB", 65'536},
      {"64kib", 65'536},
      {"8MiB", 8'388'608},
      {"4GIB", 4'294'967'296},
      {"1k", 1024},
      {"10M", 10'485'760},
      {"1g", 1'073'741'824},
      {"1.5KiB", 1536},
      {"0.5MB", 500'000},
      {"1.5k", 1536},
      {"1.0001KB", 1000},  // parts of a byte are cut off
      {"9223372036854775807", 9'223'372'036'854'775'807U},
      {"8589934591GiB", 9'223'372'035'781'033'984U},
      {"8589934591.999999999GiB", 9'223'372'036'854'775'806U},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    const auto parsed = parse_size(row.text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->count == row.expected);
  }
}

TEST_CASE("parse_size refuses the rest") {
  for (const std::string_view bad :
       {"", "k", "KiB", "-1", "+1", "1 KiB", "1KiB ", "1.5", "1.5B", "1.0", "1TB", "1kibi", "1ki",
        "0x10", "1e3", "1..5k", "1.k", ".5k", "one"}) {
    INFO(bad);
    const auto parsed = parse_size(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().kind == ErrorKind::Config);
    CHECK(parsed.error().text.find("KiB, MiB or GiB") != std::string::npos);
  }
  for (const std::string_view bad : {"9223372036854775808", "18446744073709551616", "8589934592GiB",
                                     "17179869184g", "18446744073709551615GiB", "9223372037GB"}) {
    INFO(bad);
    const auto parsed = parse_size(bad);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().text.find("larger than 2^63 - 1 bytes") != std::string::npos);
  }
  const auto nothing = parse_size("0.0001KB");
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().text.find("less than one byte") != std::string::npos);
}

TEST_CASE("an error shows a hostile text cut short") {
  const auto parsed = parse_size(std::string(1'000'000, 'x'));
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().text.size() < 200);
}

TEST_CASE("format_duration is short and reads back") {
  struct Row {
    std::int64_t value;
    std::string_view expected;
  };
  const Row rows[] = {
      {0, "0s"},           {1, "1ms"},
      {500, "500ms"},      {1500, "1500ms"},
      {30'000, "30s"},     {90'000, "90s"},
      {60'000, "1m"},      {300'000, "5m"},
      {5'400'000, "90m"},  {3'600'000, "1h"},
      {86'400'000, "1d"},  {129'600'000, "36h"},
      {60'001, "60001ms"}, {3'153'600'000'000, "36500d"},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    CHECK(format_duration(milliseconds(row.value)) == row.expected);
    CHECK(parse_duration(row.expected) == milliseconds(row.value));
  }
  CHECK(format_duration(milliseconds(-1500)) == "-1500ms");
  CHECK(format_duration(milliseconds::min()) == "-9223372036854775808ms");
}

TEST_CASE("format_size is short and reads back") {
  struct Row {
    std::uint64_t value;
    std::string_view expected;
  };
  const Row rows[] = {
      {0, "0"},
      {1000, "1000"},
      {1023, "1023"},
      {1024, "1KiB"},
      {65'536, "64KiB"},
      {8'388'608, "8MiB"},
      {1'073'741'824, "1GiB"},
      {1'073'741'825, "1073741825"},
      {1'000'000, "1000000"},
      {1536, "1536"},
      {1'572'864, "1536KiB"},
  };
  for (const Row& row : rows) {
    INFO(row.expected);
    CHECK(format_size(Bytes{row.value}) == row.expected);
    CHECK(parse_size(row.expected) == Bytes{row.value});
  }
  CHECK(format_size(mebibytes(8)) == "8MiB");
  CHECK(format_size(kibibytes(64)) == "64KiB");
}

}  // namespace
}  // namespace fastgate
