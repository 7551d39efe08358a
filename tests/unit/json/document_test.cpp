#include "json/document.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "json/equality.h"
#include "json/scalar_index.h"
#include "json/value.h"

namespace fastgate::json {
namespace {

Value value(std::string_view text) {
  auto parsed = Value::parse(text);
  REQUIRE_MESSAGE(parsed.has_value(), std::string(text));
  return std::move(*parsed);
}

TEST_CASE("a parsed text is read by kind, name and order") {
  DocumentParser parser;
  const auto document =
      parser.parse(R"( {"model":"a\u00e9", "n":[1,2.5,-3], "on":true, "no":null} )");
  REQUIRE(document.has_value());
  CHECK(document->root().is(Kind::Object));
  CHECK(document->root().size() == 4);
  CHECK(document->find("model")->string() == "a\xC3\xA9");
  CHECK(document->find("on")->boolean());
  CHECK(document->find("no")->is(Kind::Null));
  CHECK_FALSE(document->find("absent").has_value());
  std::string numbers;
  for (const ValueView item : document->find("n")->items()) {
    numbers += std::to_string(item.number().as_double()) + ";";
  }
  CHECK(numbers == "1.000000;2.500000;-3.000000;");
  std::string names;
  for (const Member member : document->root().members()) names.append(member.name).append(";");
  CHECK(names == "model;n;on;no;");
  CHECK(document->find("n")->size() == 3);
  CHECK_FALSE(document->find("n")->find("model").has_value());
}

TEST_CASE("of duplicate names the last counts") {
  DocumentParser parser;
  const auto document = parser.parse(R"({"a":1,"b":2,"\u0061":3})");
  REQUIRE(document.has_value());
  CHECK(document->find("a")->number() == Number::of_signed(3));
  CHECK(equal(document->root(), value(R"({"b":2,"a":3})").view()));
  CHECK_FALSE(equal(document->root(), value(R"({"b":2,"a":1})").view()));
}

TEST_CASE("half a surrogate pair is read as the replacement character") {
  DocumentParser parser;
  const std::vector<std::pair<std::string_view, std::string_view>> cases{
      {R"("\ud83d")", "\uFFFD"},
      {R"("\uDC00")", "\uFFFD"},
      {R"("a\ud83db")", "a\uFFFDb"},
      {R"("\ud83d\ud83d\ude00")", "\uFFFD\U0001F600"},
      {R"("\ude00\ud83d")", "\uFFFD\uFFFD"},
      {R"("\ud83d\n")", "\uFFFD\n"},
      {R"("\ud83d\\")", "\uFFFD\\"},
      {R"("\\ud83d\ud83d")", "\\ud83d\uFFFD"},
      {R"("\ud83d\\ude00")", "\uFFFD\\ude00"},
  };
  for (const auto& [text, read] : cases) {
    INFO(text);
    const auto document = parser.parse(text);
    REQUIRE(document.has_value());
    CHECK(document->root().string() == read);
  }
  const auto both = parser.parse(R"({"n":123456789012345678901234567890,"s":"\ud83d"})");
  REQUIRE(both.has_value());
  CHECK(both->find("s")->string() == "\uFFFD");
}

TEST_CASE("malformed texts are refused") {
  DocumentParser parser;
  for (const std::string_view text :
       {"", " ", "{", "[1,]", "{\"a\":1,}", "nul", "01", "1 2", "{} x", "\"\xFF\"", "\"\\ud80\"",
        "\"\\ud800", "'a'", "[1e400,01]", "\xEF\xBB\xBF{}", "\"\x01\""}) {
    INFO(text);
    const auto document = parser.parse(text);
    REQUIRE_FALSE(document.has_value());
    CHECK(document.error().kind == ErrorKind::Malformed);
    CHECK(document.error().text.starts_with("malformed JSON"));
  }
  CHECK(parser.parse("[1]").has_value());
}

TEST_CASE("depth and size are bounded by the caller") {
  DocumentParser parser({.max_size = 100, .max_depth = 5});
  CHECK(parser.parse("[[[[[]]]]]").has_value());
  const auto deep = parser.parse("[[[[[[]]]]]]");
  REQUIRE_FALSE(deep.has_value());
  CHECK(deep.error().kind == ErrorKind::Malformed);
  CHECK(deep.error().text == "JSON is nested deeper than 5 levels");
  const auto large = parser.parse("\"" + std::string(99, 'x') + "\"");
  REQUIRE_FALSE(large.has_value());
  CHECK(large.error().kind == ErrorKind::BodyTooLarge);
  CHECK(parser.parse("\"" + std::string(98, 'x') + "\"").has_value());
}

TEST_CASE("texts of all sizes follow each other in one parser") {
  DocumentParser parser;
  for (const std::size_t size : {0U, 10U, 5000U, 300'000U, 3U, 3'000'000U, 100'000U, 1U}) {
    const std::string text = "[\"" + std::string(size, 'x') + "\", 7]";
    const auto document = parser.parse(text);
    REQUIRE(document.has_value());
    CHECK((*document->root().items().begin()).string().size() == size);
    parser.shrink();
  }
}

TEST_CASE("numbers beyond 64 bits and beyond double are valid JSON") {
  struct Row {
    std::string_view text;
    double expected;
  };
  const std::string many(400, '9');
  const Row rows[] = {
      {"18446744073709551615", 18446744073709551615.0},
      {"18446744073709551616", 18446744073709551616.0},
      {"-9223372036854775809", -9223372036854775809.0},
      {"123456789012345678901234567890", 1.2345678901234568e29},
      {"1e400", 1e308},
      {"-1E+400", -1e308},
      {"1.5e99999999999999999999", 1e308},
      {many, 1e308},
      {"1e-400", 0},
      {"0.00001e-99999999999999999999", 0},
  };
  DocumentParser parser;
  for (const Row& row : rows) {
    INFO(row.text);
    const auto alone = parser.parse(row.text);
    REQUIRE(alone.has_value());
    CHECK(alone->root().number().as_double() == doctest::Approx(row.expected));
    const auto within = parser.parse("{\"1e999\":[1e999," + std::string(row.text) + "]}");
    REQUIRE(within.has_value());
    CHECK(within->find("1e999").has_value());
  }
}

TEST_CASE("numbers compare by value, without rounding") {
  const auto number = [](std::string_view text) { return value(text).view().number(); };
  CHECK(number("1") == number("1.0"));
  CHECK(number("1e2") == number("100"));
  CHECK(number("0") == number("-0.0"));
  CHECK(number("1").hash() == number("1.0").hash());
  CHECK(number("9007199254740993") > number("9007199254740992.0"));
  CHECK(number("9007199254740993") != number("9007199254740992.0"));
  CHECK(number("18446744073709551615") < number("18446744073709551616"));
  CHECK(number("-9223372036854775808") < number("9223372036854775808"));
  CHECK(number("-1.5") < number("-1"));
  CHECK(number("-1.5") > number("-2"));
  CHECK(number("0.5") > number("0"));
  CHECK(number("0.5") < number("1"));
  CHECK(number("-0.5") < number("0"));
  CHECK(number("1e300") > number("18446744073709551615"));
  CHECK(number("-1e300") < number("-9223372036854775808"));
  CHECK(number("2.0").is_whole());
  CHECK(number("1e300").is_whole());
  CHECK_FALSE(number("2.5").is_whole());
  CHECK(number("-7.0").as_signed() == std::optional<std::int64_t>(-7));
  CHECK(number("-9223372036854775808").as_signed() ==
        std::optional<std::int64_t>(std::numeric_limits<std::int64_t>::min()));
  CHECK_FALSE(number("9223372036854775808").as_signed().has_value());
  CHECK_FALSE(number("-1").as_unsigned().has_value());
}

TEST_CASE("multiples are decided in decimals") {
  struct Row {
    std::string_view number, divisor;
    bool is_multiple;
  };
  const Row rows[] = {
      {"10", "5", true},
      {"10", "3", false},
      {"0.3", "0.1", true},
      {"4.02", "0.01", true},
      {"0.0075", "0.0001", true},
      {"0.00751", "0.0001", false},
      {"1e308", "0.5", true},
      {"1e308", "0.123456789", false},
      {"-6", "1.5", true},
      {"0", "7", true},
      {"1e-300", "1e300", false},
      {"3", "1e-300", true},
      {"18446744073709551615", "5", true},
      {"12391239123", "1e-8", true},
      {"7", "14", false},
  };
  for (const Row& row : rows) {
    INFO(row.number, " / ", row.divisor);
    const Decimal number = Decimal::of(value(row.number).view().number());
    const Decimal divisor = Decimal::of(value(row.divisor).view().number());
    CHECK(number.is_multiple_of(divisor) == row.is_multiple);
  }
}

TEST_CASE("deep equality and hashes agree") {
  const std::string_view texts[] = {"null",
                                    "false",
                                    "true",
                                    "0",
                                    "1",
                                    "\"\"",
                                    "\"1\"",
                                    "\"a\"",
                                    "[]",
                                    "{}",
                                    "[1,2]",
                                    "[2,1]",
                                    "[[1],2]",
                                    R"({"a":1,"b":[null]})",
                                    R"({"a":1,"b":[0]})",
                                    R"({"a":1})",
                                    R"({"a":null})",
                                    "1.5",
                                    "[null]",
                                    "[{}]",
                                    "[[]]",
                                    "9007199254740993"};
  for (const std::string_view a : texts) {
    for (const std::string_view b : texts) {
      INFO(a, " and ", b);
      CHECK(equal(value(a).view(), value(b).view()) == (a == b));
    }
  }
  const std::string_view same[][2] = {{"1", "1.0"},
                                      {R"({"a":1,"b":2})", R"({"b":2.0, "a":1})"},
                                      {R"("\u0061")", R"("a")"},
                                      {"[ 1 , 1e1 ]", "[1,10]"},
                                      {R"({"a":0,"a":1})", R"({"a":1})"}};
  for (const auto& pair : same) {
    INFO(pair[0]);
    CHECK(equal(value(pair[0]).view(), value(pair[1]).view()));
    CHECK(hash(value(pair[0]).view()) == hash(value(pair[1]).view()));
  }
  // Beyond the size where members are compared one by one.
  std::string forwards = "{";
  std::string backwards = "{";
  for (int i = 0; i < 50; ++i) {
    forwards += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    backwards += "\"k" + std::to_string(49 - i) + "\":" + std::to_string(49 - i) + ",";
  }
  forwards += "\"k7\":0,\"k7\":7}";
  backwards.back() = '}';
  CHECK(equal(value(forwards).view(), value(backwards).view()));
  CHECK(hash(value(forwards).view()) == hash(value(backwards).view()));
}

TEST_CASE("a scalar index finds equal literals in one look-up") {
  ScalarIndex index;
  CHECK_FALSE(index.find(value("1").view()).has_value());
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "\"model-" + std::to_string(i) + "\"";
    CHECK(index.add(value(text).view()) == std::optional<std::uint32_t>(i));
  }
  CHECK(index.add(value("1").view()) == std::optional<std::uint32_t>(1000));
  CHECK(index.add(value("1.0").view()) == std::optional<std::uint32_t>(1000));
  CHECK(index.add(value("true").view()) == std::optional<std::uint32_t>(1001));
  CHECK(index.add(value("null").view()) == std::optional<std::uint32_t>(1002));
  CHECK_FALSE(index.add(value("[1]").view()).has_value());
  CHECK(index.size() == 1003);
  CHECK(index.find(value("\"model-\\u0037\"").view()) == std::optional<std::uint32_t>(7));
  CHECK(index.find(value("1e0").view()) == std::optional<std::uint32_t>(1000));
  CHECK(index.find(value("true").view()) == std::optional<std::uint32_t>(1001));
  CHECK_FALSE(index.find(value("false").view()).has_value());
  CHECK_FALSE(index.find(value("\"1\"").view()).has_value());
  CHECK_FALSE(index.find(value("{}").view()).has_value());
  CHECK_FALSE(index.find(value("\"model-1000\"").view()).has_value());
}

TEST_CASE("values are written back compact") {
  const std::string_view texts[] = {R"({"a":[1,-2,2.5,true,null,{}],"b":"x\"\\\n"})",
                                    "[]",
                                    "{}",
                                    "18446744073709551615",
                                    "\"\xC3\xA9\"",
                                    "[[],[{}]]"};
  for (const std::string_view text : texts) CHECK(to_json(value(text).view()) == text);
  CHECK(to_json(value(" [ 1.0 , \"\\u0041\" ] ").view()) == "[1,\"A\"]");
  Value first = value("[7]");
  const ValueView view = first.view();
  const Value moved = std::move(first);
  CHECK(to_json(view) == "[7]");
  CHECK_FALSE(Value::parse("[").has_value());
}

}  // namespace
}  // namespace fastgate::json
