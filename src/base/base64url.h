/// base64url without padding (RFC 4648 section 5), for key values and cursors.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fastgate {

[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);
/// Nothing on a character outside the alphabet, padding, an impossible length, or left-over bits
/// that are set: each value has one spelling.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace fastgate
