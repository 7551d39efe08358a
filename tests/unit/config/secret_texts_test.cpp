#include "config/secret_texts.h"

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

SecretTexts known(std::initializer_list<std::string_view> values) {
  SecretTexts secrets;
  for (const std::string_view value : values) secrets.add(value);
  return secrets;
}

TEST_CASE("values are taken out of messages, whole and in parts") {
  struct Row {
    std::string_view text;
    std::string_view masked;
  };
  const Row rows[] = {
      {"nothing of it", "nothing of it"},
      {"", ""},
      {"cannot read /run/s3cr3t-k3y.pem", "cannot read /run/***.pem"},
      {"s3cr3t-k3y", "***"},
      {"twice s3cr3t-k3ys3cr3t-k3y!", "twice ***!"},
      {"host S3CR3T-K3Y.example", "host ***.example"},
      {"begins `s3cr3t…`", "begins `***…`"},
      {"ends `3t-k3y`", "ends `***`"},
      {"within `cr3t-k3`", "within `***`"},
      {"five bytes `s3cr3` are too few", "five bytes `s3cr3` are too few"},
      {"a pin: 1234, 12345, 123", "a pin: ***, ***5, 123"},
  };
  const SecretTexts secrets = known({"s3cr3t-k3y", "1234"});
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(secrets.masked(std::string(row.text)) == row.masked);
  }
}

TEST_CASE("whole values only, where a text is a client's as well") {
  const SecretTexts secrets = known({"s3cr3t-k3y"});
  CHECK(secrets.masked_whole("a s3cr3t-K3y b") == "a *** b");
  CHECK(secrets.masked_whole("a s3cr3t-k3 b") == "a s3cr3t-k3 b");
  CHECK(SecretTexts().masked_whole("as it is") == "as it is");
}

TEST_CASE("short values are nobody's secret") {
  CHECK(known({"abc", ""}).is_empty());
  CHECK(known({"abc", ""}).masked("abcabc") == "abcabc");
}

TEST_CASE("at the place of a secret nothing of it is quoted, however short it is") {
  struct Row {
    std::string_view secret;
    std::string_view message;
    std::string_view masked;
  };
  const Row rows[] = {
      {"q7", "match_path 'q7': begins with '/'", "match_path '***': begins with '/'"},
      {"/a/{q7", "a capture's name `{Q7` isn't one", "a capture's name `***` isn't one"},
      {"q7-and-more", "\"q7-a…\" is unknown; did you mean \"q8\"?",
       "\"***…\" is unknown; did you mean \"q8\"?"},
      {"a'q'b", "the text 'a'q'b' is wrong", "the text '***' is wrong"},
      {"q7", "nothing is quoted, q7 neither", "nothing is quoted, q7 neither"},
      {"q7", "an empty '' and an open 'q7", "an empty '' and an open 'q7"},
      {"", "of `nothing`", "of `nothing`"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    CHECK(without_quotes_of(row.secret, std::string(row.message)) == row.masked);
  }
}

TEST_CASE("a character of several bytes is never split") {
  // The value ends within the bytes of an `ü` of its own.
  const SecretTexts secrets = known({"grüßgott", "xyzwv\xc3"});
  CHECK(secrets.masked("sagt grüßgott nicht") == "sagt *** nicht");
  CHECK(secrets.masked("da xyzwvü!") == "da ***!");
  CHECK(secrets.masked("da üßgotte") == "da ***e");
}

TEST_CASE("large values cost linear time and are found") {
  std::string large;
  for (int i = 0; large.size() < (1U << 20); ++i) large += std::to_string(i) + ",";
  const SecretTexts secrets = known({large});
  CHECK(secrets.masked("has 100,101,102, in it") == "has *** in it");
}

}  // namespace
}  // namespace fastgate::config
