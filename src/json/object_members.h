/// The members of an object that count: of several with one name, the last.
#pragma once

#include <vector>

#include "json/document.h"

namespace fastgate::json {

/// Appends them to `out` in no particular order; nothing for other kinds than objects.
/// Complexity: n log n.
void append_effective_members(ValueView object, std::vector<Member>& out);

}  // namespace fastgate::json
