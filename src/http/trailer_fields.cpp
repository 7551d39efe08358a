#include "http/trailer_fields.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace fastgate::http {
namespace {

constexpr auto kRefused = std::to_array<std::string_view>({
    "age",
    "allow",
    "cache-control",
    "content-language",
    "content-location",
    "content-range",
    "expires",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "location",
    "max-forwards",
    "pragma",
    "range",
    "sec-websocket-accept",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "status",
    "strict-transport-security",
    "vary",
    "via",
    "warning",
    "www-authenticate",
});

}  // namespace

bool is_trailer_field(std::string_view name, FieldId id) {
  // Names with an id are those that the gateway acts upon in a head.
  if (id != FieldId::Other) return false;
  return std::ranges::none_of(
      kRefused, [name](std::string_view refused) { return equals_ignoring_case(refused, name); });
}

}  // namespace fastgate::http
