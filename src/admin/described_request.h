/// A request that a caller describes as JSON: for `explain` and the test of a route. Pure.
#pragma once

#include "admin/api.h"
#include "gateway/dry_run.h"
#include "json/document.h"

namespace fastgate::admin {

/// Reads `method`, `path` or `url`, `headers` (an object), `body` (a text, or JSON), `key_id`. What
/// is absent keeps its value in `request`. Errors: 422.
[[nodiscard]] std::expected<void, ApiError> read_request(json::ValueView given,
                                                         const gateway::Snapshot& snapshot,
                                                         gateway::DryRequest& request);

}  // namespace fastgate::admin
