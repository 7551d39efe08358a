/// A fast hash of short texts for look-up tables that only the configuration fills. Not salted:
/// tables that clients can fill use SaltedHash.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace fastgate::gateway {

/// Mixes two words into one (the multiplication of wyhash).
[[nodiscard]] inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15U) * (b ^ 0xd6e8feb86659fd93U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Complexity: eight bytes a step.
[[nodiscard]] inline std::uint64_t text_hash(std::string_view text, std::uint64_t seed = 0) {
  std::uint64_t hash = mix(seed, text.size());
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    hash = mix(hash, word);
  }
  if (left > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, left);
    hash = mix(hash, word);
  }
  return hash;
}

}  // namespace fastgate::gateway
