#include "gateway/new_key.h"

#include <array>

#include "base/base64url.h"
#include "base/random.h"

namespace fastgate::gateway {

NewKey NewKey::make() {
  std::array<std::uint8_t, 32> secret{};
  fill_secret_random(secret);
  std::array<std::uint8_t, 6> id{};
  fill_secret_random(id);
  NewKey key;
  key.key_id = "fg_";
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const std::uint8_t byte : id) key.key_id += {kHex[byte >> 4], kHex[byte & 0xf]};
  key.value = "fg_" + base64url_encode(secret);
  key.digest = sha256(key.value);
  return key;
}

}  // namespace fastgate::gateway
