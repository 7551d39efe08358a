/// Runs the `tests:` of routes against the whole configuration, without traffic (contract section
/// 3). Part of compile; off the loops.
#pragma once

#include "config/diagnostics.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Each test that fails is an error at the test's own place. A test without `key` asks about the
/// route, not about who may use it: only `status: 401` (or another refusal) looks at that. Expiry
/// of keys does not count, or a configuration would turn bad by itself.
void run_route_tests(const Snapshot& snapshot, config::Diagnostics& diagnostics);

}  // namespace fastgate::gateway
