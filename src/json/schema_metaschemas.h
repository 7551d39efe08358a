/// The drafts' own schemas, so that a schema can say `{"$ref":
/// "https://json-schema.org/draft/2020-12/schema"}`, for bodies that carry schemas themselves, as a
/// chat request's tools do. Private to src/json.
///
/// Source: https://json-schema.org/specification, under the Academic Free License or BSD license.
#pragma once

#include <string_view>

#include "json/schema_node.h"

namespace fastgate::json {

/// The JSON text; 2020-12's vocabularies stand inside it, each with its own `$id`.
[[nodiscard]] std::string_view metaschema_of(Draft draft);

/// Its identifier, without the empty fragment that draft-07 writes.
[[nodiscard]] std::string_view metaschema_uri(Draft draft);

}  // namespace fastgate::json
