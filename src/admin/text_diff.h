/// What changed in a configuration file, as people read it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fastgate::admin {

/// A unified diff with three lines of context; empty if both are the same. Values of fields whose
/// names say that they are secret are shown as `***`, but for `${…}` alone or behind a scheme
/// (`Bearer ${KEY}`), which names them only; so are secret parameters of URLs. Complexity: linear;
/// lines between the first and the last change stand in one hunk.
[[nodiscard]] std::string unified_diff(std::string_view path, std::string_view before,
                                       std::string_view after);

}  // namespace fastgate::admin
