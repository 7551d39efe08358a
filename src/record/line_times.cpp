#include "record/line_times.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/app_log.h"

namespace fastgate::record {
namespace {

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::int64_t kNanosecondsInSecond = 1'000'000'000;

/// Writes digits, signs and separators from left to right.
class Pen {
 public:
  explicit Pen(char* at) : at_(at) {}
  Pen& text(std::string_view text) {
    at_ = std::copy(text.begin(), text.end(), at_);
    return *this;
  }
  Pen& number(int value, int digits) {
    for (int i = digits; i-- > 0; value /= 10) at_[i] = static_cast<char>('0' + value % 10);
    at_ += digits;
    return *this;
  }
  /// `13:05:59`.
  Pen& clock(const std::tm& time) {
    return number(time.tm_hour, 2)
        .text(":")
        .number(time.tm_min, 2)
        .text(":")
        .number(time.tm_sec, 2);
  }

 private:
  char* at_;
};

struct LocalTime {
  std::tm parts{};
  std::string_view sign = "+";
  int offset_minutes = 0;
};

LocalTime local_time(std::int64_t second) {
  LocalTime local;
  const auto time = static_cast<std::time_t>(second);
  ::localtime_r(&time, &local.parts);
  if (local.parts.tm_gmtoff < 0) local.sign = "-";
  local.offset_minutes = static_cast<int>(std::labs(local.parts.tm_gmtoff) / 60);
  return local;
}

}  // namespace

WallTime end_time(const ExchangeRecord& record) {
  const auto duration = record.finished - record.started;
  return duration.count() > 0 ? record.request_time + duration : record.request_time;
}

std::string_view LineTimes::local(WallTime time) {
  refresh(time.time_since_epoch().count() / kNanosecondsInSecond);
  return {local_.data(), local_.size()};
}

std::string_view LineTimes::local_iso(WallTime time) {
  refresh(time.time_since_epoch().count() / kNanosecondsInSecond);
  return {local_iso_.data(), local_iso_.size()};
}

std::string_view LineTimes::utc_iso(WallTime time) {
  constexpr std::size_t kMilliseconds = 20;
  const std::int64_t count = time.time_since_epoch().count();
  refresh(count / kNanosecondsInSecond);
  const auto fraction = static_cast<int>(count % kNanosecondsInSecond / 1'000'000);
  Pen(utc_iso_.data() + kMilliseconds).number(std::max(fraction, 0), 3);
  return {utc_iso_.data(), utc_iso_.size()};
}

void LineTimes::refresh(std::int64_t second) {
  if (second == second_) return;
  second_ = second;
  const LocalTime local = local_time(second);
  const std::tm& t = local.parts;
  const auto month = static_cast<std::size_t>(t.tm_mon) * 3;
  Pen(local_.data())
      .number(t.tm_mday, 2)
      .text("/")
      .text(kMonths.substr(month, 3))
      .text("/")
      .number(t.tm_year + 1900, 4)
      .text(":")
      .clock(t)
      .text(" ")
      .text(local.sign)
      .number(local.offset_minutes / 60, 2)
      .number(local.offset_minutes % 60, 2);
  Pen(local_iso_.data())
      .number(t.tm_year + 1900, 4)
      .text("-")
      .number(t.tm_mon + 1, 2)
      .text("-")
      .number(t.tm_mday, 2)
      .text("T")
      .clock(t)
      .text(local.sign)
      .number(local.offset_minutes / 60, 2)
      .text(":")
      .number(local.offset_minutes % 60, 2);
  std::string utc;
  append_iso_time(utc, WallTime(std::chrono::seconds(second)));
  std::copy(utc.begin(), utc.end(), utc_iso_.begin());
}

}  // namespace fastgate::record
