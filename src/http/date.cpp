#include "http/date.h"

#include <array>
#include <chrono>

namespace fastgate::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void append_padded(std::string& out, unsigned value, unsigned width) {
  for (unsigned unit = width == 4 ? 1000 : 10; unit > 0; unit /= 10) {
    out.push_back(static_cast<char>('0' + value / unit % 10));
  }
}

void append_imf_fixdate(std::string& out, std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  out.append(kDays[std::chrono::weekday(day).c_encoding()]).append(", ");
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out.append(" ");
  append_padded(out, static_cast<unsigned>(clock.hours().count()), 2);
  out.append(":");
  append_padded(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out.append(":");
  append_padded(out, static_cast<unsigned>(clock.seconds().count()), 2);
  out.append(" GMT");
}

}  // namespace

std::string_view DateCache::http_date(WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (text_.empty() || second.time_since_epoch().count() != second_) {
    second_ = second.time_since_epoch().count();
    text_.clear();
    append_imf_fixdate(text_, second);
  }
  return text_;
}

}  // namespace fastgate::http
