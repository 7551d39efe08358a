/// The `\uXXXX` escapes of JSON strings. RFC 8259 section 7 lets half a surrogate pair stand there,
/// which clients write that cut a text within an emoji; it is read as U+FFFD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fastgate::json {

constexpr std::uint32_t kReplacement = 0xFFFD;

struct EscapedCharacter {
  std::uint32_t code_point = 0;  ///< no surrogate: kReplacement for half a pair
  std::size_t length = 0;        ///< of the escape: 6, or 12 for a pair
  bool is_half_pair = false;
};
/// The character whose escape, backslash included, `text` begins with, if it does.
[[nodiscard]] std::optional<EscapedCharacter> read_escaped(std::string_view text);

/// Writes `\ufffd` in place of the halves of surrogate pairs in a JSON text, which simdjson
/// refuses. Returns how many there were.
std::size_t replace_half_pairs(std::span<char> text);

}  // namespace fastgate::json
