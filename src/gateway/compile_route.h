/// One configured route into one compiled Route: the part of compile that needs no other route.
/// Off the loops, while a configuration is built.
#pragma once

#include <optional>

#include "config/diagnostics.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Compiles everything of a route but index, rank and group, which compile() gives it. Every fault
/// goes to `diagnostics` with its place; nothing if there was one. Its policy is one of `policies`,
/// which must outlive it.
[[nodiscard]] std::optional<Route> compile_route(const config::RouteConfig& route,
                                                 const config::Config& config,
                                                 config::Diagnostics& diagnostics,
                                                 RoutePolicies& policies);

}  // namespace fastgate::gateway
