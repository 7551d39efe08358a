/// Finds routes that no request can reach. Part of compile; off the loops.
#pragma once

#include "config/diagnostics.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Warns of each route that a better-placed one shadows: same or wider pattern, methods, host, no
/// header rules of its own that the shadowed one lacks, and no body rule. Only what can be proved
/// is told. A route that asks for exactly what the better one does is its failover target, not a
/// mistake, unless failover is off or the better one is a `respond`, which never fails. So is each
/// route told whose paths the gateway answers itself. Complexity: one look-up a route and a bounded
/// number of comparisons behind it.
void warn_of_unreachable(const Snapshot& snapshot, config::Diagnostics& diagnostics);

}  // namespace fastgate::gateway
