/// Does this body fit: the simple form and JSON Schema behind one question. Part of step 7 of the
/// request path. Pure.
#pragma once

#include <string>
#include <string_view>

#include "gateway/snapshot.h"
#include "json/document.h"
#include "json/schema.h"

namespace fastgate::gateway {

/// The collected request body as the core sees it; BodyReader makes one.
struct CollectedBody {
  std::string_view bytes;                    ///< as the client sent it, without chunk framing
  const json::Document* document = nullptr;  ///< parsed; null if there is no JSON object or array
  std::string_view reason;  ///< why `document` is null, for explain and the debug log
  json::SchemaScratch* scratch = nullptr;  ///< the worker's; null: each match makes its own
};

/// Whether the body fits the rule. `body` is null when it was not collected: then no rule fits.
[[nodiscard]] bool body_fits(const BodyRule& rule, const CollectedBody* body);

/// Why the body does not fit, for `explain` and the debug log, as `body: model is "a", not "b"` or
/// `body is not JSON: …`; values are cut to a short length, and what a rule wants is not shown if
/// it came through `${…}`. Empty if it fits.
[[nodiscard]] std::string body_mismatch(const BodyRule& rule, const CollectedBody* body);

}  // namespace fastgate::gateway
