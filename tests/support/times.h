/// The times at which tests begin.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace fastgate::test {

inline constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};
inline constexpr MonotonicTime kStart{std::chrono::seconds(1000)};

}  // namespace fastgate::test
