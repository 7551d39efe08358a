/// A fast hash and comparison of short texts for look-up tables that only the configuration fills.
/// Not salted: tables that clients can fill use SaltedHash. Pure.
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

/// A piece of memory as a number.
template <class Word>
[[nodiscard]] inline std::uint64_t word_at(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Up to eight bytes as one word; texts of one length have different words. Takes two loads that
/// may overlap, in place of a copy of variable length.
[[nodiscard]] inline std::uint64_t short_word(const char* at, std::size_t size) {
  if (size >= 4) {
    return word_at<std::uint32_t>(at) | word_at<std::uint32_t>(at + size - 4) << 32U;
  }
  if (size == 0) return 0;
  return word_at<std::uint8_t>(at) | word_at<std::uint8_t>(at + size / 2) << 8U |
         word_at<std::uint8_t>(at + size - 1) << 16U;
}

/// Complexity: eight bytes a step; one step for texts of up to eight bytes.
[[nodiscard]] inline std::uint64_t text_hash(std::string_view text, std::uint64_t seed) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = seed * 0xa0761d6478bd642fU + left;
  for (; left > 8; left -= 8, at += 8) hash = mix(hash, word_at<std::uint64_t>(at));
  // The last eight bytes; where the text is that long, some of them for the second time.
  if (text.size() > 8) return mix(hash, word_at<std::uint64_t>(at + left - 8));
  return left == 8 ? mix(hash, word_at<std::uint64_t>(at)) : mix(hash, short_word(at, left));
}

/// Whether the text stands at `at`, where as many bytes can be read.
[[nodiscard]] inline bool stands_at(const char* at, std::string_view text) {
  const char* other = text.data();
  std::size_t left = text.size();
  if (left < 8) return short_word(at, left) == short_word(other, left);
  for (; left > 8; left -= 8, at += 8, other += 8) {
    if (word_at<std::uint64_t>(at) != word_at<std::uint64_t>(other)) return false;
  }
  return word_at<std::uint64_t>(at + left - 8) == word_at<std::uint64_t>(other + left - 8);
}

}  // namespace fastgate::gateway
