#include "json/utf8.h"

#include <algorithm>

namespace fastgate::json {
namespace {

constexpr bool is_within(char c, unsigned low, unsigned high) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= low && byte <= high;
}

constexpr bool is_continuation(char c) {
  return is_within(c, 0x80, 0xBF);
}

char low_byte(std::uint32_t value) {
  return static_cast<char>(value & 0xFFU);
}

}  // namespace

std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  // The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (!is_within(text[1], low, high)) return 0;
  const std::string_view rest = text.substr(2, length - 2);
  return std::ranges::all_of(rest, is_continuation) ? length : 0;
}

void append_code_point(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x80) {
    out.push_back(low_byte(code_point));
  } else if (code_point < 0x800) {
    out.push_back(low_byte(0xC0U | code_point >> 6U));
    out.push_back(low_byte(0x80U | (code_point & 0x3FU)));
  } else if (code_point < 0x10000) {
    out.push_back(low_byte(0xE0U | code_point >> 12U));
    out.push_back(low_byte(0x80U | (code_point >> 6U & 0x3FU)));
    out.push_back(low_byte(0x80U | (code_point & 0x3FU)));
  } else {
    out.push_back(low_byte(0xF0U | code_point >> 18U));
    out.push_back(low_byte(0x80U | (code_point >> 12U & 0x3FU)));
    out.push_back(low_byte(0x80U | (code_point >> 6U & 0x3FU)));
    out.push_back(low_byte(0x80U | (code_point & 0x3FU)));
  }
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !is_continuation(c); }));
}

}  // namespace fastgate::json
