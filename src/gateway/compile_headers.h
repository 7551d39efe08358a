/// Header rules and changes of a route, compiled. Part of compile_route.
#pragma once

#include "config/diagnostics.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Fills Route::headers from match_headers. False if a regular expression is wrong.
[[nodiscard]] bool compile_header_rules(const config::RouteConfig& config,
                                        config::Diagnostics& diagnostics, Route& route);

/// Fills what is added to and taken off requests and answers, `strip` being proxy.strip_headers.
/// Needs Route::pattern. Never fails: names and values were checked when they were read.
void compile_header_changes(const config::RouteConfig& config,
                            const std::vector<std::string>& strip, config::Diagnostics& diagnostics,
                            Route& route, RoutePolicy& policy);

/// One field whose value may hold placeholders.
[[nodiscard]] FieldTemplate compile_field(const config::NamedText& field,
                                          const PathPattern& pattern);

}  // namespace fastgate::gateway
