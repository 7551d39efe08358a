/// Which routes of the shortlist will be used, in order: the first is the route, the rest are for
/// failover. Step 7 of the request path. Pure.
#pragma once

#include <vector>

#include "gateway/body_match.h"
#include "gateway/route_index.h"

namespace fastgate::gateway {

struct Candidates {
  std::vector<const Route*> routes;
};

/// Replaces `out` by the routes whose body rule fits, by rank. `body` is null when it was not
/// collected: then routes with a body rule do not match. Routes that only change the body always
/// fit (a malformed one is refused when it is changed). Routes behind a `respond` are left out: it
/// cannot fail. Complexity: routes that differ in the value of one field are one look-up.
void choose(const Shortlist& shortlist, const CollectedBody* body, Candidates& out);

}  // namespace fastgate::gateway
