/// The schemas of the OpenAPI document and which call takes and answers which. Constant data.
#pragma once

#include <string_view>

namespace fastgate::admin {

/// `components.schemas` as one JSON object.
[[nodiscard]] std::string_view openapi_schemas();

/// What the document says of one call beyond the call table.
struct CallShape {
  std::string_view operation;
  std::string_view answer;   ///< schema of the answer as JSON; empty: it has none
  std::string_view request;  ///< schema of the body; empty: a text; a last `?`: it may be left out
  /// Blank separated. A name is a text's, unless a type follows: `skip:count`, `dry_run:flag`,
  /// `If-Match:header`, or the words it may be, `order:asc|desc`.
  std::string_view parameters;
  std::string_view status = "200";
  std::string_view content_types = "application/json";  ///< blank separated; empty: no body
};
/// Null: the document leaves the call out.
[[nodiscard]] const CallShape* shape_of(std::string_view operation);

}  // namespace fastgate::admin
