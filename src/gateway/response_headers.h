/// The head of the answer to the client. Step 12 of the request path. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/admit.h"
#include "gateway/snapshot.h"
#include "gateway/template_text.h"
#include "http/hop_by_hop.h"
#include "http/message.h"

namespace fastgate::gateway {

/// How the answer is framed towards the client.
struct DownstreamFraming {
  http::BodyFraming framing = http::BodyFraming::None;
  bool keep_alive = true;  ///< false adds `Connection: close`
};

/// What the client can take: HTTP/1.1 gets chunks where the upstream's length is unknown, also
/// before a close, so that a cut answer shows; HTTP/1.0 gets UntilClose. A HEAD, 204, 304 or
/// interim answer has no body but keeps its Content-Length field; so does 101, behind which the
/// tunnel begins.
[[nodiscard]] DownstreamFraming downstream_framing(const http::RequestHead& request,
                                                   const http::ResponseHead& response);

struct ResponsePlan {
  const Route* route = nullptr;  ///< may be null (local services)
  const TemplateValues* values = nullptr;
  const http::HopByHop* hop_by_hop = nullptr;  ///< of the response head
  DownstreamFraming framing;
  std::uint8_t client_minor_version = 1;
  std::string_view request_id;     ///< X-Request-Id of the answer; an upstream's own is replaced
  std::string_view server_timing;  ///< value of Server-Timing, or empty
  /// The rate that applied; its fields take the place of the upstream's own, which tell of the
  /// backend's key. Null: none.
  const RateState* rate = nullptr;
};

/// Appends status line and fields, each as the upstream spelled it and in its order but for
/// hop-by-hop, framing and removed ones, then what the gateway adds. add_response_headers replaces
/// the upstream's fields of those names, but for Set-Cookie, which is added to them. Always
/// HTTP/1.1 in the status line (RFC 9112 section 2.3), with `Connection: keep-alive` for a
/// kept-alive HTTP/1.0 client. An interim answer passes with its own fields only; 101 keeps Upgrade
/// and `Connection: upgrade`.
void append_response_head(std::string& out, const http::ResponseHead& response,
                          const ResponsePlan& plan);

/// Appends the route's add_response_headers to those of an error that the gateway answers for it,
/// but for what the error says itself, and for values that came through `${…}`: it may go to
/// somebody without a key.
void append_route_fields(std::vector<std::pair<std::string, std::string>>& headers,
                         const Route& route, const TemplateValues& values);

}  // namespace fastgate::gateway
