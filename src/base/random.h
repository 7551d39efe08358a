/// Randomness: the system's secret kind, and a cheap seeded kind for ids, jitter and choices.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace fastgate {

/// Fills `out` from the operating system's generator (through OpenSSL). Ends the process when there
/// is none: a key made of predictable bytes would be worse than no gateway.
void fill_secret_random(std::span<std::uint8_t> out);

/// xoshiro256**: fast, not secret. Single-threaded; one a worker. Tests give a fixed seed.
class FastRandom {
 public:
  explicit FastRandom(std::uint64_t seed);
  /// Seeded from the system's generator.
  [[nodiscard]] static FastRandom from_system();
  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, bound); bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace fastgate
