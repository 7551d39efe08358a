/// Texts of libuv's and the system's errors.
#pragma once

#include <string>

namespace fastgate::net {

/// The text of a negative libuv code or a negated errno: "connection refused".
[[nodiscard]] std::string uv_error_text(int code);
/// The text of errno now.
[[nodiscard]] std::string system_error_text();

}  // namespace fastgate::net
