#include "config/secret_query.h"

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

TEST_CASE("parameters that hold secrets are known in every spelling") {
  for (const char* name : {"token",
                           "api_key",
                           "key",
                           "access_token",
                           "authorization",
                           "Token",
                           "API-KEY",
                           "%74oken",
                           "toke%6E",
                           "apikey",
                           "client_secret",
                           "password",
                           "x_amz_security_token",
                           "X-Amz-Signature",
                           "sig",
                           "Signature",
                           "jwt",
                           "auth",
                           "csrf-token",
                           "aws_secret",
                           "X-Amz-Credential",
                           "a_name_that_is_longer_than_all_of_them_and_a_key",
                           "x%5Fapi%5fkey"}) {
    INFO(name);
    CHECK(is_secret_parameter(name));
  }
  for (const char* name : {"", "tokens", "max_tokens", "monkey", "keys", "user", "%74", "tok%zzen",
                           "design", "sigs", "a_design_sig", "author", "unauth", "token_type",
                           "a_name_that_is_longer_than_all_of_them"}) {
    INFO(name);
    CHECK_FALSE(is_secret_parameter(name));
  }
}

TEST_CASE("only the values of secrets are masked, whatever stands around them") {
  struct Row {
    const char* query;
    const char* masked;
  };
  const Row rows[] = {
      {"", ""},
      {"a=1&b=2", "a=1&b=2"},
      {"token=s3cret", "token=***"},
      {"a=1&token=s3cret&b=2", "a=1&token=***&b=2"},
      {"a=1;token=s3cret;x=1&b=2", "a=1;token=***&b=2"},
      {"token=s3=cret==", "token=***"},
      {"token=s3cret&key=other", "token=***&key=***"},
      {"token=&a=1", "token=***&a=1"},
      {"token", "token"},
      {"token&key=other", "token&key=***"},
      {"=token&a==key", "=token&a==key"},
      {"next=/x?token=s3cret&b=2", "next=/x?token=***&b=2"},
      {"%74oken=s3cret", "%74oken=***"},
      {"a=token=1", "a=token=1"},
      {"&&?;token=s", "&&?;token=***"},
      {"a=1&", "a=1&"},
      {"token=s3cret HTTP/1.1", "token=*** HTTP/1.1"},
  };
  std::string scratch;
  for (const Row& row : rows) {
    INFO(row.query);
    CHECK(mask_query(row.query, scratch) == row.masked);
    const std::string url = "https://h/p" + (*row.query == '\0' ? std::string() : "?") + row.query;
    const std::string masked =
        "https://h/p" + (*row.masked == '\0' ? std::string() : "?") + row.masked;
    CHECK(mask_url(url, scratch) == masked);
  }
}

TEST_CASE("what stands before the question mark is no parameter") {
  std::string scratch;
  CHECK(mask_url("/token=1/key=2", scratch) == "/token=1/key=2");
  const std::string_view plain = "/a?b=1";
  CHECK(mask_url(plain, scratch).data() == plain.data());
}

TEST_CASE("a text that may hold a secret is known by the words in it") {
  for (const char* text :
       {"client_secret=abc", "a=1&api_key=x", "{\"password\": \"x\"}", "{'token' : 1}",
        "{\"a\":\"{\\\"password\\\":1}\"}", "<password>x</password>", "Authorization: Bearer x",
        "key=1", "a\nkey: 1", "api%5Fkey=x"}) {
    INFO(text);
    CHECK(names_secret(text));
  }
  for (const char* text : {"", "=", ":", "\"=", "hello", "a=1&b=2", "{\"model\":\"gpt\"}",
                           "max_tokens: 5", "my password", "monkey=1", "tokens>5"}) {
    INFO(text);
    CHECK_FALSE(names_secret(text));
  }
}

}  // namespace
}  // namespace fastgate::config
