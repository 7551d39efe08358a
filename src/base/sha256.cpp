#include "base/sha256.h"

#include <cstring>

#include <openssl/sha.h>

#include "base/text.h"

namespace fastgate {

Sha256 sha256(std::string_view text) {
  Sha256 digest{};
  // The one-shot SHA256() looks the algorithm up by name each time, which costs five times what the
  // digest of a key does. These three, as old, do not, and need no object that lives on.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(digest.data(), &context);
#pragma GCC diagnostic pop
  ::explicit_bzero(&context, sizeof context);
  return digest;
}

std::string to_hex(const Sha256& digest) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    out += kHex[byte >> 4];
    out += kHex[byte & 0xf];
  }
  return out;
}

std::optional<Sha256> sha256_from_hex(std::string_view hex) {
  Sha256 digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

bool equals_in_constant_time(const Sha256& a, const Sha256& b) {
  // All words are compared before anything is decided. CRYPTO_memcmp does the same byte by byte,
  // at a cost near that of the digest itself.
  std::uint64_t difference = 0;
  for (std::size_t at = 0; at < a.size(); at += sizeof difference) {
    std::uint64_t mine = 0;
    std::uint64_t other = 0;
    std::memcpy(&mine, a.data() + at, sizeof mine);
    std::memcpy(&other, b.data() + at, sizeof other);
    difference |= mine ^ other;
  }
  // The compiler must not know of the sum while it is made, or it could leave off early.
  __asm__("" : "+r"(difference));
  return difference == 0;
}

}  // namespace fastgate
