#include "json/schema_keywords.h"

#include <algorithm>
#include <array>

#include "json/object_members.h"
#include "json/schema_uri.h"

namespace fastgate::json {
namespace {

constexpr std::uint8_t k07 = static_cast<std::uint8_t>(Draft::Draft07);
constexpr std::uint8_t k2020 = static_cast<std::uint8_t>(Draft::Draft202012);
constexpr std::uint8_t kBoth = k07 | k2020;

// In the order of the core, applicator, validation, annotation vocabularies. `definitions` and
// `dependencies` live on in 2020-12's meta-schema; `$defs` in draft-07 is only a place for schemas.
constexpr std::array kKeywords{
    Keyword{"$schema", kBoth, Role::Identity, Holds::Nothing, read::any_string},
    Keyword{"$id", kBoth, Role::Identity, Holds::Nothing, read::any_string},
    Keyword{"$vocabulary", k2020, Role::Identity, Holds::Nothing, nullptr},
    Keyword{"$anchor", k2020, Role::Identity, Holds::Nothing, read::any_string},
    Keyword{"$dynamicAnchor", k2020, Role::Identity, Holds::Nothing, read::any_string},
    Keyword{"$ref", kBoth, Role::Rule, Holds::Nothing, read::reference},
    Keyword{"$dynamicRef", k2020, Role::Rule, Holds::Nothing, read::dynamic_reference},
    Keyword{"$defs", kBoth, Role::Identity, Holds::SchemaMap, read::definitions},
    Keyword{"definitions", kBoth, Role::Identity, Holds::SchemaMap, read::definitions},
    Keyword{"$comment", kBoth, Role::Annotation, Holds::Nothing, read::any_string},

    Keyword{"allOf", kBoth, Role::Rule, Holds::SchemaList, read::schema_list},
    Keyword{"anyOf", kBoth, Role::Rule, Holds::SchemaList, read::schema_list},
    Keyword{"oneOf", kBoth, Role::Rule, Holds::SchemaList, read::schema_list},
    Keyword{"not", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"if", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"then", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"else", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"dependentSchemas", k2020, Role::Rule, Holds::SchemaMap, read::dependent_schemas},
    Keyword{"dependencies", kBoth, Role::Rule, Holds::MapOfEither, read::dependencies},
    Keyword{"prefixItems", k2020, Role::Rule, Holds::SchemaList, read::schema_list},
    Keyword{"items", kBoth, Role::Rule, Holds::SchemaOrList, read::items},
    Keyword{"additionalItems", k07, Role::Rule, Holds::Schema, read::additional_items},
    Keyword{"contains", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"properties", kBoth, Role::Rule, Holds::SchemaMap, read::properties},
    Keyword{"patternProperties", kBoth, Role::Rule, Holds::SchemaMap, read::pattern_properties},
    Keyword{"additionalProperties", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"propertyNames", kBoth, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"unevaluatedItems", k2020, Role::Rule, Holds::Schema, read::single_schema},
    Keyword{"unevaluatedProperties", k2020, Role::Rule, Holds::Schema, read::single_schema},

    Keyword{"type", kBoth, Role::Rule, Holds::Nothing, read::type},
    Keyword{"enum", kBoth, Role::Rule, Holds::Nothing, read::enumeration},
    Keyword{"const", kBoth, Role::Rule, Holds::Nothing, read::constant},
    Keyword{"multipleOf", kBoth, Role::Rule, Holds::Nothing, read::multiple_of},
    Keyword{"maximum", kBoth, Role::Rule, Holds::Nothing, read::number_limit},
    Keyword{"exclusiveMaximum", kBoth, Role::Rule, Holds::Nothing, read::number_limit},
    Keyword{"minimum", kBoth, Role::Rule, Holds::Nothing, read::number_limit},
    Keyword{"exclusiveMinimum", kBoth, Role::Rule, Holds::Nothing, read::number_limit},
    Keyword{"maxLength", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"minLength", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"pattern", kBoth, Role::Rule, Holds::Nothing, read::pattern},
    Keyword{"maxItems", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"minItems", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"uniqueItems", kBoth, Role::Rule, Holds::Nothing, read::unique_items},
    Keyword{"maxContains", k2020, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"minContains", k2020, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"maxProperties", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"minProperties", kBoth, Role::Rule, Holds::Nothing, read::count_limit},
    Keyword{"required", kBoth, Role::Rule, Holds::Nothing, read::required},
    Keyword{"dependentRequired", k2020, Role::Rule, Holds::Nothing, read::dependent_required},

    Keyword{"title", kBoth, Role::Annotation, Holds::Nothing, read::any_string},
    Keyword{"description", kBoth, Role::Annotation, Holds::Nothing, read::any_string},
    Keyword{"default", kBoth, Role::Annotation, Holds::Nothing, nullptr},
    Keyword{"examples", kBoth, Role::Annotation, Holds::Nothing, read::any_array},
    Keyword{"deprecated", k2020, Role::Annotation, Holds::Nothing, read::any_boolean},
    Keyword{"readOnly", kBoth, Role::Annotation, Holds::Nothing, read::any_boolean},
    Keyword{"writeOnly", kBoth, Role::Annotation, Holds::Nothing, read::any_boolean},
    Keyword{"format", kBoth, Role::Annotation, Holds::Nothing, read::any_string},
    Keyword{"contentEncoding", kBoth, Role::Annotation, Holds::Nothing, read::any_string},
    Keyword{"contentMediaType", kBoth, Role::Annotation, Holds::Nothing, read::any_string},
    Keyword{"contentSchema", k2020, Role::Annotation, Holds::Schema, read::single_schema},
};

void append_list(std::vector<InnerSchema>& out, ValueView list, const std::string& place) {
  std::size_t index = 0;
  for (const ValueView item : list.items()) {
    out.push_back({item, place + "/" + std::to_string(index++)});
  }
}

void append_map(std::vector<InnerSchema>& out, const Member& keyword, Holds holds) {
  std::vector<Member> members;
  append_effective_members(keyword.value, members);
  for (const Member& member : members) {
    if (holds == Holds::MapOfEither && member.value.is(Kind::Array)) continue;
    out.push_back(
        {member.value, "/" + std::string(keyword.name) + "/" + escape_pointer_token(member.name)});
  }
}

}  // namespace

std::span<const Keyword> all_keywords() {
  return kKeywords;
}

const Keyword* find_keyword(std::string_view name) {
  const auto found = std::ranges::find(kKeywords, name, &Keyword::name);
  return found == kKeywords.end() ? nullptr : &*found;
}

bool belongs_to(const Keyword& keyword, Draft draft) {
  return (keyword.drafts & static_cast<std::uint8_t>(draft)) != 0;
}

std::vector<InnerSchema> inner_schemas(ValueView schema, Draft draft) {
  std::vector<InnerSchema> inner;
  std::vector<Member> members;
  append_effective_members(schema, members);
  for (const Member& member : members) {
    const Keyword* keyword = find_keyword(member.name);
    if (keyword == nullptr || !belongs_to(*keyword, draft)) continue;
    const std::string place = "/" + std::string(member.name);
    switch (keyword->holds) {
      case Holds::Nothing:
        break;
      case Holds::Schema:
        inner.push_back({member.value, place});
        break;
      case Holds::SchemaList:
        append_list(inner, member.value, place);
        break;
      case Holds::SchemaOrList:
        if (member.value.is(Kind::Array)) {
          append_list(inner, member.value, place);
        } else {
          inner.push_back({member.value, place});
        }
        break;
      case Holds::SchemaMap:
      case Holds::MapOfEither:
        append_map(inner, member, keyword->holds);
        break;
    }
  }
  return inner;
}

}  // namespace fastgate::json
