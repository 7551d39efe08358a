/// HTTP dates (RFC 9110 section 5.6.7), formatted once a second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fastgate::http {

/// Keeps the last formatted second. One a worker; single-threaded.
class DateCache {
 public:
  /// `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate); a fraction of a second is cut off. Valid until
  /// the next call.
  [[nodiscard]] std::string_view http_date(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

}  // namespace fastgate::http
