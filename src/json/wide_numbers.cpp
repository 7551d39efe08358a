#include "json/wide_numbers.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "base/text.h"

namespace fastgate::json {
namespace {

/// A number's parts, by RFC 8259 section 6. `length` is 0 if the text does not begin with one.
struct Spelling {
  std::size_t length = 0;
  std::size_t whole_digits = 0;
  bool is_negative = false;
  bool has_fraction = false;
  bool has_exponent = false;
};

std::size_t count_digits(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return is_digit(c); });
  return static_cast<std::size_t>(end - text.begin());
}

Spelling read_spelling(std::string_view text) {
  Spelling number;
  std::size_t at = 0;
  number.is_negative = text.starts_with('-');
  if (number.is_negative) ++at;
  number.whole_digits = count_digits(text.substr(at));
  if (number.whole_digits == 0 || (number.whole_digits > 1 && text[at] == '0')) return {};
  at += number.whole_digits;
  if (at < text.size() && text[at] == '.') {
    const std::size_t digits = count_digits(text.substr(at + 1));
    if (digits == 0) return {};
    number.has_fraction = true;
    at += 1 + digits;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t digits = count_digits(text.substr(at));
    if (digits == 0) return {};
    number.has_exponent = true;
    at += digits;
  }
  number.length = at;
  return number;
}

/// `1e00308`, as long as `out` is; the shortest huge number, 2e308, has that many characters.
bool write_huge(std::span<char> out, bool is_negative) {
  const std::size_t sign = is_negative ? 1 : 0;
  if (out.size() < sign + 5) return false;
  std::ranges::fill(out.subspan(sign), '0');
  out[sign] = '1';
  out[sign + 1] = 'e';
  std::ranges::copy(std::string_view("308"), out.end() - 3);
  return true;
}

bool narrow_whole(std::span<char> out, const Spelling& number) {
  const std::string_view text(out.data(), out.size());
  const char* end = text.data() + text.size();
  std::uint64_t as_unsigned = 0;
  std::int64_t as_signed = 0;
  const auto error = number.is_negative ? std::from_chars(text.data(), end, as_signed).ec
                                        : std::from_chars(text.data(), end, as_unsigned).ec;
  if (error != std::errc::result_out_of_range) return false;
  if (number.whole_digits > 308) return write_huge(out, number.is_negative);
  // Two digits less, times ten to the second.
  std::ranges::copy(std::string_view("e2"), out.end() - 2);
  return true;
}

/// Where the first digit that is not 0 stands: 3 for 120, 0 for 0.12, -1 for 0.012, all moved by
/// the exponent. Tells a number too large for a double from one too small.
std::int64_t order_of_magnitude(std::string_view text, const Spelling& number) {
  if (number.is_negative) text.remove_prefix(1);
  const std::size_t mantissa = std::min(text.find_first_of("eE"), text.size());
  std::int64_t exponent = 0;
  if (number.has_exponent) {
    std::string_view digits = text.substr(mantissa + 1);
    const bool is_below = digits.starts_with('-');
    if (is_below || digits.starts_with('+')) digits.remove_prefix(1);
    constexpr std::int64_t kBeyondAll = std::int64_t{1} << 40;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc()) {
      exponent = kBeyondAll;
    }
    exponent = std::min(exponent, kBeyondAll);
    if (is_below) exponent = -exponent;
  }
  if (text.front() != '0') return static_cast<std::int64_t>(number.whole_digits) + exponent;
  const std::size_t first = text.substr(0, mantissa).find_first_not_of("0.");
  if (first == std::string_view::npos) return 0;
  return 2 - static_cast<std::int64_t>(first) + exponent;
}

bool narrow_real(std::span<char> out, const Spelling& number) {
  double value = 0;
  const auto error = std::from_chars(out.data(), out.data() + out.size(), value).ec;
  if (error != std::errc::result_out_of_range) return false;
  // simdjson reads a number too small for a double as 0 by itself.
  if (order_of_magnitude({out.data(), out.size()}, number) <= 0) return false;
  return write_huge(out, number.is_negative);
}

/// Index behind the string whose opening quote stands at `at`.
std::size_t skip_string(std::span<const char> text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

}  // namespace

std::size_t narrow_wide_numbers(std::span<char> text) {
  std::size_t count = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '-' || is_digit(c)) {
      const Spelling number = read_spelling({text.data() + at, text.size() - at});
      const std::span<char> out = text.subspan(at, number.length);
      const bool is_whole = !number.has_fraction && !number.has_exponent;
      if (number.length != 0 && (is_whole ? narrow_whole(out, number) : narrow_real(out, number))) {
        ++count;
      }
      // Not a number: past its digits, so that no later part of it is taken for one.
      at += std::max<std::size_t>(number.length, 1);
      while (at < text.size() && is_digit(text[at])) ++at;
    } else {
      ++at;
    }
  }
  return count;
}

}  // namespace fastgate::json
