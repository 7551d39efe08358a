#include "base/random.h"

#include <bit>
#include <limits>

#include <openssl/rand.h>

#include "base/error.h"

namespace fastgate {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

void fill_secret_random(std::span<std::uint8_t> out) {
  if (out.empty()) return;
  FG_ASSERT(out.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  FG_ASSERT(RAND_priv_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

FastRandom::FastRandom(std::uint64_t seed) {
  // splitmix64, as the authors of xoshiro advise: no seed gives the all-zero state.
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    word = mixed ^ (mixed >> 31);
  }
}

FastRandom FastRandom::from_system() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  fill_secret_random(bytes);
  return FastRandom(std::bit_cast<std::uint64_t>(bytes));
}

std::uint64_t FastRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t FastRandom::below(std::uint64_t bound) {
  FG_ASSERT(bound > 0);
  // Lemire's multiplication; the few products that would favour small results are drawn again.
  Wide product = Wide{next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t uneven = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < uneven) product = Wide{next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace fastgate
