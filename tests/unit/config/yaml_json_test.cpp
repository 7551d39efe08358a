#include "config/yaml_json.h"

#include <doctest/doctest.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

Loaded load_schema(std::string_view schema) {
  return load_files({.files = {{"a.yaml", "routes:\n  - target_host: a\n    match_body_schema: " +
                                              std::string(schema) + "\n"}},
                     .variables = {{"SECRET", "canary"}, {"N", "5"}, {"NO", "null"}}});
}

TEST_CASE("the order of keys is kept and every part has its place") {
  const Loaded loaded = load_schema("{b: [1, {c: x}], a: '1', \"d/e~\": true}");
  REQUIRE_FALSE(loaded.diagnostics.has_errors());
  const Json& json = loaded.config.routes[0].match_body_schema.value();
  CHECK(json.text == R"({"b":[1,{"c":"x"}],"a":"1","d/e~":true})");
  CHECK(json.places.size() == 7);
  CHECK(json.places.at("").column == 24);
  CHECK(json.places.at("/b/0").column == 29);
  CHECK(json.places.at("/b/1/c").column == 36);
  CHECK(json.places.at("/d~1e~0").line == 3);
  CHECK_FALSE(json.is_substituted);
  CHECK(json.masked.empty());
}

TEST_CASE("what was substituted is typed when plain and masked when shown") {
  const Loaded loaded = load_schema(
      "\n      a: ${SECRET}\n      b: [1, \"${SECRET}\", 2]\n      c: ${N}\n      d: \"${N}\"\n"
      "      e: ${NO}\n      f: end");
  REQUIRE_FALSE(loaded.diagnostics.has_errors());
  const Json& json = loaded.config.routes[0].match_body_schema.value();
  CHECK(json.text == R"({"a":"canary","b":[1,"canary",2],"c":5,"d":"5","e":null,"f":"end"})");
  CHECK(json.masked == R"({"a":"***","b":[1,"***",2],"c":"***","d":"***","e":"***","f":"end"})");
  CHECK(json.is_substituted);
}

TEST_CASE("values that are compared with a secret are masked when shown") {
  const auto masked = [](std::string_view schema) {
    const Loaded loaded = load_schema(schema);
    REQUIRE_FALSE(loaded.diagnostics.has_errors());
    const Json& json = loaded.config.routes[0].match_body_schema.value();
    return json.is_substituted ? json.masked : json.text;
  };
  CHECK(masked("{model: gpt, api_key: canary, max_tokens: 5}") ==
        R"({"model":"gpt","api_key":"***","max_tokens":5})");
  CHECK(masked("{token: true, pass-token: null, secret: [a, 1]}") ==
        R"({"token":true,"pass-token":null,"secret":["***","***"]})");
  CHECK(masked("{properties: {token: {type: string, const: canary}, name: {const: x}}}") ==
        R"({"properties":{"token":{"type":"string","const":"***"},"name":{"const":"x"}}})");
  CHECK(masked("{properties: {token: {anyOf: [{enum: [a, b]}, {const: {x: c}}], maxLength: 5}}}") ==
        R"({"properties":{"token":{"anyOf":[{"enum":["***","***"]},{"const":{"x":"***"}}],)"
        R"("maxLength":5}}})");
  CHECK(masked("{secret: {of: {me: canary}}}") == R"({"secret":{"of":{"me":"***"}}})");
  CHECK(masked("{properties: {token: {properties: {type: {const: x}}}}, required: [token]}") ==
        R"({"properties":{"token":{"properties":{"type":{"const":"***"}}}},"required":["token"]})");
}

TEST_CASE("numbers that JSON cannot hold are errors at their place") {
  const Loaded loaded = load_schema("{a: .nan, b: -.inf}");
  CHECK(loaded.says("a.yaml:3:28: `a`: must be a value that JSON has a form for, not `.nan`"));
  CHECK(loaded.says("a.yaml:3:37: `b`"));
}

}  // namespace
}  // namespace fastgate::config
