/// `-V`: version, compiler, libraries and options of this binary.
#pragma once

#include <string>

namespace fastgate::cli {

/// Form: a few lines of text, each with its line end.
[[nodiscard]] std::string build_facts();

}  // namespace fastgate::cli
