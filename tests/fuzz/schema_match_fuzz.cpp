// Any text as a body, against schemas that use every keyword; or schema, NUL, body.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "json/equality.h"
#include "json/schema.h"
#include "json/value.h"

using namespace fastgate::json;

namespace {

constexpr std::string_view kSchemas[] = {
    R"({"type":"object","required":["model"],"properties":{"model":{"type":"string","minLength":1,
        "maxLength":20,"pattern":"^[a-z]+(-[a-z0-9]+)*$"},"n":{"type":"integer","multipleOf":0.1,
        "minimum":-1e300,"exclusiveMaximum":18446744073709551615},"enum":{"enum":[1,"a",null,[1],{"a":1}]}},
        "patternProperties":{"^x-":{"type":["string","number"]}},"additionalProperties":{"$ref":"#"},
        "propertyNames":{"maxLength":30},"maxProperties":50,"dependentRequired":{"n":["model"]},
        "dependentSchemas":{"x-a":{"minProperties":2}},"unevaluatedProperties":{"type":"null"}})",
    R"({"$id":"http://x/y","$defs":{"t":{"$dynamicAnchor":"t","items":{"$dynamicRef":"#t"}}},
        "if":{"type":"array"},"then":{"prefixItems":[{"$ref":"#t"}],"contains":{"const":1},"minContains":0,
        "maxContains":3,"uniqueItems":true,"maxItems":1000,"unevaluatedItems":{"type":["array","number"]}},
        "else":{"anyOf":[{"properties":{"a":{"$ref":"#"}}},{"not":{"type":"object"}}],
        "oneOf":[{"minProperties":1},{"maxProperties":0},{"type":"string","format":"date"}]}})",
    R"({"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"integer"}],
        "additionalItems":{"$ref":"#"},"dependencies":{"a":["b"],"b":{"required":["c"]}},
        "additionalProperties":{"$ref":"#/definitions/d"},"definitions":{"d":{"allOf":[{"$ref":"#"}]}}})",
    R"({"$ref":"https://json-schema.org/draft/2020-12/schema"})",
};

void check(std::string_view schema_text, ValueView body) {
  const auto schema = Schema::compile(schema_text);
  if (!schema) return;
  SchemaScratch scratch;
  const MatchOutcome outcome = schema->match(body, scratch);
  const auto negated = Schema::compile(R"({"not":)" + std::string(schema_text) + "}");
  // Where a schema stands must not change what it says, but for its own `$id` and references.
  if (!negated || schema_text.find("$ref") != std::string_view::npos) return;
  if (schema_text.find("$dynamicRef") != std::string_view::npos) return;
  if (schema_text.find("$schema") != std::string_view::npos) return;
  const MatchOutcome opposite = negated->match(body, scratch);
  if (outcome == MatchOutcome::LimitReached || opposite == MatchOutcome::LimitReached) return;
  FG_ASSERT(outcome != opposite);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto split = text.find('\0');
  const std::string_view body_text =
      split == std::string_view::npos ? text : text.substr(split + 1);
  const auto body = Value::parse(body_text);
  if (!body) return 0;
  if (split != std::string_view::npos) {
    check(text.substr(0, split), body->view());
    return 0;
  }
  for (const std::string_view schema : kSchemas) check(schema, body->view());
  // Written and read again it is the same value.
  const auto again = Value::parse(to_json(body->view()));
  FG_ASSERT(again.has_value());
  FG_ASSERT(equal(again->view(), body->view()));
  FG_ASSERT(hash(again->view()) == hash(body->view()));
  return 0;
}
