/// What would be done with a request, without sending anything: steps 2 to 9 of the request path
/// through the functions that traffic takes. `explain` and the routes' `tests` look at the result.
/// Off the loops.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/admit.h"
#include "gateway/body_reader.h"
#include "gateway/choose.h"
#include "gateway/identify.h"
#include "gateway/reply.h"
#include "gateway/snapshot.h"
#include "gateway/upstream_request.h"
#include "http/hop_by_hop.h"
#include "http/message.h"
#include "http/target.h"

namespace fastgate::gateway {

/// A request as people write it down.
struct DryRequest {
  std::string method = "GET";
  std::string url = "/";  ///< a path with or without query, or a whole http or https URL
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;
  IpAddress client = IpAddress::v4(0x7f000001);
  const Key* key = nullptr;  ///< who asks, where no header holds a key's value (route tests)
  const AdmissionLimits* limits = nullptr;  ///< null: nobody is refused
  /// What the gateway calls it, unless it brings an id of its own; empty: nothing is sent, a
  /// stand-in does.
  std::string request_id;
  WallTime now{};
};

/// The request and all that was decided of it. Neither copied nor moved: it points into itself.
/// The snapshot must outlive it.
class DryRun {
 public:
  DryRun(const Snapshot& snapshot, const DryRequest& request);
  DryRun(const DryRun&) = delete;
  DryRun& operator=(const DryRun&) = delete;

  /// Why nothing would be sent nor answered by a route: a malformed request, no route, a body that
  /// is too large or cannot be changed.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  /// What makes the gateway answer it itself, before any route (own_path_field()); empty: routes
  /// do.
  [[nodiscard]] std::string_view own_path() const { return own_path_; }
  /// What admit() says against it; the rest is decided all the same.
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }
  [[nodiscard]] const std::optional<RateState>& rate() const { return rate_; }
  /// The chosen route; null without one.
  [[nodiscard]] const Route* route() const { return route_; }
  [[nodiscard]] const Candidates& candidates() const { return candidates_; }
  /// Null if the request is malformed.
  [[nodiscard]] const RequestFacts* facts() const { return is_parsed_ ? &facts_ : nullptr; }
  /// The body as rules see it, whether the choice needed it or not; null without one.
  [[nodiscard]] const CollectedBody* body() const { return body_; }

  /// The body as it was sent; empty without one.
  [[nodiscard]] std::string_view sent_body() const { return body_bytes_; }

  /// The upstream request; null for an answer by `respond` and after an error.
  [[nodiscard]] const UpstreamRequest* upstream() const {
    return upstream_ ? &*upstream_ : nullptr;
  }
  /// The body that goes with it, changed where the route says so.
  [[nodiscard]] const std::optional<std::string>& upstream_body() const { return upstream_body_; }
  /// The URLs that it may go to: one, or one a server of a named group.
  [[nodiscard]] std::vector<std::string> target_urls() const;
  /// The route's `respond`.
  [[nodiscard]] const std::optional<Reply>& reply() const { return reply_; }
  [[nodiscard]] const ForwardPlan& plan() const { return plan_; }

 private:
  [[nodiscard]] Result<void> parse(const DryRequest& request);
  [[nodiscard]] Result<void> decide(const DryRequest& request);
  [[nodiscard]] Result<void> forward();
  void admit(const DryRequest& request);

  const Snapshot& snapshot_;
  http::RequestHead head_;
  http::Target target_;
  http::HopByHop hop_by_hop_;
  std::string request_id_;
  bool is_parsed_ = false;
  RequestFacts facts_;
  Identity identity_;
  std::string body_bytes_;
  json::DocumentParser parser_;
  BodyReader reader_;
  const CollectedBody* body_ = nullptr;
  std::string_view own_path_;
  Shortlist shortlist_;
  Candidates candidates_;
  const Route* route_ = nullptr;
  ForwardPlan plan_;
  std::string host_;
  std::optional<Error> error_;
  std::optional<Error> refusal_;
  std::optional<RateState> rate_;
  std::optional<UpstreamRequest> upstream_;
  std::optional<std::string> upstream_body_;
  std::optional<Reply> reply_;
};

}  // namespace fastgate::gateway
