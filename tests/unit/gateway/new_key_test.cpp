#include "gateway/new_key.h"

#include <set>

#include <doctest/doctest.h>

#include "base/base64url.h"

namespace fastgate::gateway {
namespace {

TEST_CASE("a new key has the contract's form, and is always another one") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const NewKey key = NewKey::make();
    INFO(key.key_id);
    REQUIRE(key.key_id.size() == 15);
    CHECK(key.key_id.starts_with("fg_"));
    CHECK(key.key_id.find_first_not_of("0123456789abcdef", 3) == std::string::npos);
    REQUIRE(key.value.size() == 46);
    CHECK(key.value.starts_with("fg_"));
    CHECK(base64url_decode(key.value.substr(3)).has_value());
    CHECK(key.digest == sha256(key.value));
    CHECK(to_hex(key.digest).find(key.key_id.substr(3)) == std::string::npos);
    CHECK(seen.insert(key.key_id).second);
    CHECK(seen.insert(key.value).second);
  }
}

}  // namespace
}  // namespace fastgate::gateway
