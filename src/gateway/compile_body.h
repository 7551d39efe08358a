/// Body rule and body changes of a route, compiled. Part of compile_route.
#pragma once

#include "config/diagnostics.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Fills Route::body from match_body_schema. False after an error, which names the place of the
/// keyword at fault.
[[nodiscard]] bool compile_body_rule(const config::RouteConfig& config,
                                     config::Diagnostics& diagnostics, Route& route);

/// Fills Route::body_patch from add_body_fields and remove_body_fields. Needs Route::pattern.
[[nodiscard]] bool compile_body_changes(const config::RouteConfig& config,
                                        config::Diagnostics& diagnostics, Route& route);

/// A patch that shows what Route::body_patch does without its secrets: added values that came
/// through `${…}` are masked. Only for routes with a body_patch.
[[nodiscard]] json::FieldPatch masked_patch(const Route& route);

}  // namespace fastgate::gateway
