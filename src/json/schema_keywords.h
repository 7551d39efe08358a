/// The keywords of the supported drafts: which draft knows them, what they hold, how they are read.
/// Private to src/json.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/schema_node.h"

namespace fastgate::json {

class SchemaCompiler;

/// Where in a keyword's value schemas stand.
enum class Holds : std::uint8_t {
  Nothing,
  Schema,
  SchemaList,
  SchemaOrList,
  SchemaMap,
  MapOfEither
};

/// Rule: an assertion or applicator. Identity: names the schema or its draft. Annotation: for
/// people and tools, it decides nothing.
enum class Role : std::uint8_t { Rule, Identity, Annotation };

/// One keyword in one schema, while it is read.
struct KeywordUse {
  SchemaCompiler& compiler;
  SchemaNode& node;
  std::string_view name;
  ValueView value;

  /// Reports the fault at this keyword, or below it at `place` ("/0"); always false.
  bool fault(std::string reason, std::string_view place = {}) const;
  /// The node of a schema inside the value. Null, with a fault reported, if it is no schema.
  [[nodiscard]] NodePointer subschema(ValueView schema, std::string_view place = {}) const;
};

struct Keyword {
  std::string_view name;
  std::uint8_t drafts;  ///< bits of Draft
  Role role;
  Holds holds;
  /// Reads the value into the node; false after a fault. Null: nothing to read here.
  bool (*read)(const KeywordUse& use);
};

[[nodiscard]] std::span<const Keyword> all_keywords();
/// Null for an unknown name.
[[nodiscard]] const Keyword* find_keyword(std::string_view name);
[[nodiscard]] bool belongs_to(const Keyword& keyword, Draft draft);

/// A schema inside another one, with its place: "/properties/model".
struct InnerSchema {
  ValueView value;
  std::string place;
};
/// All schemas directly inside the schema object, at the places where the draft has schemas.
[[nodiscard]] std::vector<InnerSchema> inner_schemas(ValueView schema, Draft draft);

/// The readers, in schema_assertions.cpp and schema_applicators.cpp.
namespace read {
bool any_string(const KeywordUse& use);
bool any_boolean(const KeywordUse& use);
bool any_array(const KeywordUse& use);

bool type(const KeywordUse& use);
bool enumeration(const KeywordUse& use);
bool constant(const KeywordUse& use);
bool number_limit(const KeywordUse& use);
bool multiple_of(const KeywordUse& use);
bool count_limit(const KeywordUse& use);
bool pattern(const KeywordUse& use);
bool unique_items(const KeywordUse& use);
bool required(const KeywordUse& use);
bool dependent_required(const KeywordUse& use);

bool single_schema(const KeywordUse& use);
bool schema_list(const KeywordUse& use);
bool items(const KeywordUse& use);
bool additional_items(const KeywordUse& use);
bool properties(const KeywordUse& use);
bool pattern_properties(const KeywordUse& use);
bool dependent_schemas(const KeywordUse& use);
bool dependencies(const KeywordUse& use);
bool definitions(const KeywordUse& use);
bool reference(const KeywordUse& use);
bool dynamic_reference(const KeywordUse& use);
}  // namespace read

}  // namespace fastgate::json
