/// Numbers of JSON texts: whole ones exactly, the others as doubles; compared by value.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

namespace fastgate::json {

/// One number. 1 and 1.0 compare equal, and no comparison rounds: 2^53 + 1 differs from 2^53.
class Number {
 public:
  Number() = default;
  [[nodiscard]] static Number of_signed(std::int64_t value);
  [[nodiscard]] static Number of_unsigned(std::uint64_t value);
  /// `value` must be finite.
  [[nodiscard]] static Number of_real(double value);

  /// Whether it has no fraction, however it was spelled: 1.0 and 1e3 are whole.
  [[nodiscard]] bool is_whole() const;
  [[nodiscard]] double as_double() const;
  /// Nothing unless it is whole and within the range.
  [[nodiscard]] std::optional<std::uint64_t> as_unsigned() const;
  [[nodiscard]] std::optional<std::int64_t> as_signed() const;

  [[nodiscard]] std::weak_ordering operator<=>(const Number& other) const;
  [[nodiscard]] bool operator==(const Number& other) const { return (*this <=> other) == 0; }
  /// Equal numbers have equal hashes.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  // A whole value is always held as magnitude and sign, if the magnitude fits 64 bits.
  bool is_real_ = false;
  bool is_negative_ = false;
  std::uint64_t magnitude_ = 0;
  double real_ = 0;
};

/// A number as `digits * 10^exponent`, for divisions that must not round (`multipleOf`).
struct Decimal {
  std::uint64_t digits = 0;  ///< of the absolute value
  int exponent = 0;

  /// A double's value is taken as its shortest spelling that reads back: 0.1 is one tenth.
  [[nodiscard]] static Decimal of(const Number& number);
  /// Whether it is a whole multiple of `divisor`, which must not be 0. Complexity: constant.
  [[nodiscard]] bool is_multiple_of(const Decimal& divisor) const;
};

}  // namespace fastgate::json
