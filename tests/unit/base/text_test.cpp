#include "base/text.h"

#include <limits>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

TEST_CASE("equals_ignoring_case agrees with a byte-wise comparison for every byte and length") {
  // Every pair of bytes, placed at each position of texts shorter and longer than a machine word.
  for (const std::size_t length : {1U, 7U, 8U, 9U, 15U, 16U, 19U}) {
    for (const std::size_t position : {std::size_t{0}, length / 2, length - 1}) {
      std::size_t wrong = 0;
      for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
          std::string x(length, 'k');
          std::string y(length, 'K');
          x[position] = static_cast<char>(a);
          y[position] = static_cast<char>(b);
          const bool expected = to_lower(x[position]) == to_lower(y[position]);
          if (equals_ignoring_case(x, y) != expected) ++wrong;
        }
      }
      INFO("length ", length, " position ", position);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("equals_ignoring_case: lengths, and letters beyond ASCII") {
  CHECK(equals_ignoring_case("", ""));
  CHECK(equals_ignoring_case("Content-Length", "content-lengTH"));
  CHECK_FALSE(equals_ignoring_case("Content-Length", "content-length "));
  CHECK_FALSE(equals_ignoring_case("", "a"));
  CHECK_FALSE(equals_ignoring_case("@[`{@[`{@", "`{@[`{@[`"));
  CHECK_FALSE(equals_ignoring_case("\xc3\x84", "\xc3\xa4"));  // Ä and ä
}

TEST_CASE("to_lower changes ASCII letters only") {
  CHECK(to_lower("X-Api-KEY_09@[`{") == "x-api-key_09@[`{");
  CHECK(to_lower("\xc3\x84Z") == "\xc3\x84z");
}

TEST_CASE("trim removes SP and HTAB at the ends and nothing else") {
  CHECK(trim(" \t a b\t ") == "a b");
  CHECK(trim(" \t ") == "");
  CHECK(trim("") == "");
  CHECK(trim("\na\r") == "\na\r");
}

TEST_CASE("split keeps empty parts") {
  using Parts = std::vector<std::string_view>;
  CHECK(split("", ',') == Parts{""});
  CHECK(split("a", ',') == Parts{"a"});
  CHECK(split(",a,,b,", ',') == Parts{"", "a", "", "b", ""});
}

std::vector<std::string_view> elements_of(std::string_view text) {
  std::vector<std::string_view> found;
  while (const auto element = next_list_element(text)) {
    found.push_back(*element);
    REQUIRE(found.size() < 100);
  }
  CHECK(text.empty());
  return found;
}

TEST_CASE("next_list_element") {
  struct Row {
    std::string_view text;
    std::vector<std::string_view> elements;
  };
  const Row rows[] = {
      {"", {}},
      {" ", {}},
      {",", {}},
      {" , ,\t, ", {}},
      {"a", {"a"}},
      {"a,b", {"a", "b"}},
      {" a ,\tb , ", {"a", "b"}},
      {",,a,,b,,", {"a", "b"}},
      {"gzip;q=0.5, br", {"gzip;q=0.5", "br"}},
      {R"("a,b",c)", {R"("a,b")", "c"}},
      {R"(x="a,b" , c)", {R"(x="a,b")", "c"}},
      {R"("a\",b",c)", {R"("a\",b")", "c"}},
      {R"("a\\",c)", {R"("a\\")", "c"}},
      {R"(a\,b)", {R"(a\)", "b"}},
      {R"("open, c)", {R"("open, c)"}},
      {R"(a,"open\)", {"a", R"("open\)"}},
      {R"(for="[::1]:80";by=x, for=y)", {R"(for="[::1]:80";by=x)", "for=y"}},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(elements_of(row.text) == row.elements);
  }
}

TEST_CASE("parse_decimal takes whole numbers only") {
  CHECK(parse_decimal("0") == 0U);
  CHECK(parse_decimal("007") == 7U);
  CHECK(parse_decimal("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
  for (const std::string_view bad : {"", " ", "+1", "-1", "1 ", " 1", "1a", "0x1", "1.0", "1e3",
                                     "18446744073709551616", "99999999999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(parse_decimal(bad).has_value());
  }
  CHECK_FALSE(parse_decimal(std::string_view("1\0", 2)).has_value());
  CHECK_FALSE(parse_decimal(std::string_view()).has_value());
}

TEST_CASE("append_decimal appends") {
  std::string out = "n=";
  append_decimal(out, 0);
  out += ' ';
  append_decimal(out, std::numeric_limits<std::uint64_t>::max());
  CHECK(out == "n=0 18446744073709551615");
}

TEST_CASE("nearest_name finds slips of the pen and nothing wilder") {
  const std::vector<std::string_view> names{"match_path", "port", "listen",
                                            "timeout",    "host", "tls"};
  struct Row {
    std::string_view word;
    std::optional<std::string_view> nearest;
  };
  const Row rows[] = {
      {"match_pth", "match_path"},
      {"matchpath", "match_path"},
      {"Match-Path", "match_path"},
      {"prot", "port"},  // two neighbours swapped are one slip
      {"Listen", "listen"},
      {"listne", "listen"},
      {"timeouts", "timeout"},
      {"hots", "host"},
      {"tsl", "tls"},
      {"xx", std::nullopt},
      {"p", std::nullopt},
      {"path", std::nullopt},
      {"", std::nullopt},
      {"upstreams", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.word);
    CHECK(nearest_name(row.word, names) == row.nearest);
  }
}

TEST_CASE("append_texts puts texts of any length behind each other, empty ones too") {
  std::string out = "a";
  append_texts(out, std::string_view(), std::string_view("b"), std::string_view(""));
  CHECK(out == "ab");
  const std::string longer(100, 'x');
  append_texts(out, std::string_view(longer), std::string_view("c"));
  CHECK(out == "ab" + longer + "c");
  CHECK(std::string_view(out.c_str()) == out);
}

TEST_CASE("nearest_name prefers the nearest, then the first, and refuses monsters") {
  CHECK(nearest_name("weigth", {"weights", "weight"}) == "weight");
  CHECK(nearest_name("abcd", {"abce", "abcf"}) == "abce");
  CHECK_FALSE(nearest_name("a", {}).has_value());
  CHECK_FALSE(nearest_name("a", {""}).has_value());
  const std::string monster(100'000, 'a');
  CHECK_FALSE(nearest_name(monster, {"a", monster}).has_value());
  const std::string longest(64, 'a');
  CHECK(nearest_name(longest, {longest}) == longest);
}

}  // namespace
}  // namespace fastgate
