#include "config/iso_time.h"

#include <chrono>
#include <cstdint>

#include "base/app_log.h"
#include "base/text.h"

namespace fastgate::config {

namespace {

/// Takes numbers and separators off the front of a text; one failure makes the whole reading fail.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int min, int max) {
    const auto value =
        rest_.size() < digits ? std::nullopt : parse_decimal(rest_.substr(0, digits));
    if (!value || static_cast<int>(*value) < min || static_cast<int>(*value) > max) {
      has_failed_ = true;
      return min;
    }
    rest_.remove_prefix(digits);
    return static_cast<int>(*value);
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { has_failed_ |= !take(c); }
  /// The digits of a fraction as nanoseconds.
  std::int64_t fraction() {
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; !rest_.empty() && is_digit(rest_[0]); rest_.remove_prefix(1), ++digits) {
      if (digits < 9) value = value * 10 + (rest_[0] - '0');
    }
    has_failed_ |= digits == 0;
    for (; digits < 9; ++digits) value *= 10;
    return value;
  }
  [[nodiscard]] bool is_done() const { return !has_failed_ && rest_.empty(); }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool has_failed_ = false;
};

std::chrono::minutes read_zone(Reader& reader) {
  if (reader.is_empty() || reader.take('Z') || reader.take('z')) return {};
  const bool is_west = reader.take('-');
  if (!is_west) reader.need('+');
  const int hours = reader.number(2, 0, 14);
  reader.take(':');
  const int minutes = reader.is_empty() ? 0 : reader.number(2, 0, 59);
  const std::chrono::minutes offset{hours * 60 + minutes};
  return is_west ? -offset : offset;
}

}  // namespace

std::optional<WallTime> parse_iso_time(std::string_view text) {
  using namespace std::chrono;
  Reader reader(text);
  const int y = reader.number(4, 1970, 2200);
  reader.need('-');
  const int m = reader.number(2, 1, 12);
  reader.need('-');
  const int d = reader.number(2, 1, 31);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d))};
  WallTime time = sys_days(date);
  if (!reader.is_empty()) {
    if (!reader.take('T') && !reader.take('t')) reader.need(' ');
    time += hours(reader.number(2, 0, 23));
    reader.need(':');
    time += minutes(reader.number(2, 0, 59));
    if (reader.take(':')) time += seconds(reader.number(2, 0, 59));
    if (reader.take('.')) time += nanoseconds(reader.fraction());
    time -= read_zone(reader);
  }
  if (!reader.is_done() || !date.ok()) return std::nullopt;
  return time;
}

std::string format_iso_time(WallTime time) {
  std::string out;
  append_iso_time(out, time);
  return out;
}

}  // namespace fastgate::config
