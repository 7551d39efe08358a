#include "gateway/key_book.h"

#include <chrono>
#include <string>

#include <doctest/doctest.h>

namespace fastgate::gateway {
namespace {

config::KeyConfig key_of(const std::string& id, const std::string& value) {
  config::KeyConfig key;
  key.key_id.value = id;
  key.key_sha256 = sha256(value);
  return key;
}

TEST_CASE("an empty book knows nobody") {
  const KeyBook book;
  CHECK(book.find("fg_anything").key == nullptr);
  CHECK(book.find("").key == nullptr);
  CHECK(book.find_id("fg_000000000000") == nullptr);
}

TEST_CASE("a key is found by its value, its previous value and its id") {
  config::KeyConfig rotated = key_of("fg_bbbbbbbbbbbb", "fg_new");
  rotated.previous_sha256 = sha256("fg_old");
  const KeyBook book({key_of("fg_aaaaaaaaaaaa", "fg_one"), rotated});

  REQUIRE(book.keys().size() == 2);
  CHECK(book.keys()[1].index == 1);
  CHECK(book.find("fg_one").key == &book.keys()[0]);
  CHECK_FALSE(book.find("fg_one").by_previous_hash);
  CHECK(book.find("fg_new").key == &book.keys()[1]);
  CHECK_FALSE(book.find("fg_new").by_previous_hash);
  CHECK(book.find("fg_old").key == &book.keys()[1]);
  CHECK(book.find("fg_old").by_previous_hash);
  CHECK(book.find_id("fg_bbbbbbbbbbbb") == &book.keys()[1]);
  CHECK(book.find_id("fg_cccccccccccc") == nullptr);
  for (const char* wrong : {"fg_on", "fg_onee", "FG_ONE", "fg_one ", ""}) {
    INFO(wrong);
    CHECK(book.find(wrong).key == nullptr);
  }
}

TEST_CASE("digests that begin alike are told apart") {
  config::KeyConfig twin = key_of("fg_bbbbbbbbbbbb", "fg_one");
  twin.key_sha256[31] ^= 1;
  const KeyBook book({twin, key_of("fg_aaaaaaaaaaaa", "fg_one")});
  CHECK(book.find("fg_one").key == &book.keys()[1]);
}

TEST_CASE("a digest that begins as a key's, and differs in its last bit only, is nobody's") {
  config::KeyConfig near = key_of("fg_aaaaaaaaaaaa", "fg_one");
  near.key_sha256[31] ^= 1;
  near.previous_sha256 = near.key_sha256;
  const KeyBook book({near});
  CHECK(book.find("fg_one").key == nullptr);
}

TEST_CASE("a value that was one key's and is another's belongs to the other") {
  config::KeyConfig rotated = key_of("fg_bbbbbbbbbbbb", "fg_new");
  rotated.previous_sha256 = sha256("fg_shared");
  const KeyBook book({rotated, key_of("fg_aaaaaaaaaaaa", "fg_shared")});
  CHECK(book.find("fg_shared").key == &book.keys()[1]);
}

TEST_CASE("a hundred thousand keys load in time and are all found") {
  std::vector<config::KeyConfig> configs;
  for (int i = 0; i < 100'000; ++i) {
    configs.push_back(key_of("fg_" + std::to_string(i), "fg_value" + std::to_string(i)));
  }
  const auto begin = std::chrono::steady_clock::now();
  const KeyBook book(configs);
  const auto loaded = std::chrono::steady_clock::now();
  int found = 0;
  for (int i = 0; i < 100'000; i += 7) {
    const auto hit = book.find("fg_value" + std::to_string(i));
    if (hit.key != nullptr && hit.key->index == static_cast<std::uint32_t>(i)) ++found;
  }
  CHECK(found == 14286);
  const auto took_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(loaded - begin).count();
  MESSAGE("100,000 keys: ", took_ms, " ms");
}

}  // namespace
}  // namespace fastgate::gateway
