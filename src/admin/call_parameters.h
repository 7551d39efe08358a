/// Which parameters a call takes in its query. Pure.
#pragma once

#include <expected>

#include "admin/api.h"
#include "admin/call_table.h"

namespace fastgate::admin {

/// Refuses a query with a parameter that the call has not: a filter or a `dry_run` that is spelled
/// wrongly would be as good as left out. `token` goes with every call; pages take any. Errors: 400,
/// with the nearest name.
[[nodiscard]] std::expected<void, ApiError> check_parameters(const CallEntry& entry,
                                                             const Query& query);

}  // namespace fastgate::admin
