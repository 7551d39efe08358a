/// Whether files could be made, found out without making any: for whoever only tests a
/// configuration. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fastgate {

/// Whether this user could make a file at `path` now, with the folders that are missing. Errors:
/// Io, as "cannot WHAT PATH: REASON"; `what` is for example "open log file".
[[nodiscard]] Result<void> check_creation(const std::string& path, std::string_view what);

}  // namespace fastgate
