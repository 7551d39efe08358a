/// `-t` and `-T`: the configuration tested, and printed, without being put in force.
#pragma once

#include "cli/options.h"

namespace fastgate::cli {

/// Prints every error and warning as `FILE:LINE:COLUMN: message` to standard error. Returns 0 or 1.
[[nodiscard]] int test_config(const Options& options);

}  // namespace fastgate::cli
