#include "gateway/salted_hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/random.h"

namespace fastgate::gateway {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

}  // namespace

SaltedHash SaltedHash::from_system() {
  std::array<std::uint8_t, 16> bytes{};
  fill_secret_random(bytes);
  Salt salt{};
  std::memcpy(salt.data(), bytes.data(), sizeof salt);
  return SaltedHash(salt);
}

std::uint64_t SaltedHash::of(std::string_view text) const {
  SipState state{salt_[0] ^ 0x736f6d6570736575, salt_[1] ^ 0x646f72616e646f6d,
                 salt_[0] ^ 0x6c7967656e657261, salt_[1] ^ 0x7465646279746573};
  const std::uint64_t length = std::uint64_t{text.size()} << 56;
  while (text.size() >= 8) {
    state.absorb(word_of(text.substr(0, 8)));
    text.remove_prefix(8);
  }
  state.absorb(length | word_of(text));
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

std::uint64_t SaltedHash::of_client(std::string_view scope, const IpAddress& client) const {
  std::array<std::uint8_t, 16> bytes = client.bytes();
  if (!client.is_v4()) std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  const std::uint64_t scope_hash = of(scope);
  std::array<char, 24> input{};
  std::memcpy(input.data(), bytes.data(), 16);
  std::memcpy(input.data() + 16, &scope_hash, 8);
  return of({input.data(), input.size()});
}

}  // namespace fastgate::gateway
