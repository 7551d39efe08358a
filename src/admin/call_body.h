/// The JSON object that a call's body is. Pure.
#pragma once

#include <expected>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "admin/api.h"
#include "json/value.h"

namespace fastgate::admin {

/// The object in a call's body. `holder` keeps it. Errors: 400.
[[nodiscard]] std::expected<json::ValueView, ApiError> body_object(
    const Call& call, std::optional<json::Value>& holder);

/// Refuses an object that has a member besides `names`: one that is spelled wrongly would be as
/// good as left out. Errors: 422, with the nearest of the names.
[[nodiscard]] std::expected<void, ApiError> check_members(
    json::ValueView given, std::initializer_list<std::string_view> names);

}  // namespace fastgate::admin
