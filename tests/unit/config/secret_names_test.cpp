#include "config/secret_names.h"

#include <string_view>

#include <doctest/doctest.h>

namespace fastgate::config {

TEST_CASE("is_secret_name knows the names under which secrets travel") {
  for (const std::string_view name :
       {"Authorization", "proxy-authorization", "Cookie", "Set-Cookie", "X-API-Key", "api_key",
        "APIKEY", "X-Auth-Token", "x-goog-api-key", "client_secret", "Password", "credentials"}) {
    INFO(name);
    CHECK(is_secret_name(name));
  }
  for (const std::string_view name :
       {"max_tokens", "Content-Type", "X-Request-Id", "keyboard", "monkey", "tokenizer", ""}) {
    INFO(name);
    CHECK_FALSE(is_secret_name(name));
  }
}

}  // namespace fastgate::config
