/// The exact bytes of the request to the upstream. Step 9 of the request path. Pure: traffic,
/// explain and route tests call the same functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/identify.h"
#include "gateway/snapshot.h"
#include "http/hop_by_hop.h"

namespace fastgate::gateway {

/// Everything that goes into one upstream request; all views and pointers outlive the call.
struct ForwardPlan {
  const Snapshot* snapshot = nullptr;
  const Route* route = nullptr;
  const RequestFacts* facts = nullptr;
  const Identity* identity = nullptr;  ///< whose; the fields that carried its keys are taken off
  const http::HopByHop* hop_by_hop = nullptr;  ///< of the request head
  std::string_view
      host;  ///< Host to send: GroupSpec::host_header, or the chosen server's `host:port`
  Captures* captures = nullptr;  ///< the worker's scratch; null: the call makes its own
};

/// The head of an upstream request, ready to be written. Reused from request to request.
struct UpstreamRequest {
  std::string head;
  std::uint32_t target_offset = 0;  ///< the target within `head`'s first line
  std::uint32_t target_length = 0;
  http::BodyFraming framing = http::BodyFraming::None;
  bool upgrade = false;  ///< the client's upgrade is asked for: only then may the answer be 101

  /// For records and `target_url`; valid while `head` lives unchanged.
  [[nodiscard]] std::string_view target() const {
    return std::string_view(head).substr(target_offset, target_length);
  }
  /// Gives back the memory of what stands behind the target.
  void keep_target_only();
};

/// Builds the head: target (rewritten or as it came, query kept), Host of the target, the client's
/// fields in their order and spelling without hop-by-hop ones, without the field that carried a
/// gateway key and without what the route removes, `Expect` taken off; then X-Forwarded-For
/// (appended to what a trusted proxy sent, else replaced), X-Forwarded-Proto, X-Forwarded-Host,
/// X-Real-IP, X-Request-Id, and the route's add_headers. `Forwarded` of an untrusted client is
/// taken off as well. `body_length` is the length of a collected (maybe changed) body, which is
/// then sent with Content-Length; without it the client's framing is kept. An upgrade keeps
/// `Connection: upgrade` and Upgrade, but for `h2c`, which would hide what follows from the
/// gateway. Errors: Malformed when a capture cannot stand in a target. Complexity: one pass over
/// the fields; fields that stay side by side are copied together; no allocation when the strings of
/// `out` are large enough.
[[nodiscard]] Result<void> build_upstream_request(const ForwardPlan& plan,
                                                  std::optional<std::uint64_t> body_length,
                                                  UpstreamRequest& out);

/// What templates of the plan's route take their values from. `captures` is filled if the route
/// reads them and must outlive the result.
[[nodiscard]] TemplateValues template_values(const ForwardPlan& plan, Captures& captures);

/// Applies add_body_fields and remove_body_fields to the client's body; only for routes with a
/// body_patch. An empty body stays so. Errors: Malformed when it is not a JSON object;
/// UnsupportedMediaType when its Content-Type or Content-Encoding says why.
[[nodiscard]] Result<std::string> change_body(const ForwardPlan& plan, std::string_view body);

}  // namespace fastgate::gateway
