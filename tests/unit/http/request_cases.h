/// Requests as bytes and what must come of them (see transcript.h): the request half of the corpus.
#pragma once

#include <string_view>
#include <vector>

namespace fastgate::http::testing {

struct RequestCase {
  std::string_view name;
  std::string_view bytes;
  std::string_view expected;
};

[[nodiscard]] std::vector<RequestCase> start_line_cases();
[[nodiscard]] std::vector<RequestCase> field_line_cases();
[[nodiscard]] std::vector<RequestCase> host_cases();
[[nodiscard]] std::vector<RequestCase> framing_cases();
[[nodiscard]] std::vector<RequestCase> chunk_cases();
[[nodiscard]] std::vector<RequestCase> option_cases();
[[nodiscard]] std::vector<RequestCase> sequence_cases();

/// All of the above.
[[nodiscard]] std::vector<RequestCase> request_cases();

}  // namespace fastgate::http::testing
