#include "record/line_writer.h"

#include <cstring>

#include "base/app_log.h"
#include "json/writer.h"

namespace fastgate::record {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

/// Not zero if a byte of the word is zero.
constexpr std::uint64_t zero_byte(std::uint64_t word) {
  return (word - kOnes) & ~word & kHighs;
}

constexpr bool is_harmless(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

constexpr bool is_harmless(std::uint64_t word) {
  const std::uint64_t below_space = (word - kOnes * ' ') & ~word;
  const std::uint64_t marks = zero_byte(word ^ kOnes * '"') | zero_byte(word ^ kOnes * '\\') |
                              zero_byte(word ^ kOnes * 0x7f);
  return ((word | below_space | marks) & kHighs) == 0;
}

}  // namespace

std::size_t harmless_length(std::string_view text) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const auto is_harmless_at = [text](std::size_t from) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, sizeof word);
    return is_harmless(word);
  };
  std::size_t at = 0;
  while (text.size() - at >= kWord && is_harmless_at(at)) at += kWord;
  // The last word overlaps the one before it: looking twice is cheaper than byte by byte.
  const bool is_tail = at > 0 && text.size() - at < kWord;
  if (is_tail && is_harmless_at(text.size() - kWord)) return text.size();
  while (at < text.size() && is_harmless(text[at])) ++at;
  return at;
}

void LineWriter::open() {
  const std::size_t used = out_.size();
  // Bytes between the text and the end of the string are never read before they are written.
  out_.resize_and_overwrite(out_.capacity(), [](char*, std::size_t size) { return size; });
  at_ = out_.data() + used;
  end_ = out_.data() + out_.size();
}

void LineWriter::close() {
  const auto used = static_cast<std::size_t>(at_ - out_.data());
  out_.resize_and_overwrite(used, [](char*, std::size_t size) { return size; });
}

void LineWriter::grow(std::size_t size) {
  close();
  out_.reserve(std::max(out_.size() + size, 2 * out_.capacity()));
  open();
}

void LineWriter::put_escape(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<std::uint8_t>(c);
  need(4);
  *at_++ = '\\';
  *at_++ = 'x';
  *at_++ = kHex[byte >> 4];
  *at_++ = kHex[byte & 0xf];
}

void LineWriter::put_escaped(std::string_view value) {
  for (;;) {
    const std::size_t harmless = harmless_length(value);
    put(value.substr(0, harmless));
    if (harmless == value.size()) return;
    put_escape(value[harmless]);
    value.remove_prefix(harmless + 1);
  }
}

void LineWriter::put_json(std::string_view value) {
  if (harmless_length(value) == value.size()) {
    need(value.size() + 2);
    *at_++ = '"';
    put_in_room(value);
    *at_++ = '"';
    return;
  }
  close();
  json::append_json_string(out_, value);
  open();
}

void LineWriter::put_json_text(std::string_view value) {
  if (harmless_length(value) == value.size()) return put(value);
  std::string quoted;
  json::append_json_string(quoted, value);
  put(std::string_view(quoted).substr(1, quoted.size() - 2));
}

void LineWriter::put_log_value(std::string_view value) {
  const bool is_bare = !value.empty() && harmless_length(value) == value.size() &&
                       value.find(' ') == std::string_view::npos;
  if (is_bare) return put(value);
  close();
  append_log_value(out_, value);
  open();
}

}  // namespace fastgate::record
