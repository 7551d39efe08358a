#include "base/random.h"

#include <algorithm>
#include <limits>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

TEST_CASE("FastRandom is xoshiro256** seeded by splitmix64") {
  // Worked out from the authors' reference programs: the outputs for seed 0.
  FastRandom random(0);
  CHECK(random.next() == 0x99ec5f36cb75f2b4);
  CHECK(random.next() == 0xbf6e1f784956452a);
  CHECK(random.next() == 0x1a5f849d4933e6e0);
}

TEST_CASE("a seed gives one sequence, two seeds give two") {
  FastRandom a(7);
  FastRandom b(7);
  FastRandom c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t value = a.next();
    REQUIRE(value == b.next());
    differs = differs || value != c.next();
  }
  CHECK(differs);
  CHECK(FastRandom::from_system().next() != FastRandom::from_system().next());
}

TEST_CASE("below stays under its bound and reaches every value about as often") {
  FastRandom random(42);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) {
    const std::uint64_t value = random.below(7);
    REQUIRE(value < 7);
    ++counts[value];
  }
  for (const int count : counts) {
    CHECK(count > 850);
    CHECK(count < 1150);
  }
  CHECK(random.below(1) == 0);
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max() / 2 + 2;
  for (int i = 0; i < 1000; ++i) CHECK(random.below(kHuge) < kHuge);
}

TEST_CASE("fill_secret_random fills all of it, each time anew") {
  std::array<std::uint8_t, 64> first{};
  std::array<std::uint8_t, 64> second{};
  fill_secret_random(first);
  fill_secret_random(second);
  CHECK(first != second);
  // Sixteen zero bytes in a row come by chance once in 2^128 fills.
  for (std::size_t i = 0; i < first.size(); i += 16) {
    CHECK(std::any_of(first.begin() + static_cast<std::ptrdiff_t>(i),
                      first.begin() + static_cast<std::ptrdiff_t>(i + 16),
                      [](std::uint8_t byte) { return byte != 0; }));
  }
  fill_secret_random({});
}

}  // namespace
}  // namespace fastgate
