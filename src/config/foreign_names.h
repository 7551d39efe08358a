/// Names that people write who come from nginx, or who missed the section a field stands in.
#pragma once

#include <string_view>

namespace fastgate::config {

/// What to write in place of an unknown field `name` of `section` ("" at the top), as the end of
/// its message; "" if there is nothing to tell.
[[nodiscard]] std::string_view hint_for_unknown(std::string_view section, std::string_view name);

}  // namespace fastgate::config
