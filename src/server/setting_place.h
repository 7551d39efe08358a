/// Failures of what a configuration's settings name, told with the settings' places.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "server/generation.h"

namespace fastgate::server {

/// `reason` as `FILE:LINE:COLUMN: `SETTING`: REASON`, where the main file has that setting; its
/// beginning if it has it not. Form: `names` from the outermost section on, as {"logging", "file"}.
/// A path in `reason` may have come through `${…}`: it is masked then.
[[nodiscard]] std::string setting_error(const Generation& generation, const ConfigPlace& place,
                                        std::initializer_list<std::string_view> names,
                                        const std::string& reason);

}  // namespace fastgate::server
