#include "base/sha256.h"

#include <doctest/doctest.h>

namespace fastgate {
namespace {

constexpr std::string_view kOfAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("the digests of the standard's examples") {
  CHECK(to_hex(sha256("abc")) == kOfAbc);
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string_view("a\0b", 3)) != sha256("a"));
}

TEST_CASE("hex is read in either case and at its full length only") {
  CHECK(sha256_from_hex(kOfAbc) == sha256("abc"));
  std::string upper(kOfAbc);
  for (char& c : upper) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  CHECK(sha256_from_hex(upper) == sha256("abc"));

  CHECK_FALSE(sha256_from_hex("").has_value());
  CHECK_FALSE(sha256_from_hex(kOfAbc.substr(1)).has_value());
  CHECK_FALSE(sha256_from_hex(std::string(kOfAbc) + "0").has_value());
  CHECK_FALSE(sha256_from_hex(std::string(kOfAbc) + "00").has_value());
  for (const char bad : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '-'}) {
    for (const std::size_t at : {0U, 1U, 63U}) {
      std::string hex(kOfAbc);
      hex[at] = bad;
      INFO(hex);
      CHECK_FALSE(sha256_from_hex(hex).has_value());
    }
  }
}

TEST_CASE("comparison sees a difference in any bit") {
  const Sha256 digest = sha256("abc");
  CHECK(equals_in_constant_time(digest, sha256("abc")));
  for (std::size_t bit = 0; bit < 256; ++bit) {
    Sha256 other = digest;
    other[bit / 8] = static_cast<std::uint8_t>(other[bit / 8] ^ (1U << bit % 8));
    INFO("bit ", bit);
    CHECK_FALSE(equals_in_constant_time(digest, other));
  }
}

}  // namespace
}  // namespace fastgate
