#include "json/text_scanner.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "json/code_unit.h"
#include "json/tape.h"
#include "json/utf8.h"

namespace fastgate::json {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

char unescaped(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    default:
      return letter;
  }
}

}  // namespace

std::unexpected<Error> TextScanner::malformed(std::string_view reason) const {
  return fail(ErrorKind::Malformed, std::string("malformed JSON: ").append(reason) + " at byte " +
                                        std::to_string(at_ + 1));
}

void TextScanner::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

bool TextScanner::skip_character(char c) {
  if (peek() != c || at_ == text_.size()) return false;
  ++at_;
  return true;
}

bool TextScanner::skip_word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool TextScanner::skip_digits() {
  const std::size_t begin = at_;
  while (is_digit(peek())) ++at_;
  return at_ != begin;
}

bool TextScanner::skip_number() {
  skip_character('-');
  const bool is_zero = peek() == '0';
  const std::size_t begin = at_;
  if (!skip_digits() || (is_zero && at_ - begin > 1)) return false;
  if (skip_character('.') && !skip_digits()) return false;
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    return skip_digits();
  }
  return true;
}

bool TextScanner::skip_escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  const std::size_t begin = at_++;
  if (at_ >= text_.size()) return false;
  if (text_[at_] != 'u') return kLetters.find(text_[at_++]) != std::string_view::npos;
  const auto escaped = read_escaped(text_.substr(begin));
  if (!escaped) return false;
  at_ = begin + escaped->length;
  return true;
}

/// To the next quote, backslash or control character, eight bytes at a time; less than eight bytes
/// at the end of the text stay. The subtractions borrow upwards, so the lowest flagged byte is
/// exact.
void TextScanner::skip_plain_words() {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  while (text_.size() - at_ >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text_.data() + at_, sizeof word);
    const std::uint64_t quotes = word ^ kOnes * '"';
    const std::uint64_t backslashes = word ^ kOnes * '\\';
    const std::uint64_t found =
        (((quotes - kOnes) & ~quotes) | ((backslashes - kOnes) & ~backslashes) |
         ((word - kOnes * 0x20) & ~word)) &
        kHighs;
    if (found != 0) {
      at_ += static_cast<std::size_t>(std::countr_zero(found)) / 8;
      return;
    }
    at_ += sizeof word;
  }
}

bool TextScanner::skip_string() {
  if (!skip_character('"')) return false;
  while (at_ < text_.size()) {
    skip_plain_words();
    if (at_ == text_.size()) return false;
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (c == '\\') {
      if (!skip_escape()) return false;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      return false;
    } else {
      ++at_;
    }
  }
  return false;
}

bool TextScanner::skip_scalar() {
  switch (peek()) {
    case '"':
      return skip_string();
    case 't':
      return skip_word("true");
    case 'f':
      return skip_word("false");
    case 'n':
      return skip_word("null");
    default:
      return skip_number();
  }
}

bool TextScanner::skip_name_and_colon() {
  skip_space();
  if (!skip_string()) return false;
  skip_space();
  if (!skip_character(':')) return false;
  skip_space();
  return true;
}

bool TextScanner::is_in_object() const {
  const std::size_t level = depth_ - 1;
  return (object_bits_[level / 64] >> level % 64 & 1U) != 0;
}

bool TextScanner::open(char bracket) {
  // The top-level object is a level too.
  if (depth_ + 1 >= kMaxDepth) return false;
  const std::uint64_t bit = std::uint64_t{1} << depth_ % 64;
  std::uint64_t& bits = object_bits_[depth_ / 64];
  bits = bracket == '{' ? bits | bit : bits & ~bit;
  ++depth_;
  ++at_;
  return true;
}

/// After a value: closes what ends here. False on an error; else the text stands before the next
/// value of an open container, or depth_ is 0.
bool TextScanner::close_all() {
  while (depth_ > 0) {
    skip_space();
    const bool is_object = is_in_object();
    if (skip_character(',')) {
      if (is_object) return skip_name_and_colon();
      skip_space();
      return true;
    }
    if (!skip_character(is_object ? '}' : ']')) return false;
    --depth_;
  }
  return true;
}

bool TextScanner::skip_value() {
  do {
    const char c = peek();
    if (c != '{' && c != '[') {
      if (!skip_scalar()) return false;
    } else {
      if (!open(c)) return false;
      skip_space();
      if (peek() != (c == '{' ? '}' : ']')) {
        if (c == '{' && !skip_name_and_colon()) return false;
        continue;
      }
    }
    if (!close_all()) return false;
  } while (depth_ > 0);
  return true;
}

Result<std::size_t> TextScanner::begin() {
  if (!simdjson::validate_utf8(text_)) return malformed("the text is not UTF-8");
  skip_space();
  if (!skip_character('{')) return malformed("the text is not an object");
  return at_;
}

Result<bool> TextScanner::next(MemberPlace& place) {
  skip_space();
  if (skip_character('}')) {
    skip_space();
    if (at_ != text_.size()) return malformed("something stands behind the object");
    return false;
  }
  if (!is_first_) {
    if (!skip_character(',')) return malformed("',' or '}' is missing");
    skip_space();
  }
  is_first_ = false;
  place.name_begin = at_;
  if (!skip_string()) return malformed("a member's name is missing or broken");
  place.name_end = at_;
  skip_space();
  if (!skip_character(':')) return malformed("':' is missing");
  skip_space();
  place.value_begin = at_;
  if (!skip_value()) return malformed("a value is missing, broken or nested too deep");
  place.value_end = at_;
  return true;
}

std::string_view unescape(std::string_view token, std::string& scratch) {
  const std::string_view text = token.substr(1, token.size() - 2);
  if (text.find('\\') == std::string_view::npos) return text;
  scratch.clear();
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '\\') {
      scratch.push_back(text[at++]);
      continue;
    }
    if (const auto escaped = read_escaped(text.substr(at))) {
      append_code_point(scratch, escaped->code_point);
      at += escaped->length;
    } else {
      scratch.push_back(unescaped(text[at + 1]));
      at += 2;
    }
  }
  return scratch;
}

}  // namespace fastgate::json
