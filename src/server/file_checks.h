/// What the files that a process writes would fail with, for a process that does not run.
#pragma once

#include <string>
#include <vector>

#include "server/generation.h"

namespace fastgate::server {

/// The logs, the pid file and the audit store that this user could not write now, each as
/// `FILE:LINE:COLUMN: message`. Makes neither file nor folder.
[[nodiscard]] std::vector<std::string> check_files(const Generation& generation,
                                                   const ConfigPlace& place);

}  // namespace fastgate::server
