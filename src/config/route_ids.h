/// Ids of routes that wrote none: made from their names, the same at every load.
#pragma once

#include <string>
#include <string_view>

#include "config/model.h"

namespace fastgate::config {

/// Whether the value at LIST/INDEX FIELD ("/routes", 3, "/route_id") came through `${…}` and must
/// not be quoted.
[[nodiscard]] bool is_substituted(const Config& config, std::string_view list, std::size_t index,
                                  std::string_view field);

/// Whether calls of the admin API stand below a path so named: `POST /routes/delete/test` deletes
/// the route `test`, and does not test a route `delete`.
[[nodiscard]] bool is_call_name(std::string_view id);

/// Lower case, everything but letters and digits becomes one `-`; "" if nothing is left.
/// Example: "OpenAI Chat API" gives `openai-chat-api`.
[[nodiscard]] std::string slug_of(std::string_view name);

/// Fills in every missing route_id: the slug of route_name, else of match_path (a name may have no
/// Latin letter), else `route`; of neither where it came through `${…}`, for ids are shown
/// everywhere. With `-2`, `-3`… behind it where a written id or an earlier route has it already.
/// Complexity: linear but for look-ups.
void make_route_ids(Config& config);

}  // namespace fastgate::config
