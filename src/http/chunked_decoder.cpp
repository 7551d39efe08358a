#include "http/chunked_decoder.h"

#include <algorithm>

#include "base/text.h"
#include "http/characters.h"

namespace fastgate::http {
namespace {

constexpr std::uint8_t kMaxDigits = 16;
constexpr std::uint64_t kMaxSize = (std::uint64_t{1} << 63) - 1;

}  // namespace

Checked<ChunkedDecoder::Step> ChunkedDecoder::feed(std::string_view input,
                                                   std::vector<std::string_view>& pieces) {
  std::size_t at = 0;
  while (at < input.size()) {
    if (state_ == State::Data) {
      const auto length =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
      pieces.push_back(input.substr(at, length));
      at += length;
      left_ -= length;
      if (left_ == 0) state_ = State::DataReturn;
      continue;
    }
    const char c = input[at++];
    if (state_ == State::DataReturn || state_ == State::DataLineFeed) {
      const bool is_return = state_ == State::DataReturn;
      if (c != (is_return ? '\r' : '\n')) return malformed("a chunk is longer than its size");
      state_ = is_return ? State::DataLineFeed : State::SizeBegin;
      continue;
    }
    if (++line_length_ > kMaxLineLength) return malformed("a chunk's size line is too long");
    const bool ends = state_ == State::LineFeed;
    if (!read_line_byte(c)) return malformed("a malformed chunk size line");
    if (ends && !end_line()) return malformed("too many chunk extensions");
    if (ends && left_ == 0) return Step{.consumed = at, .last_chunk = true};
  }
  return Step{.consumed = at};
}

bool ChunkedDecoder::read_line_byte(char c) {
  switch (state_) {
    case State::SizeBegin:
    case State::Size:
      return read_size_byte(c);
    case State::LineFeed:
      state_ = State::Data;
      return c == '\n';
    default:
      return read_extension_byte(c);
  }
}

bool ChunkedDecoder::read_size_byte(char c) {
  const int digit = hex_value(c);
  if (digit < 0) return state_ == State::Size && read_separator(c, State::AfterSize);
  if (++digits_ > kMaxDigits) return false;
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
  state_ = State::Size;
  return left_ <= kMaxSize;
}

bool ChunkedDecoder::read_separator(char c, State blank) {
  if (c == '\r') {
    state_ = State::LineFeed;
  } else if (c == ';') {
    state_ = State::NameBegin;
  } else if (is_blank(c)) {
    state_ = blank;
  } else {
    return false;
  }
  return true;
}

bool ChunkedDecoder::read_extension_byte(char c) {
  switch (state_) {
    case State::AfterSize:
    case State::AfterValue:
      // White space may stand before a semicolon only.
      return is_blank(c) || (c == ';' && read_separator(c, state_));
    case State::NameBegin:
      if (is_token_character(c)) state_ = State::Name;
      return is_token_character(c) || is_blank(c);
    case State::Name:
    case State::AfterName:
      if (c == '=') {
        state_ = State::ValueBegin;
        return true;
      }
      if (state_ == State::Name)
        return is_token_character(c) || read_separator(c, State::AfterName);
      return is_blank(c) || (c == ';' && read_separator(c, State::AfterName));
    case State::ValueBegin:
      if (is_blank(c)) return true;
      state_ = c == '"' ? State::Quoted : State::Value;
      return c == '"' || is_token_character(c);
    case State::Value:
      return is_token_character(c) || read_separator(c, State::AfterValue);
    case State::Quoted:
      if (c == '"') state_ = State::AfterQuoted;
      if (c == '\\') state_ = State::QuotedPair;
      return !is_control(c);
    case State::QuotedPair:
      state_ = State::Quoted;
      return !is_control(c);
    case State::AfterQuoted:
      return read_separator(c, State::AfterValue);
    default:
      return false;
  }
}

bool ChunkedDecoder::end_line() {
  // The size's own digits and CRLF are no extension.
  extension_debt_ += line_length_ - digits_ - 2U;
  const auto earned =
      static_cast<std::uint32_t>(16 + 2 * std::min<std::uint64_t>(left_, kMaxExtensionDebt));
  extension_debt_ -= std::min(extension_debt_, earned);
  line_length_ = 0;
  digits_ = 0;
  return extension_debt_ <= kMaxExtensionDebt;
}

}  // namespace fastgate::http
