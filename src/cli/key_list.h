/// What `fastgate key list` prints: everything of a key but its digest. Pure.
#pragma once

#include <string>

#include "base/clock.h"
#include "config/model.h"

namespace fastgate::cli {

struct KeyListing {
  const config::Config& config;
  std::string source_path;  ///< only these; empty: all
  WallTime now;
};

/// A line a key below a line of names; control characters are replaced.
[[nodiscard]] std::string key_list_text(const KeyListing& listing);
/// `{"items": […], "total": N}` with the fields of contract section 4, as the admin API names them.
[[nodiscard]] std::string key_list_json(const KeyListing& listing);

}  // namespace fastgate::cli
