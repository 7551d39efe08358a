/// Character classes of HTTP's grammar as tables, for the loops that look at every byte of a head.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fastgate::http {

using CharacterTable = std::array<bool, 256>;

/// tchar of RFC 9110 section 5.6.2.
inline constexpr CharacterTable kTokenCharacters = [] {
  CharacterTable table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

[[nodiscard]] constexpr bool is_token_character(char c) {
  return kTokenCharacters[static_cast<unsigned char>(c)];
}

/// SP and HTAB: optional white space (RFC 9110 section 5.6.3).
[[nodiscard]] constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// C0 controls but HTAB, and DEL: what no field value may hold (RFC 9110 section 5.5).
[[nodiscard]] constexpr bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/// The offset of the first byte at or after `from` that is no token character; the size if there is
/// none.
[[nodiscard]] inline std::size_t find_token_end(std::string_view text, std::size_t from) {
  while (from < text.size() && is_token_character(text[from])) ++from;
  return from;
}

/// The offset of the first control (is_control) at or after `from`; the size if there is none.
/// Complexity: eight bytes a step.
[[nodiscard]] inline std::size_t find_control(std::string_view text, std::size_t from) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  while (text.size() - from >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, 8);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word;
    const std::uint64_t not_del = word ^ (kOnes * 0x7f);
    const std::uint64_t del = (not_del - kOnes) & ~not_del;
    if (const std::uint64_t suspects = (below_space | del) & kHighs; suspects != 0) {
      // The first is one, or an HTAB; behind it borrows raise false alarms, so each is looked at.
      if constexpr (std::endian::native == std::endian::little) {
        const std::size_t first = from + static_cast<std::size_t>(std::countr_zero(suspects)) / 8;
        if (text[first] != '\t') return first;
      }
      for (std::size_t i = 0; i < 8; ++i) {
        if (is_control(text[from + i])) return from + i;
      }
    }
    from += 8;
  }
  while (from < text.size() && !is_control(text[from])) ++from;
  return from;
}

}  // namespace fastgate::http
