/// The explanation of one request as data: which route matches, why each better-placed one does
/// not, and the exact upstream request, secrets masked (contract sections 1 and 8). `fastgate
/// explain` and the admin API show it as JSON or as text. Pure; off the loops.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/dry_run.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// A route that is placed before the chosen one (any, if none was chosen) and does not match.
struct RejectedRoute {
  std::string route_id;
  std::string reason;  ///< as `method is POST, not GET`
};

/// The upstream request as it would be written, secrets masked.
struct ExplainedRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;  ///< in their order
  std::optional<std::string> body;                           ///< none: there is no body
};

/// What `respond` would answer.
struct ExplainedReply {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// An answer that the gateway would make itself.
struct ExplainedError {
  std::uint16_t status = 0;
  std::string message;
};

struct Explanation {
  std::optional<std::string> route_id;  ///< of the chosen route
  std::string own_path;                 ///< why the gateway answers it itself: own_path_field()
  std::vector<RejectedRoute> rejected;  ///< best-placed first
  std::vector<std::string> failover;    ///< routes that would be tried next, in this order
  std::optional<ExplainedRequest> upstream_request;
  std::optional<ExplainedReply> respond;
  std::optional<ExplainedError> error;    ///< malformed, no route, body too large
  std::optional<ExplainedError> refusal;  ///< the key may not, or not so often; the rest holds for
                                          ///< one that may
  std::optional<RateState> rate;          ///< the tightest rate that would apply
  /// How much of an event stream would be held back; none: nothing is.
  std::optional<config::PreambleConfig> failover_preamble;
};

/// Explains a request. With `limits` in it, keys, permissions and rates are looked at as well.
[[nodiscard]] Explanation explain(const Snapshot& snapshot, const DryRequest& request);

/// Why the route's conditions do not fit: the first of method, host, path, headers and body that
/// does not. Empty if all do. Values that came through `${…}` are not shown.
[[nodiscard]] std::string mismatch(const Route& route, const RequestFacts& facts,
                                   const CollectedBody* body);

/// One JSON object: `route_id` (null without one), `rejected`, `failover`, `upstream_request` (null
/// without one; its `headers` are an object, values of one name joined by ", "; `body` is text or
/// null), and `own_path`, `respond`, `error`, `refusal`, `rate_limit`, `failover_preamble` where
/// there is one.
void append_json(std::string& out, const Explanation& explanation);

/// The same for people, with a line end at the end.
void append_text(std::string& out, const Explanation& explanation);

}  // namespace fastgate::gateway
