#include "record/basic_user.h"

#include <doctest/doctest.h>

namespace fastgate::record {
namespace {

TEST_CASE("the user of basic authentication is found, secrets are not shown") {
  struct Row {
    const char* value;
    const char* user;
  };
  const Row rows[] = {
      {"Basic YWxpY2U6cHc=", "alice"},  // alice:pw
      {"basic YWxpY2U6cHc=", "alice"},
      {"Basic  YWxpY2U6cHc=", "alice"},
      {"Basic c2tfbGl2ZV8xOg==", "***"},  // sk_live_1:
      {"Basic ZmdfYWJjOng=", "***"},      // fg_abc:x
      {"Basic OnB3", ""},                 // :pw
      {"Basic YWxpY2U=", ""},             // alice
      {"Basic", ""},
      {"Basic ", ""},
      {"Basic !!!!", ""},
      {"Bearer YWxpY2U6cHc=", ""},
      {"", ""},
  };
  std::string scratch;
  for (const Row& row : rows) {
    INFO(row.value);
    CHECK(basic_user(row.value, scratch) == row.user);
  }
}

TEST_CASE("a long value is cut, not refused") {
  std::string scratch;
  const std::string value = "Basic YWxpY2U6" + std::string(100'000, 'A');
  CHECK(basic_user(value, scratch) == "alice");
  CHECK(scratch.size() < 1000);
}

}  // namespace
}  // namespace fastgate::record
