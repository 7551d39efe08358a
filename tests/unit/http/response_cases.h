/// Answers of an upstream as bytes and what must come of them (see transcript.h).
#pragma once

#include <string_view>
#include <vector>

#include "http/message.h"

namespace fastgate::http::testing {

struct ResponseCase {
  std::string_view name;
  std::string_view bytes;
  std::string_view expected;
  Method method = Method::Get;  ///< of the request that is answered
};

[[nodiscard]] std::vector<ResponseCase> status_line_cases();
[[nodiscard]] std::vector<ResponseCase> response_field_cases();
[[nodiscard]] std::vector<ResponseCase> response_framing_cases();
[[nodiscard]] std::vector<ResponseCase> response_sequence_cases();

/// All of the above.
[[nodiscard]] std::vector<ResponseCase> response_cases();

}  // namespace fastgate::http::testing
