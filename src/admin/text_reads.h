/// What checking a configuration makes the process read: `${…}` and files.
///
/// A text that anybody may have checked tells what it reads: examples (`tests`) try a value letter
/// by letter, and an error quotes the beginning of a file that is no configuration.
#pragma once

#include <string_view>
#include <vector>

#include "admin/config_control.h"

namespace fastgate::admin {

/// Whether the text, as the main file, has nothing read but what the running files have read too:
/// each `${…}` and each path of a file stands in one of them in the same field, of whichever entry.
/// A broken text reads nothing.
[[nodiscard]] bool reads_no_more(std::string_view text, const std::vector<LoadedFile>& running);

}  // namespace fastgate::admin
