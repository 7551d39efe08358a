/// Finding a route of a configuration by its id. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "admin/api.h"
#include "config/model.h"

namespace fastgate::admin {

/// Its index in Config::routes.
[[nodiscard]] std::optional<std::size_t> find_route(const config::Config& config,
                                                    std::string_view id);
[[nodiscard]] std::unexpected<ApiError> no_such_route(std::string_view id);

}  // namespace fastgate::admin
