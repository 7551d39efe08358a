/// Durations and sizes as the configuration writes them (contract section 2).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fastgate {

/// A number of bytes.
struct Bytes {
  std::uint64_t count = 0;
  auto operator<=>(const Bytes&) const = default;
};

constexpr Bytes kibibytes(std::uint64_t n) {
  return Bytes{n << 10};
}
constexpr Bytes mebibytes(std::uint64_t n) {
  return Bytes{n << 20};
}

/// Reads a duration. Form: a decimal number is seconds (`30`, `0.5`), or a number with one of
/// `ms s m h d` (`500ms`, `1.5h`). No sign, no space. Parts of a millisecond are cut off. Errors:
/// Config, with the accepted forms; also beyond 36500d, and when a time that is not zero would be
/// cut to zero.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Reads a size. Form: a whole number is bytes, or a number with `B KB MB GB` (powers of 1000),
/// `KiB MiB GiB` (powers of 1024) or nginx's `k m g` (powers of 1024); case of the letters is
/// ignored. Parts of a byte are cut off. Errors: Config, also from 2^63 on, and when a size that is
/// not zero would be cut to zero.
[[nodiscard]] Result<Bytes> parse_size(std::string_view text);

/// Whether the text is a duration, or a size, but for being more than can be.
[[nodiscard]] bool is_too_long(std::string_view text);
[[nodiscard]] bool is_too_large(std::string_view text);

/// The shortest whole number and unit that parse_duration reads back (`30s`, `500ms`, `5m`).
[[nodiscard]] std::string format_duration(std::chrono::milliseconds value);

/// The shortest whole number, with a unit of 1024's powers where exact, that parse_size reads back
/// (`64KiB`, `8MiB`, `1000`).
[[nodiscard]] std::string format_size(Bytes value);

}  // namespace fastgate
