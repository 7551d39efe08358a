/// Paths of files as text, as the operator wrote them.
#pragma once

#include <string>

namespace fastgate::config {

/// All up to the last `/` and with it; empty for a bare file name. What follows can be appended.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

}  // namespace fastgate::config
