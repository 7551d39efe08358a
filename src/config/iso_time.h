/// Points in time as the configuration writes them (contract section 4: ISO 8601).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fastgate::config {

/// Reads `2026-01-31`, `2026-01-31T12:00`, `2026-01-31T12:00:00.123`, each with `Z` or `+08:00`
/// behind the time; without a zone it is UTC; a space may stand for the `T`. Years 1970 to 2200.
[[nodiscard]] std::optional<WallTime> parse_iso_time(std::string_view text);

/// `2026-01-31T12:00:00.123Z`; reads back exactly to the millisecond.
[[nodiscard]] std::string format_iso_time(WallTime time);

}  // namespace fastgate::config
