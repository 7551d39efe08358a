#include "record/line_writer.h"

#include <doctest/doctest.h>

#include "base/app_log.h"
#include "json/value.h"

namespace fastgate::record {
namespace {

using Put = void (LineWriter::*)(std::string_view);

std::string written(Put put, std::string_view value) {
  std::string out;
  {
    LineWriter line(out);
    (line.*put)(value);
  }
  return out;
}

std::string all_bytes() {
  std::string text;
  for (int i = 0; i < 256; ++i) text += static_cast<char>(i);
  return text;
}

TEST_CASE("the harmless run ends at the first dangerous byte, at any place") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_harmless = byte >= 32 && byte <= 126 && c != '"' && c != '\\';
    for (std::size_t place = 0; place < 20; ++place) {
      INFO(byte, " at ", place);
      std::string text(20, 'x');
      text[place] = c;
      CHECK(harmless_length(text) == (is_harmless ? 20 : place));
    }
  }
  CHECK(harmless_length("") == 0);
}

TEST_CASE("escapes are nginx's") {
  struct Row {
    std::string_view value;
    std::string_view escaped;
  };
  const Row rows[] = {
      {"plain text 123 ~!", "plain text 123 ~!"},
      {"a\"b", "a\\x22b"},
      {"a\\b", "a\\x5Cb"},
      {"a\nb\rc", "a\\x0Ab\\x0Dc"},
      {std::string_view("\0", 1), "\\x00"},
      {"\x1b[31m", "\\x1B[31m"},
      {"\x7f", "\\x7F"},
      {"\xc3\xa4", "\\xC3\\xA4"},
      {"", ""},
  };
  for (const Row& row : rows) {
    INFO(row.escaped);
    CHECK(written(&LineWriter::put_escaped, row.value) == row.escaped);
  }
}

TEST_CASE("no byte of a value breaks a line or leaves its quotes") {
  const std::string bytes = all_bytes();
  const std::string escaped = written(&LineWriter::put_escaped, bytes);
  CHECK(harmless_length(escaped) == escaped.find('\\'));
  CHECK(escaped.find_first_of("\n\r\"") == std::string::npos);
  const std::string json = written(&LineWriter::put_json, bytes);
  CHECK(json.find_first_of("\n\r") == std::string::npos);
  CHECK(json::Value::parse(json).has_value());
  const std::string log = written(&LineWriter::put_log_value, bytes);
  CHECK(log.find_first_of("\n\r") == std::string::npos);
}

TEST_CASE("log values are written as append_log_value does") {
  for (const std::string_view value :
       {"", "plain", "a=b", "two words", "q\"uote", "back\\slash", "line\nbreak", "\xc3\xa4",
        "\xc2\x85", "\xe2\x80\xa8", "12345678", "1234567 9"}) {
    INFO(value);
    std::string expected;
    append_log_value(expected, value);
    CHECK(written(&LineWriter::put_log_value, value) == expected);
  }
}

TEST_CASE("what is put stands behind what was there, however much it is") {
  std::string out = "before ";
  const std::string text(1000, 'x');
  {
    LineWriter line(out);
    for (int i = 0; i < 100; ++i) {
      line.put(text);
      line.put_decimal(UINT64_MAX);
      line.put_json("a\nb");
      line.put('\n');
    }
  }
  std::string expected = "before ";
  for (int i = 0; i < 100; ++i) expected += text + "18446744073709551615\"a\\nb\"\n";
  CHECK(out == expected);
}

}  // namespace
}  // namespace fastgate::record
