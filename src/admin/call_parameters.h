/// Which parameters a call takes in its query. Pure.
#pragma once

#include <expected>

#include "admin/api.h"
#include "admin/call_table.h"

namespace fastgate::admin {

/// Refuses a write with a parameter that the call has not: a `dry_run` that is spelled wrongly
/// would be as good as left out. Reads take any, as clients add some against caches; records refuse
/// what is no filter on their own. `token` goes with every call. Errors: 400, with the nearest
/// name.
[[nodiscard]] std::expected<void, ApiError> check_parameters(const CallEntry& entry,
                                                             const Query& query);

}  // namespace fastgate::admin
