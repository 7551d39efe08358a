/// Which trailer fields may be passed on. Used by http1_parser only.
#pragma once

#include <string_view>

#include "http/fields.h"

namespace fastgate::http {

/// Whether a field may stand in a trailer section: not one that frames or routes the message,
/// authenticates it, changes how it is handled, or that the gateway itself reads in a head.
/// Source: RFC 9110 section 6.5.1.
[[nodiscard]] bool is_trailer_field(std::string_view name, FieldId id);

}  // namespace fastgate::http
