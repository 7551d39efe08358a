#include "gateway/plain_regex.h"

#include <string>

#include <doctest/doctest.h>

#include "base/random.h"
#include "gateway/path_pattern.h"

namespace fastgate::gateway {
namespace {

bool is_plain(const char* pattern) {
  return plain_regex(pattern).has_value();
}

bool matches(const char* pattern, std::string_view text) {
  return plain_regex_matches(plain_regex(pattern).value().data(), text);
}

TEST_CASE("common expressions are plain") {
  for (const char* pattern :
       {"~^/v[12]/.*$", "~^/svc17/v[12]/", "~ ^/users/\\d+$", "~*^/API/[a-z]+/x", "~^", "~^/a\\.b$",
        "~^/u/(\\d+)/posts/(?<post>[^/]+)$", "~^/(?:a)(?P<n>b)", "~^/[\\w-]+/[^/]*$", "~^/a.b",
        "~^/x[.]json$", "~^/[]a]", "~^/a+b*c"}) {
    INFO(pattern);
    CHECK(is_plain(pattern) == (std::string_view(pattern) != "~^/[]a]"));
  }
}

TEST_CASE("what needs a search is not") {
  for (const char* pattern : {"~/v1",
                              "~^/a|b",
                              "~^/(a|b)",
                              "~^/a?",
                              "~^/a{2}",
                              "~^/a+?",
                              "~^/a++",
                              "~^/a+a",
                              "~^/a*ab",
                              "~^/.*/x",
                              "~^/(ab)+",
                              "~^/\\w+\\d",
                              "~^/\\bx",
                              "~^/\\s",
                              "~^/[[:alpha:]]",
                              "~^(?i)/a",
                              "~^/(?=a)",
                              "~^/(?<!a)b",
                              "~^/a$b",
                              "~^/a^b",
                              "~^/[a-\\d]",
                              "~^/\\x41",
                              "~^/\\Qa\\E",
                              "~(*UTF)^/a",
                              "~^/(*F)",
                              "~^/[^/]*b?",
                              "~^/[^/]*[^x]*a",
                              "/a",
                              ""}) {
    INFO(pattern);
    CHECK_FALSE(is_plain(pattern));
  }
}

TEST_CASE("plain expressions match what they say") {
  CHECK(matches("~^/v[12]/", "/v1/chat"));
  CHECK_FALSE(matches("~^/v[12]/", "/v3/chat"));
  CHECK_FALSE(matches("~^/v[12]/", "/v1"));
  CHECK(matches("~^/v[12]/.*$", "/v2/"));
  CHECK(matches("~*^/V1/[a-f]+$", "/v1/ABf"));
  CHECK_FALSE(matches("~^/[^/]+$", "/a/b"));
  CHECK(matches("~^/a$", "/a"));
  CHECK_FALSE(matches("~^/a$", "/a\n"));
  CHECK_FALSE(matches("~^/a.b$", "/a\nb"));
  CHECK(matches("~^/[^b]", "/\n"));
  CHECK(matches("~^", ""));
  CHECK(matches(("~^/" + std::string(600, 'x') + "$").c_str(), "/" + std::string(600, 'x')));
}

std::string random_regex(FastRandom& random) {
  static constexpr const char* kParts[] = {
      "/",     "a",      "b",    "1",  "-",     "\\.", "\\d",     "\\w",  "[ab]",
      "[^/]",  "[^a-c]", "[A-]", ".",  "(",     ")",   "(?:",     "[b1]", "\\d+",
      "[^/]+", "a*",     "\\w+", "/*", "(?<x>", ".*",  "[\\d-]+", "B",    "[^b]*"};
  std::string pattern = random.below(4) == 0 ? "~*^/" : "~^/";
  for (std::uint64_t left = random.below(6); left > 0; --left) {
    pattern += kParts[random.below(std::size(kParts))];
  }
  return random.below(2) == 0 ? pattern + "$" : pattern;
}

TEST_CASE("a plain expression matches exactly what a search finds") {
  FastRandom random(5);
  constexpr std::string_view kAlphabet = "/ab1-.AB_\n\xff";
  int plain = 0;
  RegexScratch scratch;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random_regex(random);
    const auto program = plain_regex(text);
    const auto pattern = PathPattern::parse(text);
    if (!program || !pattern) continue;
    ++plain;
    INFO(text);
    for (int i = 0; i < 20; ++i) {
      std::string path = "/";
      for (std::uint64_t left = random.below(7); left > 0; --left) {
        path.push_back(kAlphabet[random.below(kAlphabet.size())]);
      }
      INFO(path);
      REQUIRE(plain_regex_matches(program->data(), path) == pattern->matches(path, &scratch));
    }
  }
  CHECK(plain > 3000);
}

}  // namespace
}  // namespace fastgate::gateway
