/// Equality and hashes of JSON values, as JSON Schema means them (2020-12 core section 4.2.2).
#pragma once

#include <cstdint>

#include "json/document.h"

namespace fastgate::json {

/// Deep equality: numbers by value (1 equals 1.0), `true` is not 1, null equals only null, arrays
/// in order, objects in any order. Complexity: n log n in the smaller of both.
[[nodiscard]] bool equal(ValueView a, ValueView b);

/// Equal values have equal hashes. Not a secret function: its users bound what a collision costs.
[[nodiscard]] std::uint64_t hash(ValueView value);

[[nodiscard]] std::uint64_t hash(std::string_view text);

}  // namespace fastgate::json
