#include "json/number.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "base/error.h"

namespace fastgate::json {
namespace {

constexpr double kTwoTo64 = 18446744073709551616.0;
using Wide = unsigned __int128;

/// 10^power modulo `modulus`, by repeated squaring.
std::uint64_t power_of_ten_modulo(unsigned power, std::uint64_t modulus) {
  Wide result = 1 % modulus;
  Wide base = 10 % modulus;
  for (; power != 0; power >>= 1U) {
    if ((power & 1U) != 0) result = result * base % modulus;
    base = base * base % modulus;
  }
  return static_cast<std::uint64_t>(result);
}

std::weak_ordering order_of(std::uint64_t a, std::uint64_t b) {
  if (a == b) return std::weak_ordering::equivalent;
  return a < b ? std::weak_ordering::less : std::weak_ordering::greater;
}

std::weak_ordering order_of(double a, double b) {
  if (a == b) return std::weak_ordering::equivalent;
  return a < b ? std::weak_ordering::less : std::weak_ordering::greater;
}

std::weak_ordering reversed(std::weak_ordering order) {
  if (order < 0) return std::weak_ordering::greater;
  return order > 0 ? std::weak_ordering::less : std::weak_ordering::equivalent;
}

/// Orders a whole magnitude and a double that is no whole magnitude: they are never equal.
std::weak_ordering order_magnitude(std::uint64_t whole, double real) {
  if (real < 0) return std::weak_ordering::greater;
  if (real >= kTwoTo64) return std::weak_ordering::less;
  const auto floor = static_cast<std::uint64_t>(real);
  return whole <= floor ? std::weak_ordering::less : std::weak_ordering::greater;
}

}  // namespace

Number Number::of_signed(std::int64_t value) {
  Number number;
  number.is_negative_ = value < 0;
  const auto bits = static_cast<std::uint64_t>(value);
  number.magnitude_ = value < 0 ? 0 - bits : bits;
  return number;
}

Number Number::of_unsigned(std::uint64_t value) {
  Number number;
  number.magnitude_ = value;
  return number;
}

Number Number::of_real(double value) {
  FG_ASSERT(std::isfinite(value));
  Number number;
  const double magnitude = std::fabs(value);
  if (magnitude < kTwoTo64 && magnitude == std::floor(magnitude)) {
    number.magnitude_ = static_cast<std::uint64_t>(magnitude);
    number.is_negative_ = value < 0;
  } else {
    number.is_real_ = true;
    number.is_negative_ = value < 0;
    number.real_ = value;
  }
  return number;
}

bool Number::is_whole() const {
  return !is_real_ || real_ == std::floor(real_);
}

double Number::as_double() const {
  if (is_real_) return real_;
  const auto value = static_cast<double>(magnitude_);
  return is_negative_ ? -value : value;
}

std::optional<std::uint64_t> Number::as_unsigned() const {
  if (is_real_ || is_negative_) return std::nullopt;
  return magnitude_;
}

std::optional<std::int64_t> Number::as_signed() const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 63;
  if (is_real_ || magnitude_ > kMost || (magnitude_ == kMost && !is_negative_)) return std::nullopt;
  return static_cast<std::int64_t>(is_negative_ ? 0 - magnitude_ : magnitude_);
}

std::weak_ordering Number::operator<=>(const Number& other) const {
  if (is_real_ && other.is_real_) return order_of(real_, other.real_);
  if (is_negative_ != other.is_negative_) {
    return is_negative_ ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  std::weak_ordering order = std::weak_ordering::equivalent;
  if (is_real_) {
    order = reversed(order_magnitude(other.magnitude_, std::fabs(real_)));
  } else if (other.is_real_) {
    order = order_magnitude(magnitude_, std::fabs(other.real_));
  } else {
    order = order_of(magnitude_, other.magnitude_);
  }
  return is_negative_ ? reversed(order) : order;
}

std::uint64_t Number::hash() const {
  // The finaliser of splitmix64 spreads small numbers over all bits.
  std::uint64_t bits = is_real_ ? std::bit_cast<std::uint64_t>(real_) : magnitude_;
  bits += (is_negative_ ? 3U : 1U) * 0x9E3779B97F4A7C15U;
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
  return bits ^ (bits >> 31U);
}

Decimal Decimal::of(const Number& number) {
  if (const auto value = number.as_unsigned()) return {.digits = *value, .exponent = 0};
  if (const auto value = number.as_signed()) {
    return {.digits = 0 - static_cast<std::uint64_t>(*value), .exponent = 0};
  }
  // Shortest scientific form: d.ddde[+-]xx with at most 17 digits.
  std::array<char, 48> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(),
                                 std::fabs(number.as_double()), std::chars_format::scientific);
  FG_ASSERT(end.ec == std::errc());
  Decimal decimal;
  int fraction_digits = 0;
  bool in_fraction = false;
  const char* at = text.data();
  for (; at != end.ptr && *at != 'e'; ++at) {
    if (*at == '.') {
      in_fraction = true;
    } else {
      decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(*at - '0');
      if (in_fraction) ++fraction_digits;
    }
  }
  if (at != end.ptr) ++at;
  if (at != end.ptr && *at == '+') ++at;
  std::from_chars(at, end.ptr, decimal.exponent);
  decimal.exponent -= fraction_digits;
  return decimal;
}

bool Decimal::is_multiple_of(const Decimal& divisor) const {
  if (digits == 0) return true;
  if (exponent >= divisor.exponent) {
    const auto shift = static_cast<unsigned>(exponent - divisor.exponent);
    const Wide scaled = Wide{digits % divisor.digits} * power_of_ten_modulo(shift, divisor.digits);
    return scaled % divisor.digits == 0;
  }
  Wide scaled = divisor.digits;
  for (int shift = divisor.exponent - exponent; shift > 0; --shift) {
    scaled *= 10;
    if (scaled > digits) return false;
  }
  return digits % scaled == 0;
}

}  // namespace fastgate::json
