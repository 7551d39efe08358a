#include "base/ids.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

TEST_CASE("request ids have their form, use every digit and never repeat") {
  FastRandom random(1);
  std::set<std::string> seen;
  std::set<char> digits;
  for (int i = 0; i < 1000; ++i) {
    const RequestId id = RequestId::make(random);
    const std::string text(id.text());
    REQUIRE(text.size() == RequestId::kLength);
    REQUIRE(text.starts_with("req_"));
    digits.insert(text.begin() + 4, text.end());
    REQUIRE(seen.insert(text).second);
    REQUIRE(is_acceptable_request_id(text));
  }
  CHECK(std::string(digits.begin(), digits.end()) == "0123456789abcdef");
}

TEST_CASE("a seed gives the same ids again") {
  FastRandom a(5);
  FastRandom b(5);
  const RequestId one = RequestId::make(a);
  const RequestId other = RequestId::make(b);
  CHECK(one.text() == other.text());
  const RequestId copy = one;
  CHECK(copy.text() == one.text());
  CHECK(copy.text().data() != one.text().data());
}

TEST_CASE("which ids of a client are carried on") {
  for (const std::string_view good : {"a", "abc-123_X.Y:Z/1+2=3@h", "0"}) {
    INFO(good);
    CHECK(is_acceptable_request_id(good));
  }
  CHECK(is_acceptable_request_id(std::string(128, 'x')));
  CHECK_FALSE(is_acceptable_request_id(std::string(129, 'x')));
  CHECK_FALSE(is_acceptable_request_id(""));

  const std::string_view allowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/+=@";
  for (int c = 0; c < 256; ++c) {
    INFO("byte ", c);
    const std::string text{'a', static_cast<char>(c)};
    CHECK(is_acceptable_request_id(text) ==
          (allowed.find(static_cast<char>(c)) != std::string::npos));
  }
}

}  // namespace
}  // namespace fastgate
