/// UTF-8, as far as JSON texts need it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fastgate::json {

/// Length of the well-formed sequence that `text` begins with (1 to 4), 0 if it is ill-formed.
/// `text` must not be empty. Source: Unicode 15, table 3-7.
[[nodiscard]] std::size_t sequence_length(std::string_view text);

/// Appends the code point (below 0x110000, no surrogate).
void append_code_point(std::string& out, std::uint32_t code_point);

/// Code points of a well-formed text. Complexity: linear.
[[nodiscard]] std::size_t count_code_points(std::string_view text);

}  // namespace fastgate::json
