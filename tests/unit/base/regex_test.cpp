#include "base/regex.h"

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

Regex make(std::string_view pattern, RegexOptions options = {}) {
  auto regex = Regex::compile(pattern, options);
  REQUIRE_MESSAGE(regex.has_value(), (regex ? std::string() : regex.error().text));
  return std::move(*regex);
}

TEST_CASE("search finds a match anywhere, anchors are the pattern's own") {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  const Row rows[] = {
      {"b+", "aabbc", true},
      {"^b", "ab", false},
      {"^/v[12]/.*$", "/v1/", true},
      {"^/v[12]/.*$", "/v3/x", false},
      {"^/v[12]/.*$", "/v2/a/b", true},
      {"a$", "a\n", false},
      {"", "", true},
      {"", "anything", true},
      {"^$", "", true},
      {"^$", "x", false},
      {"(?i)chat", "My-CHAT", true},
      {"A", "a", false},
      {"caf.$", "caf\xC3\xA9", false},
      {"\\d{4}-\\d\\d", "on 2026-01-31", true},
  };
  RegexScratch scratch;
  for (const Row& row : rows) {
    INFO(row.pattern, " on ", row.text);
    const Regex regex = make(row.pattern);
    CHECK(regex.matches(row.text, scratch) == row.matches);
    CHECK(regex.matches(row.text) == row.matches);
  }
}

TEST_CASE("options change case, characters, syntax and extent") {
  CHECK(make("chat", {.letter_case = RegexCase::Insensitive}).matches("CHAT"));
  CHECK(make("^caf.$", {.text = RegexText::Utf8}).matches("caf\xC3\xA9"));
  CHECK(make("^.$", {.text = RegexText::Utf8}).matches("\xF0\x9F\x98\x80"));
  CHECK_FALSE(make("^.$", {.text = RegexText::Utf8}).matches("\xFF"));
  CHECK(make("b", {.text = RegexText::Utf8}).matches("\xFF\xC3 b"));
  const RegexOptions ecma{.text = RegexText::Utf8, .syntax = RegexSyntax::Ecma};
  CHECK(make("^\\u00e9$", ecma).matches("\xC3\xA9"));
  CHECK(make("^\\u{1F600}$", ecma).matches("\xF0\x9F\x98\x80"));
  CHECK_FALSE(make("[]", ecma).matches("x"));
  const RegexOptions full{.extent = RegexExtent::Full};
  CHECK(make("a|ab", full).matches("ab"));
  CHECK_FALSE(make("a|ab", full).matches("abc"));
  CHECK_FALSE(make("a|ab", full).matches("xab"));
}

TEST_CASE("captures by number and by name") {
  const Regex regex = make("^/(?<version>v[12])/(x)?(.*)$");
  CHECK(regex.group_count() == 3);
  REQUIRE(regex.group_names().size() == 1);
  CHECK(regex.group_names()[0] == std::pair<std::string, std::size_t>("version", 1));

  RegexScratch scratch;
  RegexCaptures captures;
  const std::string text = "/v2/models/a";
  REQUIRE(regex.search(text, scratch, captures) == RegexOutcome::Match);
  CHECK(captures.size() == 4);
  CHECK(captures.at(0) == std::optional<std::string_view>(text));
  CHECK(captures.at(1) == std::optional<std::string_view>("v2"));
  CHECK_FALSE(captures.at(2).has_value());
  CHECK(captures.at(3) == std::optional<std::string_view>("models/a"));
  CHECK_FALSE(captures.at(4).has_value());
  CHECK(captures.at(1)->data() == text.data() + 1);

  CHECK(regex.search("/v9/", scratch, captures) == RegexOutcome::NoMatch);
  CHECK(captures.size() == 0);
  CHECK_FALSE(captures.at(0).has_value());
}

TEST_CASE("an empty capture is set, and of many groups the first are kept") {
  RegexScratch scratch;
  RegexCaptures captures;
  REQUIRE(make("^()$").search({}, scratch, captures) == RegexOutcome::Match);
  CHECK(captures.at(1) == std::optional<std::string_view>(""));

  std::string pattern;
  for (int i = 0; i < 40; ++i) pattern += "(a)";
  const std::string text(40, 'a');
  REQUIRE(make(pattern).search(text, scratch, captures) == RegexOutcome::Match);
  CHECK(captures.size() == RegexCaptures::kMaxGroups);
  CHECK(captures.at(31) == std::optional<std::string_view>("a"));
  CHECK_FALSE(captures.at(32).has_value());
}

TEST_CASE("a broken pattern is a configuration error that names the place") {
  for (const std::string_view pattern : {"a(b", "[z-a]", "*a", "(?<n>a)(?<n>b)", "\\C"}) {
    INFO(pattern);
    const auto regex = Regex::compile(pattern);
    REQUIRE_FALSE(regex.has_value());
    CHECK(regex.error().kind == ErrorKind::Config);
    CHECK(regex.error().text.find(pattern) != std::string::npos);
    CHECK(regex.error().text.find("at character") != std::string::npos);
  }
  CHECK_FALSE(Regex::compile(std::string(Regex::kMaxPattern + 1, 'a')).has_value());
  CHECK_FALSE(Regex::compile("\xFF", {.text = RegexText::Utf8}).has_value());
}

TEST_CASE("hostile text ends a search in bounded time") {
  RegexScratch scratch;
  const std::string many(8U << 20, 'a');
  for (const std::string_view pattern :
       {"(a+)+$b", "(a|aa)+[^a]", "a*[bc]", "(?:a*)*[^a]", "^(a|aa)+[^a]$"}) {
    INFO(pattern);
    const Regex regex = make(pattern);
    const auto before = std::chrono::steady_clock::now();
    CHECK(regex.search(many, scratch) != RegexOutcome::Match);
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
  }
  // Long texts are no problem of themselves.
  const Regex plain = make("needle$");
  CHECK(plain.search(std::string(1U << 20, 'a') + "needle", scratch) == RegexOutcome::Match);
  CHECK(plain.search(std::string(1U << 20, 'a'), scratch) == RegexOutcome::NoMatch);
}

TEST_CASE("a match is found at every place of a text longer than one slice") {
  RegexScratch scratch;
  const Regex regex = make("(?<=a)X");
  for (const std::size_t place : {1U, 63U, 64U, 65U, 127U, 128U, 300U}) {
    std::string text(400, 'a');
    text[place] = 'X';
    INFO(place);
    RegexCaptures captures;
    REQUIRE(regex.search(text, scratch, captures) == RegexOutcome::Match);
    CHECK(captures.at(0)->data() == text.data() + place);
  }
  CHECK(make("$").matches(std::string(64, 'a'), scratch));
  CHECK(make("a$").matches(std::string(64, 'a'), scratch));
  CHECK(make("^$|b").search(std::string(64, 'a'), scratch) == RegexOutcome::NoMatch);
}

TEST_CASE("one pattern is searched by several threads") {
  const Regex regex = make("^(\\w+)-(\\d+)$");
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&regex, &right, t] {
      RegexScratch scratch;
      RegexCaptures captures;
      for (int i = 0; i < 500; ++i) {
        const std::string text = "name-" + std::to_string(i);
        if (regex.search(text, scratch, captures) == RegexOutcome::Match &&
            captures.at(2) == std::optional<std::string_view>(std::to_string(i))) {
          ++right[t];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) CHECK(count == 500);
}

}  // namespace
}  // namespace fastgate
