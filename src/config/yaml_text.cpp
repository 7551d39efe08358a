#include "config/yaml_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"
#include "base/utf8.h"

namespace fastgate::config {

namespace {

/// The length of the UTF-8 sequence that `text` begins with; 0 if it is broken.
std::size_t utf8_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t length = first < 0x80                      ? 1
                             : (first >= 0xc2 && first < 0xe0) ? 2
                             : (first >= 0xe0 && first < 0xf0) ? 3
                             : (first >= 0xf0 && first < 0xf5) ? 4
                                                               : 0;
  if (length == 0 || text.size() < length) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                   is_utf8_continuation)) {
    return 0;
  }
  if (length < 3) return length;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool too_large = first == 0xf4 && second >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

bool is_allowed_control(std::string_view text, std::size_t at) {
  return text[at] == '\t' || text[at] == '\n' || text.substr(at).starts_with("\r\n");
}

/// U+0085, U+2028, U+2029.
bool is_unicode_line_end(std::string_view character) {
  return character == "\xc2\x85" || character == "\xe2\x80\xa8" || character == "\xe2\x80\xa9";
}

YamlFailure failure_at(std::string_view text, std::size_t offset, std::string message) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column = line_start == before.npos ? offset : offset - line_start - 1;
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          static_cast<std::uint32_t>(column) + 1, std::move(message)};
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

std::string_view without_sign(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
}

/// Whether an unsigned text is a decimal float, or an integer.
PlainType unsigned_type(std::string_view text) {
  const std::size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.empty()) return whole > 0 ? PlainType::Integer : PlainType::Text;
  std::size_t fraction = 0;
  if (text[0] == '.') {
    text.remove_prefix(1);
    fraction = count_digits(text);
    text.remove_prefix(fraction);
  }
  if (whole + fraction == 0) return PlainType::Text;
  if (text.empty()) return PlainType::Float;
  if (text[0] != 'e' && text[0] != 'E') return PlainType::Text;
  text = without_sign(text.substr(1));
  return !text.empty() && count_digits(text) == text.size() ? PlainType::Float : PlainType::Text;
}

bool is_prefixed_integer(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return false;
  const std::string_view digits = text.substr(2);
  if (text[1] == 'o') return digits.find_first_not_of("01234567") == digits.npos;
  return text[1] == 'x' && digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Whether a text may stand without quotes in block and flow context alike.
bool is_safe_bare(std::string_view text) {
  if (text.empty() || text.size() > 200 || plain_type(text) != PlainType::Text) return false;
  const auto is_safe = [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '.' ||
           c == '/' || c == '-' || c == '+';
  };
  // YAML 1.1 readers take these words for booleans, so other tools would misread them.
  if (is_one_of(to_lower(text), {"yes", "no", "on", "y", "n"})) return false;
  return text[0] != '-' && text[0] != '.' && !is_digit(text[0]) &&
         std::all_of(text.begin(), text.end(), is_safe);
}

}  // namespace

std::optional<YamlFailure> find_bad_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7f) {
      ++i;
      continue;
    }
    if (c < 0x80) {
      if (!is_allowed_control(text, i)) return failure_at(text, i, "a control character");
      ++i;
      continue;
    }
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) return failure_at(text, i, "the text is not UTF-8");
    if (is_unicode_line_end(text.substr(i, length))) {
      return failure_at(text, i,
                        "a line end of Unicode: within \"…\" it is written \\N, \\L or \\P");
    }
    i += length;
  }
  return std::nullopt;
}

PlainType plain_type(std::string_view text) {
  if (text.empty() || is_one_of(text, {"~", "null", "Null", "NULL"})) return PlainType::Null;
  if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
    return PlainType::Boolean;
  }
  if (is_prefixed_integer(text)) return PlainType::Integer;
  const std::string_view magnitude = without_sign(text);
  if (is_one_of(magnitude, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"})) {
    return PlainType::NotFinite;
  }
  return unsigned_type(magnitude);
}

std::optional<std::string> json_number(std::string_view text) {
  const PlainType type = plain_type(text);
  if (type != PlainType::Integer && type != PlainType::Float) return std::nullopt;
  if (is_prefixed_integer(text)) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto done = std::from_chars(text.data() + 2, end, value, text[1] == 'x' ? 16 : 8);
    if (done.ec != std::errc() || done.ptr != end) return std::nullopt;
    return std::to_string(value);
  }
  std::string out = text[0] == '-' ? "-" : "";
  text = without_sign(text);
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.remove_prefix(1);
  if (text[0] == '.') out += '0';
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return out.append(text);
  out.append(text.substr(0, dot + 1));
  const std::string_view rest = text.substr(dot + 1);
  if (rest.empty() || !is_digit(rest[0])) out += '0';
  return out.append(rest);
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else if (const std::size_t length = byte == 0xc2 ? 2 : 3;
               byte >= 0xc2 && is_unicode_line_end(text.substr(i, length))) {
      out += length == 2 ? "\\u0085" : text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += length - 1;
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_yaml_scalar(std::string& out, std::string_view text) {
  if (is_safe_bare(text)) {
    out.append(text);
  } else {
    append_json_string(out, escape_substitution(text));
  }
}

std::string shortened(std::string_view text) {
  static constexpr std::size_t kLongest = 60;
  std::size_t length = std::min(text.size(), kLongest);
  while (length < text.size() && length > 0 && is_utf8_continuation(text[length])) --length;
  std::string out(text.substr(0, length));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  if (length < text.size()) out += "…";
  return out;
}

void append_pointer_name(std::string& out, std::string_view name) {
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

std::string escape_substitution(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && text.substr(i).starts_with("${")) out += '$';
    out += text[i];
  }
  return out;
}

}  // namespace fastgate::config
