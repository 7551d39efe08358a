/// What no single section can know: names that must be unique, and names that must exist.
#pragma once

#include "config/diagnostics.h"
#include "config/model.h"

namespace fastgate::config {

/// Called by config/load once all files are read and route ids are made. Complexity: linear.
void check_across(const Config& config, Diagnostics& diagnostics);

}  // namespace fastgate::config
