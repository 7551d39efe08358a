/// What bytes of UTF-8 tell of themselves (RFC 3629 section 3).
#pragma once

namespace fastgate {

/// Whether a byte goes on with a character that an earlier one began: no text may be cut before it.
[[nodiscard]] constexpr bool is_utf8_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

}  // namespace fastgate
