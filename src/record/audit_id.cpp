#include "record/audit_id.h"

#include "base/text.h"

namespace fastgate::record {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;

constexpr std::string_view kLogPrefix = "log_";
constexpr std::size_t kDigits = 16;
constexpr int kRowBits = 36;
constexpr int kSlotBits = 8;

/// Two digits with a leading zero.
void append_two(std::string& out, unsigned value) {
  out += static_cast<char>('0' + value / 10 % 10);
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

AuditDay day_of(WallTime time) {
  return static_cast<AuditDay>(floor<days>(time).time_since_epoch().count());
}

WallTime start_of_day(AuditDay day) {
  return WallTime(days(day));
}

std::string text_of_day(AuditDay day) {
  const std::chrono::year_month_day date{std::chrono::sys_days(days(day))};
  std::string text = std::to_string(static_cast<int>(date.year()));
  text += '-';
  append_two(text, static_cast<unsigned>(date.month()));
  text += '-';
  append_two(text, static_cast<unsigned>(date.day()));
  return text;
}

std::optional<AuditDay> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_decimal(text.substr(0, 4));
  const auto month = parse_decimal(text.substr(5, 2));
  const auto day = parse_decimal(text.substr(8, 2));
  if (!year || !month || !day || *year < 1970 || *year > 2200) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<AuditDay>(std::chrono::sys_days(date).time_since_epoch().count());
}

std::int64_t micros_of(WallTime time) {
  return floor<microseconds>(time).time_since_epoch().count();
}

WallTime time_of_micros(std::int64_t micros) {
  return WallTime(microseconds(micros));
}

std::string AuditId::text() const {
  const std::uint64_t bits = (static_cast<std::uint64_t>(day) << (kRowBits + kSlotBits)) |
                             (static_cast<std::uint64_t>(slot) << kRowBits) |
                             static_cast<std::uint64_t>(row);
  std::string text(kLogPrefix);
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(bits >> shift) & 15];
  return text;
}

std::optional<AuditId> AuditId::parse(std::string_view text) {
  if (!text.starts_with(kLogPrefix) || text.size() != kLogPrefix.size() + kDigits)
    return std::nullopt;
  text.remove_prefix(kLogPrefix.size());
  std::uint64_t bits = 0;
  for (const char c : text) {
    if (!is_digit(c) && (c < 'a' || c > 'f')) return std::nullopt;
    bits = bits << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  AuditId id;
  id.day = static_cast<AuditDay>(bits >> (kRowBits + kSlotBits));
  id.slot = static_cast<std::uint32_t>(bits >> kRowBits) & 0xff;
  id.row = static_cast<std::int64_t>(bits & ((std::uint64_t{1} << kRowBits) - 1));
  return id;
}

}  // namespace fastgate::record
