#include "config/yaml_text.h"

#include <optional>
#include <string>

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

TEST_CASE("plain_type follows YAML's core schema") {
  struct Row {
    std::string_view text;
    PlainType type;
  };
  const Row rows[] = {
      {"", PlainType::Null},           {"~", PlainType::Null},
      {"NULL", PlainType::Null},       {"nULL", PlainType::Text},
      {"true", PlainType::Boolean},    {"FALSE", PlainType::Boolean},
      {"tRue", PlainType::Text},       {"yes", PlainType::Text},
      {"0", PlainType::Integer},       {"-12", PlainType::Integer},
      {"+12", PlainType::Integer},     {"--1", PlainType::Text},
      {"0x1f", PlainType::Integer},    {"0xg", PlainType::Text},
      {"0x", PlainType::Text},         {"0o17", PlainType::Integer},
      {"0o8", PlainType::Text},        {"-0x1", PlainType::Text},
      {"1.5", PlainType::Float},       {".5", PlainType::Float},
      {"1.", PlainType::Float},        {".", PlainType::Text},
      {"1e5", PlainType::Float},       {"1e", PlainType::Text},
      {"1E+5", PlainType::Float},      {"1e5.0", PlainType::Text},
      {".e1", PlainType::Text},        {".inf", PlainType::NotFinite},
      {"-.INF", PlainType::NotFinite}, {".nan", PlainType::NotFinite},
      {"1.2.3", PlainType::Text},      {"1_000", PlainType::Text},
      {"-", PlainType::Text},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(plain_type(row.text) == row.type);
  }
}

TEST_CASE("json_number spells every plain number as JSON does") {
  struct Row {
    std::string_view text;
    std::optional<std::string> json;
  };
  const Row rows[] = {
      {"5", "5"},
      {"+5", "5"},
      {"-5", "-5"},
      {"007", "7"},
      {"000", "0"},
      {"-0", "-0"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"1.", "1.0"},
      {"1.e3", "1.0e3"},
      {"01.50", "1.50"},
      {"1e+3", "1e+3"},
      {"text", {}},
      {".inf", {}},
      {"0xffffffffffffffff", "18446744073709551615"},
      {"0x1ffffffffffffffff", {}},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(json_number(row.text) == row.json);
  }
}

TEST_CASE("append_yaml_scalar writes texts that parse_yaml reads back as texts") {
  const std::string_view texts[] = {
      "plain", "",         "null",       "true",
      "12",    "1.5",      "yes",        "a: b",
      "a #b",  "#a",       "-",          "- a",
      "{",     "[a]",      "*a",         "&a",
      "!a",    "|",        ">",          "%a",
      "@a",    "`a",       "'",          "\"",
      "\\",    "a\nb",     "\t",         " a ",
      "é代",   "\x01\x7f", "a,b",        "a]",
      "<<",    "0x1",      "a:b",        "~",
      "?",     "? a",      "---",        "...",
      "/v1/*", "/v1/a",    "a'b",        "a\"b",
      "a\\nb", "\r\n",     "2026-01-01", "30s",
      "=",     "off",      "a\u0085b",   "a\u2028b\u2029",
  };
  for (const std::string_view text : texts) {
    INFO(text);
    std::string yaml = "[";
    append_yaml_scalar(yaml, text);
    yaml += "]";
    const auto tree = parse_yaml(yaml);
    REQUIRE(tree);
    const YamlNode& scalar = tree->at(tree->at(tree->root()).first_child);
    REQUIRE(scalar.kind == YamlKind::Scalar);
    CHECK(scalar.text == text);
    CHECK((!scalar.is_plain || plain_type(scalar.text) == PlainType::Text));
  }
}

TEST_CASE("escape_substitution doubles the dollar sign before every brace") {
  CHECK(escape_substitution("a ${b} $c $${d} $") == "a $${b} $c $$${d} $");
}

TEST_CASE("shortened cuts between characters and shows no control characters") {
  CHECK(shortened("a\nb\x7f") == "a?b?");
  CHECK(shortened(std::string(60, 'x')) == std::string(60, 'x'));
  CHECK(shortened(std::string(61, 'x')) == std::string(60, 'x') + "…");
  CHECK(shortened(std::string(59, 'x') + "é") == std::string(59, 'x') + "…");
}

TEST_CASE("append_pointer_name escapes as RFC 6901 asks") {
  std::string out = "/";
  append_pointer_name(out, "a/b~c");
  CHECK(out == "/a~1b~0c");
}

TEST_CASE("find_bad_text tells the place in bytes") {
  CHECK_FALSE(find_bad_text("a\tb\r\nc\n"));
  const auto bad = find_bad_text("one\ntwo \x01");
  REQUIRE(bad);
  CHECK(bad->line == 2);
  CHECK(bad->column == 5);
}

}  // namespace
}  // namespace fastgate::config
