#include "json/writer.h"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "base/random.h"
#include "json/document.h"

namespace fastgate::json {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST_CASE("strings are escaped, and bad bytes replaced") {
  CHECK(json_text("") == "\"\"");
  CHECK(json_text("plain /text") == "\"plain /text\"");
  CHECK(json_text("\"\\\n\r\t\b\f") == R"("\"\\\n\r\t\b\f")");
  CHECK(json_text(std::string_view("\0\x1F\x7F", 3)) == "\"\\u0000\\u001f\x7F\"");
  CHECK(json_text("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") ==
        "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(json_text("a\xFFz") == "\"a" + bad + "z\"");
  CHECK(json_text("\xC3") == "\"" + bad + "\"");
  CHECK(json_text("\xC0\x80") == "\"" + bad + bad + "\"");
  CHECK(json_text("\xED\xA0\x80") == "\"" + bad + bad + bad + "\"");
  CHECK(json_text("\xF4\x90\x80\x80") == "\"" + bad + bad + bad + bad + "\"");
  CHECK(json_text("\xE2\x82\"") == "\"" + bad + bad + "\\\"\"");
}

TEST_CASE("property: any bytes make a valid JSON string, valid UTF-8 comes back") {
  FastRandom random(7);
  DocumentParser parser;
  for (int round = 0; round < 2000; ++round) {
    std::string text(random.below(20), '\0');
    for (char& c : text) c = static_cast<char>(random.below(256));
    const auto document = parser.parse(json_text(text));
    REQUIRE(document.has_value());
    const std::string back(document->root().string());
    const auto again = parser.parse(json_text(back));
    REQUIRE(again.has_value());
    CHECK(again->root().string() == back);
  }
}

TEST_CASE("numbers are spelled shortest; those that JSON lacks are null") {
  const auto spelled = [](double number) {
    std::string out;
    append_json_number(out, number);
    return out;
  };
  CHECK(spelled(0.1) == "0.1");
  CHECK(spelled(1e300) == "1e+300");
  CHECK(spelled(-0.0) == "-0");
  CHECK(spelled(std::numeric_limits<double>::infinity()) == "null");
  CHECK(spelled(std::nan("")) == "null");
}

TEST_CASE("a writer sets commas and colons") {
  std::string out = "x=";
  JsonWriter writer(out);
  writer.begin_object().key("a").value(1).key("b\"").begin_array();
  CHECK_FALSE(writer.is_complete());
  writer.value("s")
      .value(true)
      .value(2.5)
      .null()
      .begin_object()
      .end_object()
      .begin_array()
      .end_array();
  writer.end_array()
      .key("c")
      .value(std::uint64_t{18446744073709551615U})
      .key("d")
      .value(std::int64_t{-5});
  writer.key("e").raw("[1,2]").key("f").value(std::string("t")).key("g").value(false).end_object();
  CHECK(writer.is_complete());
  CHECK(
      out ==
      R"(x={"a":1,"b\"":["s",true,2.5,null,{},[]],"c":18446744073709551615,"d":-5,"e":[1,2],"f":"t","g":false})");
}

}  // namespace
}  // namespace fastgate::json
