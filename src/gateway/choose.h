/// Which routes of the shortlist will be used, in order: the first is the route, the rest are for
/// failover. Step 7 of the request path. Pure.
#pragma once

#include <vector>

#include "gateway/body_match.h"
#include "gateway/route_index.h"

namespace fastgate::gateway {

struct Candidates {
  std::vector<const Route*> routes;
  bool are_rules_unread = false;  ///< routes with a body rule were left out, for want of the body
};

/// Replaces `out` by the routes whose body rule fits, by rank. `body` is null when it was not
/// collected: then routes with a body rule do not match. Routes that only change the body always
/// fit (a malformed one is refused when it is changed). Routes behind a `respond` are left out: it
/// cannot fail. Complexity: routes that differ in the value of one field are one look-up.
void choose(const Shortlist& shortlist, const CollectedBody* body, Candidates& out);

/// What no route fits: the head already, or the body of a request whose head would do.
enum class Misfit : std::uint8_t { Head, Body };

/// The 404 of a request that no route takes. Form: names the method and the path as it came, up to
/// 200 bytes of it, without its query.
[[nodiscard]] Error no_route(const RequestFacts& facts, Misfit misfit);

}  // namespace fastgate::gateway
