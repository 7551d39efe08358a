#include "record/line_times.h"

#include <ctime>
#include <iomanip>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "base/app_log.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;

/// What the C library makes of it in the machine's time zone.
std::string formatted(WallTime time, const char* format) {
  const std::time_t second =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&second, &parts);
  std::ostringstream text;
  text << std::put_time(&parts, format);
  return text.str();
}

TEST_CASE("times are right from second to second and back") {
  LineTimes times;
  for (const WallTime time :
       {WallTime(1'700'000'000'250ms), WallTime(1'700'000'000'999ms), WallTime(1'700'000'001'000ms),
        WallTime(951'782'400s), WallTime(1'709'164'799'001ms), WallTime(1'700'000'000'250ms)}) {
    std::string utc;
    append_iso_time(utc, time);
    INFO(utc);
    CHECK(times.utc_iso(time) == utc);
    CHECK(times.local(time) == formatted(time, "%d/%b/%Y:%H:%M:%S %z"));
    std::string local_iso = formatted(time, "%Y-%m-%dT%H:%M:%S%z");
    local_iso.insert(local_iso.size() - 2, ":");
    CHECK(times.local_iso(time) == local_iso);
  }
}

TEST_CASE("a line bears the time of the exchange's end") {
  SampleExchange sample;
  CHECK(end_time(sample.record) == SampleExchange::kBegun + 12'345us);
  sample.record.finished = {};
  CHECK(end_time(sample.record) == SampleExchange::kBegun);
}

}  // namespace
}  // namespace fastgate::record
