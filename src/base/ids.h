/// Identifiers of requests, audit records, keys.
#pragma once

#include <array>
#include <string_view>

#include "base/random.h"

namespace fastgate {

/// `req_` + 24 lower-case hex digits, held inline: an id costs no allocation.
class RequestId {
 public:
  static constexpr std::size_t kLength = 28;
  RequestId() = default;
  [[nodiscard]] static RequestId make(FastRandom& random);
  /// Valid as long as this object.
  [[nodiscard]] std::string_view text() const { return {text_.data(), kLength}; }

 private:
  std::array<char, kLength> text_{'r', 'e', 'q', '_'};
};

/// Whether a client's own X-Request-Id may be carried on: 1 to 128 of `A-Z a-z 0-9 . _ - : / + =
/// @`.
[[nodiscard]] bool is_acceptable_request_id(std::string_view text);

}  // namespace fastgate
