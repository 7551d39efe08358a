/// The path and query that an upstream gets (contract section 3: target_path, strip_path_prefix,
/// `*`). Part of step 9 of the request path. Pure.
#pragma once

#include <string>

#include "base/error.h"
#include "gateway/snapshot.h"
#include "gateway/template_text.h"

namespace fastgate::gateway {

/// Appends the target to `out`, which does not end with a slash. Without target_path and
/// strip_path_prefix it is the path as it came, byte for byte; what a route takes over of the path
/// keeps the client's spelling where the path holds no dot segments. Captures come from the decoded
/// path and are percent-encoded. strip_path_prefix joins with exactly one slash. The query is kept;
/// one in target_path stands before it. Errors: Malformed when what the
/// client sent makes a dot segment where it is put.
[[nodiscard]] Result<void> append_target(const Route& route, const RequestFacts& facts,
                                         const TemplateValues& values, std::string& out);

}  // namespace fastgate::gateway
