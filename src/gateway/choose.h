/// Which routes of the shortlist will be used, in order: the first is the route, the rest are for
/// failover. Step 7 of the request path. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/route_index.h"
#include "json/document.h"

namespace fastgate::gateway {

/// The collected request body as the core sees it.
struct CollectedBody {
  std::string_view bytes;                  ///< as the client sent it, without chunk framing
  const json::Document* document = nullptr; ///< parsed; null if there is no JSON object or array
  std::string_view reason;                 ///< why `document` is null, for explain and the debug log
};

struct Candidates {
  std::vector<const Route*> routes;
};

/// Keeps the routes whose body rule fits. `body` is null when it was not collected: then routes with
/// a body rule do not match. Routes that only change the body always fit (a malformed one is refused
/// when it is changed).
void choose(const Shortlist& shortlist, const CollectedBody* body, Candidates& out);

}  // namespace fastgate::gateway
