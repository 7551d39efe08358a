/// The literal text that every match of a regular expression begins with: by it RouteIndex finds
/// `~^/svc17/v[12]/` among thousands without trying them one by one. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fastgate::gateway {

/// Of a pattern as configured, `~REGEX`. Empty where none can be told without doubt: the expression
/// is not anchored, disregards case, or has an alternative anywhere.
[[nodiscard]] std::string regex_stem(std::string_view pattern);

}  // namespace fastgate::gateway
