/// Numbers that are valid JSON but that simdjson refuses: whole numbers beyond 64 bits, and doubles
/// beyond 1.8e308. They are respelled in place, so that no valid body counts as malformed.
#pragma once

#include <cstddef>
#include <span>

namespace fastgate::json {

/// Respells such numbers in `text` without changing its length: a long whole number loses its last
/// digits to an exponent, which a double would not keep either; a huge number becomes 1e308.
/// Anything that is not a number by RFC 8259 stays. Returns how many were respelled.
std::size_t narrow_wide_numbers(std::span<char> text);

}  // namespace fastgate::json
