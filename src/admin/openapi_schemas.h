/// The schemas of the OpenAPI document and which call takes and answers which. Constant data.
#pragma once

#include <span>
#include <string_view>

namespace fastgate::admin {

/// `components.schemas` as one JSON object.
[[nodiscard]] std::string_view openapi_schemas();

/// What the document says of one call beyond the call table.
struct CallShape {
  std::string_view operation;
  std::string_view answer;   ///< schema of the answer; empty: see content_type
  std::string_view request;  ///< schema of the body; empty: none
  std::string_view query;    ///< names of parameters, blank separated
  std::string_view status = "200";
  std::string_view content_type = "application/json";
};
[[nodiscard]] std::span<const CallShape> call_shapes();

}  // namespace fastgate::admin
