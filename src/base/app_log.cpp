#include "base/app_log.h"

#include <array>

#include "base/text.h"

namespace fastgate {
namespace {

/// What a byte means to a value that is written bare.
enum class ByteClass : std::uint8_t {
  Plain,
  Quoted,   ///< a space, or what is escaped in quotes
  Control,  ///< below U+0020, or DEL
  Leading,  ///< may lead U+0080 to U+009F or U+2028 and U+2029: controls and line breaks too
};

constexpr std::array<ByteClass, 256> kByteClasses = [] {
  std::array<ByteClass, 256> classes{};
  for (std::size_t i = 0; i < 0x20; ++i) classes[i] = ByteClass::Control;
  classes[0x7f] = ByteClass::Control;
  for (const char c : {' ', '"', '\\'}) classes[static_cast<std::uint8_t>(c)] = ByteClass::Quoted;
  classes[0xc2] = classes[0xe2] = ByteClass::Leading;
  return classes;
}();

ByteClass class_of(char c) {
  return kByteClasses[static_cast<std::uint8_t>(c)];
}

/// A code point that must not reach a terminal or a line reader, and its length in UTF-8.
struct Unsafe {
  unsigned code_point = 0;
  std::size_t length = 0;  ///< 0: the text does not begin with one
};

Unsafe unsafe_at_front(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned>(static_cast<std::uint8_t>(text[i])) : 0U;
  };
  switch (class_of(text.front())) {
    case ByteClass::Plain:
    case ByteClass::Quoted:
      return {};
    case ByteClass::Control:
      return {byte(0), 1};
    case ByteClass::Leading:
      break;
  }
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return {byte(1), 2};
  const bool is_separator = byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) | 1U) == 0xa9;
  if (is_separator) return {0x2000 + byte(2) - 0x80, 3};
  return {};
}

void append_escape(std::string& out, unsigned code_point) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (code_point) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kHex[code_point >> shift & 0xf];
}

enum class Quoting : std::uint8_t { Bare, Quoted };

/// Appends `text` with its controls escaped, and in quotes the quote and the backslash too.
void append_escaped(std::string& out, std::string_view text, Quoting quoting) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && class_of(text[plain]) == ByteClass::Plain) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Unsafe unsafe = unsafe_at_front(text);
    if (unsafe.length != 0) {
      append_escape(out, unsafe.code_point);
      text.remove_prefix(unsafe.length);
      continue;
    }
    const char c = text.front();
    if (quoting == Quoting::Quoted && (c == '"' || c == '\\')) out += '\\';
    out += c;
    text.remove_prefix(1);
  }
}

/// Whether the value reads back as it stands without quotes.
bool is_bare(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const ByteClass found = class_of(value[i]);
    if (found == ByteClass::Plain) continue;
    if (found != ByteClass::Leading) return false;
    if (unsafe_at_front(value.substr(i)).length != 0) return false;
  }
  return !value.empty();
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "ERROR";
    case LogLevel::Warn:
      return "WARN";
    case LogLevel::Info:
      return "INFO";
    case LogLevel::Debug:
      return "DEBUG";
  }
  return "ERROR";
}

void put_digits(char* to, std::size_t count, unsigned value) {
  while (count > 0) {
    to[--count] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

void AppLog::event(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) {
  LogSink* const sink = sink_.load(std::memory_order_acquire);
  if (sink == nullptr || !is_on(level)) return;
  std::string line;
  format_log_line(line, clock_.wall_now(), level, message, fields);
  sink->submit(line);
}

void AppLog::redirect(LogSink* sink, LogLevel level) {
  level_.store(level, std::memory_order_relaxed);
  sink_.store(sink, std::memory_order_release);
}

void format_log_line(std::string& out, WallTime time, LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) {
  append_iso_time(out, time);
  out += ' ';
  out += name_of(level);
  out += ' ';
  append_escaped(out, message, Quoting::Bare);
  for (const LogField& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    append_log_value(out, field.value);
  }
  out += '\n';
}

void append_log_value(std::string& out, std::string_view value) {
  if (is_bare(value)) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, value, Quoting::Quoted);
  out += '"';
}

void append_iso_time(std::string& out, WallTime time) {
  // Nanoseconds in 64 bits reach from 1677 to 2262, so a year has four digits.
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - day).count();
  const auto in_day = static_cast<unsigned>(rest);
  std::array<char, 24> text{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                            '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
  put_digits(text.data(), 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text.data() + 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text.data() + 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text.data() + 11, 2, in_day / 3'600'000);
  put_digits(text.data() + 14, 2, in_day / 60'000 % 60);
  put_digits(text.data() + 17, 2, in_day / 1000 % 60);
  put_digits(text.data() + 20, 3, in_day % 1000);
  out.append(text.data(), text.size());
}

}  // namespace fastgate
