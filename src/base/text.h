/// Small operations on ASCII text that HTTP, the configuration and the logs share.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fastgate {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// The value of a hex digit; -1 for other characters.
[[nodiscard]] constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Equality without regard to the case of ASCII letters (RFC 9110 section 5.1).
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);

/// Without SP and HTAB at both ends: HTTP's optional white space (RFC 9110 section 5.6.3).
[[nodiscard]] std::string_view trim(std::string_view text);

/// The parts between `separator`; empty parts are kept. "" gives one empty part.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// Takes the next element of a comma-separated field value (RFC 9110 section 5.6.1), trimmed, from
/// the front of `rest`; empty elements are skipped. Returns nothing at the end. Quoted strings are
/// respected: a comma inside one does not separate.
[[nodiscard]] std::optional<std::string_view> next_list_element(std::string_view& rest);

/// A whole decimal number without sign; nothing on other characters, emptiness or overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// Writes a text to `at`, where there is room for it; gives where it ends.
[[gnu::always_inline]] inline char* put_text(char* at, std::string_view text) {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

/// Appends several texts, growing `out` once. What they view must not be `out` itself. Heads of
/// messages are made of many short texts; inlined, the lengths of literals are constants.
template <class... Texts>
[[gnu::always_inline]] inline void append_texts(std::string& out, Texts... texts) {
  static_assert((std::is_same_v<Texts, std::string_view> && ...));
  const std::size_t before = out.size();
  const std::size_t size = (before + ... + texts.size());
  // Of the whole size: where the text grows, libstdc++ 12 gives the operation its new capacity.
  out.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
  char* at = out.data() + before;
  ((at = put_text(at, texts)), ...);
}

/// Appends the decimal digits of `value` to `out`.
void append_decimal(std::string& out, std::uint64_t value);

/// The candidate nearest to `word` by edit distance, if it is near enough to be a slip of the pen
/// (at most a third of the letters differ). Complexity: candidates x lengths; for error messages
/// only.
[[nodiscard]] std::optional<std::string_view> nearest_name(
    std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace fastgate
