/// Why a message is refused, as the inner steps of the parser say it: without allocation, because
/// they run for every line. http1_parser makes an Error of it.
#pragma once

#include <string_view>

#include "base/error.h"

namespace fastgate::http {

struct Fault {
  ErrorKind kind =
      ErrorKind::Malformed;  ///< for a request; every fault of a response is UpstreamMalformed
  std::string_view text;     ///< a literal
};

/// A value, or why there is none.
template <class T>
using Checked = std::expected<T, Fault>;

/// `return malformed("two Host fields");`
[[nodiscard]] inline std::unexpected<Fault> malformed(std::string_view text) {
  return std::unexpected(Fault{ErrorKind::Malformed, text});
}

}  // namespace fastgate::http
