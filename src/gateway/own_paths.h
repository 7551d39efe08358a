/// Paths that the gateway answers itself, before any route is asked (contract section 6). Pure; off
/// the loops: admin/ decides for traffic.
#pragma once

#include <string_view>

#include "config/model.h"
#include "gateway/path_pattern.h"

namespace fastgate::gateway {

/// What makes the listeners of traffic answer `path` (decoded, without dot segments) themselves: a
/// field of the configuration, as `admin.health_path`, or `OPTIONS *`; empty: it is for routes.
[[nodiscard]] std::string_view own_path_field(const config::AdminConfig& admin,
                                              std::string_view path);

/// The field that takes every path which `pattern` fits; empty if there is none, or it cannot be
/// told.
[[nodiscard]] std::string_view own_path_field(const config::AdminConfig& admin,
                                              const PathPattern& pattern);

}  // namespace fastgate::gateway
