/// `-s`: a signal to the process that the configuration's pid file names.
#pragma once

#include "cli/options.h"

namespace fastgate::cli {

/// Returns 0 when the signal was sent, else 1 with the reason on standard error.
[[nodiscard]] int send_signal(const Options& options);

}  // namespace fastgate::cli
