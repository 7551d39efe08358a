#include "base/clock.h"

#include <ctime>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

TEST_CASE("the system clock never goes back and agrees with the machine's date") {
  const SystemClock clock;
  const MonotonicTime first = clock.now();
  CHECK(clock.now() >= first);

  const std::time_t before = std::time(nullptr);
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(clock.wall_now()).time_since_epoch();
  CHECK(seconds.count() >= before - 1);
  CHECK(seconds.count() <= std::time(nullptr) + 1);
}

TEST_CASE("the manual clock moves both times, and only when told") {
  ManualClock clock;
  const MonotonicTime monotonic = clock.now();
  const WallTime wall = clock.wall_now();
  CHECK(clock.now() == monotonic);
  clock.advance(std::chrono::milliseconds(1500));
  CHECK(clock.now() - monotonic == std::chrono::milliseconds(1500));
  CHECK(clock.wall_now() - wall == std::chrono::milliseconds(1500));
}

}  // namespace
}  // namespace fastgate
