/// Texts of libuv's and the system's errors.
#pragma once

#include <string>

namespace fastgate::net {

/// The text of a negative libuv code or a negated errno: "connection refused".
[[nodiscard]] std::string uv_error_text(int code);
/// The text of errno now.
[[nodiscard]] std::string system_error_text();
/// Whether a negative libuv code says that this process or its system has no descriptor or memory
/// left, which is nobody else's fault.
[[nodiscard]] bool is_shortage(int code);

}  // namespace fastgate::net
