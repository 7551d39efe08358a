/// SHA-256 (FIPS 180-4) of short texts: keys and admin tokens are kept as digests only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fastgate {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view text);
/// 64 lower-case hex digits.
[[nodiscard]] std::string to_hex(const Sha256& digest);
/// Reads 64 hex digits of either case; nothing else.
[[nodiscard]] std::optional<Sha256> sha256_from_hex(std::string_view hex);
/// Comparison whose time does not depend on where the digests differ.
[[nodiscard]] bool equals_in_constant_time(const Sha256& a, const Sha256& b);

}  // namespace fastgate
