/// The `type` of an error body, for the gateway's own errors and the admin API's. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace fastgate::gateway {

/// What OpenAI's clients map to their exceptions. Form: `status` is 400 and above. Contract
/// section 5.
[[nodiscard]] std::string_view error_type(std::uint16_t status);

}  // namespace fastgate::gateway
