#include "gateway/regex_stem.h"

#include <doctest/doctest.h>

namespace fastgate::gateway {
namespace {

TEST_CASE("the stem is what every match begins with") {
  CHECK(regex_stem("~^/v[12]/.*$") == "/v");
  CHECK(regex_stem("~^/svc17/v[12]/") == "/svc17/v");
  CHECK(regex_stem("~ ^/a\\.b\\-c\\/(x)") == "/a.b-c/");
  CHECK(regex_stem("~^/exact$") == "/exact");
  CHECK(regex_stem("~^/a/") == "/a/");
}

TEST_CASE("a character that may be absent is not of the stem") {
  for (const char* pattern : {"~^/ab*", "~^/ab?c", "~^/ab{0,2}c", "~^/ab+"}) {
    CHECK(regex_stem(pattern) == "/a");
  }
  CHECK(regex_stem("~^/a\\.*b") == "/a");
}

TEST_CASE("there is none where it cannot be told") {
  for (const char* pattern : {"~/v1", "~*^/v1", "~^/a|/b", "~^(/a)", "~^(?i)/a", "~^\\d", "~", "/a",
                              "~^\\Q/a\\E", "~(?x)^ /a"}) {
    CHECK(regex_stem(pattern).empty());
  }
}

}  // namespace
}  // namespace fastgate::gateway
