#include "base/base64url.h"

#include <doctest/doctest.h>

#include "base/random.h"

namespace fastgate {
namespace {

std::string encode(std::string_view text) {
  return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST_CASE("the standard's examples, without padding") {
  struct Row {
    std::string_view text;
    std::string_view encoded;
  };
  const Row rows[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const Row& row : rows) {
    INFO(row.encoded);
    CHECK(encode(row.text) == row.encoded);
    CHECK(base64url_decode(row.encoded) == row.text);
  }
}

TEST_CASE("bytes of every length come back") {
  FastRandom random(3);
  for (std::size_t length = 0; length < 70; ++length) {
    std::string bytes;
    for (std::size_t i = 0; i < length; ++i) bytes += static_cast<char>(random.below(256));
    const std::string encoded = encode(bytes);
    INFO(encoded);
    CHECK(encoded.size() == (length * 4 + 2) / 3);
    CHECK(base64url_decode(encoded) == bytes);
  }
}

TEST_CASE("32 bytes give the 43 characters of a key") {
  CHECK(encode(std::string(32, '\xff')).size() == 43);
}

TEST_CASE("what is not base64url is refused") {
  for (const std::string_view bad :
       {"Z", "Zm9vY", "Zg==", "Zm8=", "=", "Zm9+", "Zm9/", "Zm 9", "Zm9v\n", "Zm\xc3\xa4"}) {
    INFO(bad);
    CHECK_FALSE(base64url_decode(bad).has_value());
  }
  // The same bytes as "Zg" and "Zm8" but for bits that no byte takes up.
  CHECK_FALSE(base64url_decode("Zh").has_value());
  CHECK_FALSE(base64url_decode("Zm9").has_value());
  CHECK_FALSE(base64url_decode(std::string_view("Zm9\0", 4)).has_value());
}

}  // namespace
}  // namespace fastgate
