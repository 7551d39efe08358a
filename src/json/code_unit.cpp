#include "json/code_unit.h"

#include <algorithm>
#include <charconv>

namespace fastgate::json {
namespace {

constexpr std::size_t kEscape = 6;

constexpr bool is_high_surrogate(std::uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
constexpr bool is_low_surrogate(std::uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

std::optional<std::uint32_t> read_code_unit(std::string_view text) {
  if (!text.starts_with("\\u") || text.size() < kEscape) return std::nullopt;
  std::uint32_t unit = 0;
  const char* end = text.data() + kEscape;
  if (std::from_chars(text.data() + 2, end, unit, 16).ptr != end) return std::nullopt;
  return unit;
}

}  // namespace

std::optional<EscapedCharacter> read_escaped(std::string_view text) {
  const auto unit = read_code_unit(text);
  if (!unit) return std::nullopt;
  if (is_high_surrogate(*unit)) {
    const auto low = read_code_unit(text.substr(kEscape));
    if (low && is_low_surrogate(*low)) {
      return EscapedCharacter{.code_point = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00),
                              .length = 2 * kEscape};
    }
  } else if (!is_low_surrogate(*unit)) {
    return EscapedCharacter{.code_point = *unit, .length = kEscape};
  }
  return EscapedCharacter{.code_point = kReplacement, .length = kEscape, .is_half_pair = true};
}

std::size_t replace_half_pairs(std::span<char> text) {
  constexpr std::string_view kWritten = "fffd";
  const std::string_view all(text.data(), text.size());
  std::size_t count = 0;
  std::size_t at = all.find('\\');
  while (at < all.size()) {
    const auto escaped = read_escaped(all.substr(at));
    if (escaped && escaped->is_half_pair) {
      std::ranges::copy(kWritten, text.begin() + static_cast<std::ptrdiff_t>(at) + 2);
      ++count;
    }
    // Two characters of any other escape, so that no second backslash is taken for a first.
    at = all.find('\\', at + (escaped ? escaped->length : 2));
  }
  return count;
}

}  // namespace fastgate::json
