#include "json/writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "json/utf8.h"

namespace fastgate::json {
namespace {

constexpr std::string_view kReplacementText = "\xEF\xBF\xBD";

constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\f':
      out.append("\\f");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out.append("\\u00").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 0xFU]);
}

template <class Value>
void append_number(std::string& out, Value value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  FG_ASSERT(end.ec == std::errc());
  out.append(text.data(), end.ptr);
}

}  // namespace

void append_json_string_part(std::string& out, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t begin = at;
    while (at < text.size() && is_plain(text[at])) ++at;
    out.append(text, begin, at - begin);
    if (at == text.size()) return;
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_escape(out, text[at++]);
      continue;
    }
    const std::size_t length = sequence_length(text.substr(at));
    if (length == 0) {
      out.append(kReplacementText);
      ++at;
    } else {
      out.append(text, at, length);
      at += length;
    }
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  append_json_string_part(out, text);
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out.append("null");
  } else {
    append_number(out, value);
  }
}

void JsonWriter::before_value() {
  if (levels_.empty()) {
    FG_ASSERT(!has_root_);
    has_root_ = true;
  } else if (levels_.back() == Level::ObjectAfterKey) {
    levels_.back() = Level::Object;
  } else {
    FG_ASSERT(levels_.back() == Level::Array);
    if (needs_comma_) out_.push_back(',');
  }
  needs_comma_ = true;
}

void JsonWriter::end(Level level, char bracket) {
  FG_ASSERT(!levels_.empty() && levels_.back() == level);
  levels_.pop_back();
  out_.push_back(bracket);
  needs_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  before_value();
  levels_.push_back(Level::Object);
  out_.push_back('{');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  end(Level::Object, '}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  before_value();
  levels_.push_back(Level::Array);
  out_.push_back('[');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  end(Level::Array, ']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  FG_ASSERT(!levels_.empty() && levels_.back() == Level::Object);
  if (needs_comma_) out_.push_back(',');
  append_json_string(out_, name);
  out_.push_back(':');
  levels_.back() = Level::ObjectAfterKey;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
  return raw(flag ? "true" : "false");
}

JsonWriter& JsonWriter::value(double number) {
  before_value();
  append_json_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::value(std::int64_t number) {
  before_value();
  append_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::value(std::uint64_t number) {
  before_value();
  append_number(out_, number);
  return *this;
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_.append(json);
  return *this;
}

}  // namespace fastgate::json
