/// Which libraries the process really runs with, for `-V`.
#pragma once

#include <string>

namespace fastgate::net {

/// "libuv 1.44.2, OpenSSL 3.0.x …".
[[nodiscard]] std::string library_versions();

}  // namespace fastgate::net
