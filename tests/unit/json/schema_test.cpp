#include "json/schema.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "json/value.h"

namespace fastgate::json {
namespace {

Schema compiled(std::string_view text) {
  auto schema = Schema::compile(text);
  REQUIRE_MESSAGE(schema.has_value(), (schema ? std::string() : schema.error().text()));
  return std::move(*schema);
}

std::string outcome(const Schema& schema, std::string_view instance) {
  DocumentParser parser({.max_size = 64U << 20, .max_depth = 100'000});
  const auto document = parser.parse(instance);
  REQUIRE_MESSAGE(document.has_value(), std::string(instance.substr(0, 100)));
  SchemaScratch scratch;
  switch (schema.match(document->root(), scratch)) {
    case MatchOutcome::Match:
      return "match";
    case MatchOutcome::NoMatch:
      return scratch.failed_at();
    case MatchOutcome::LimitReached:
      return "limit";
  }
  return "?";
}

TEST_CASE("a chat body is matched, and a mismatch says where") {
  const Schema schema = compiled(R"({
    "type": "object", "required": ["model", "messages"],
    "properties": {
      "model": {"type": "string", "pattern": "^gpt-"},
      "stream": {"const": true},
      "temperature": {"minimum": 0, "maximum": 2},
      "messages": {"type": "array", "minItems": 1, "items": {
        "properties": {"role": {"enum": ["system", "user", "assistant"]}}, "required": ["role"]}}},
    "not": {"required": ["functions"]}})");
  struct Row {
    std::string_view body, expected;
  };
  const Row rows[] = {
      {R"({"model":"gpt-4","messages":[{"role":"user","content":"x"}],"stream":true})", "match"},
      {R"({"model":"gpt-4","messages":[{"role":"user"}],"temperature":1.5,"other":{}})", "match"},
      {R"([])", "/type"},
      {R"({"messages":[{"role":"user"}]})", "/required"},
      {R"({"model":"llama","messages":[{"role":"user"}]})", "/properties/model/pattern"},
      {R"({"model":7,"messages":[{"role":"user"}]})", "/properties/model/type"},
      {R"({"model":"gpt-4","messages":[]})", "/properties/messages/minItems"},
      {R"({"model":"gpt-4","messages":[{"role":"user"},{"role":"dog"}]})",
       "/properties/messages/items/properties/role/enum"},
      {R"({"model":"gpt-4","messages":[{}]})", "/properties/messages/items/required"},
      {R"({"model":"gpt-4","messages":[{"role":"user"}],"stream":1})", "/properties/stream/const"},
      {R"({"model":"gpt-4","messages":[{"role":"user"}],"temperature":2.01})",
       "/properties/temperature/maximum"},
      {R"({"model":"gpt-4","messages":[{"role":"user"}],"functions":null})", "/not"},
      // The upstream reads the last of two members; so does the schema.
      {R"({"model":"gpt-4","messages":[{"role":"user"}],"model":"x"})",
       "/properties/model/pattern"},
      {R"({"model":"x","messages":[{"role":"user"}],"model":"gpt-4"})", "match"},
  };
  for (const Row& row : rows) {
    INFO(row.body);
    CHECK(outcome(schema, row.body) == row.expected);
  }
}

TEST_CASE("of duplicate members only the last counts, in every keyword that looks at all") {
  const Schema strict = compiled(
      R"({"properties":{"a":{"type":"number"}},"additionalProperties":{"const":0},"maxProperties":2})");
  CHECK(outcome(strict, R"({"a":"x","a":1})") == "match");
  CHECK(outcome(strict, R"({"b":1,"b":0,"b":0,"a":1})") == "match");
  CHECK(outcome(strict, R"({"b":0,"b":1})") == "/additionalProperties");
  const Schema unevaluated =
      compiled(R"({"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false})");
  CHECK(outcome(unevaluated, R"({"a":1,"a":2})") == "match");
  CHECK(outcome(unevaluated, R"({"a":1,"b":2})") == "/unevaluatedProperties");
  std::string many = "{";
  for (int i = 0; i < 40; ++i)
    many += "\"k" + std::to_string(i % 20) + "\":" + std::to_string(i / 20) + ",";
  many.back() = '}';
  CHECK(
      outcome(
          compiled(R"({"additionalProperties":{"const":1},"minProperties":20,"maxProperties":20})"),
          many) == "match");
}

TEST_CASE("faults carry the place and a reason") {
  struct Row {
    std::string_view schema, pointer, reason;
  };
  const Row rows[] = {
      {"{", "", "malformed JSON"},
      {"7", "", "a schema is an object or a boolean"},
      {R"({"minLenght":1})", "/minLenght", "did you mean 'minLength'"},
      {R"({"properties":{"a/b":{"typ":"string"}}})", "/properties/a~1b/typ", "no keyword"},
      {R"({"type":"text"})", "/type", "must be null, boolean"},
      {R"({"type":["string","string"]})", "/type", "stands twice"},
      {R"({"type":["string",1]})", "/type/1", "must be a string"},
      {R"({"type":[]})", "/type", "at least one"},
      {R"({"enum":1})", "/enum", "must be an array"},
      {R"({"minLength":-1})", "/minLength", "whole number"},
      {R"({"minLength":1.5})", "/minLength", "whole number"},
      {R"({"multipleOf":0})", "/multipleOf", "greater than 0"},
      {R"({"minimum":"1"})", "/minimum", "must be a number"},
      {R"({"pattern":"("})", "/pattern", "regular expression"},
      {R"({"patternProperties":{"[":{}}})", "/patternProperties/[", "regular expression"},
      {R"({"required":["a","a"]})", "/required", "'a' stands twice"},
      {R"({"required":"a"})", "/required", "array of names"},
      {R"({"properties":[]})", "/properties", "must be an object"},
      {R"({"properties":{"a":1}})", "/properties/a", "a schema is an object or a boolean"},
      {R"({"allOf":[]})", "/allOf", "at least one schema"},
      {R"({"allOf":[{}, {"not":3}]})", "/allOf/1/not", "a schema is an object or a boolean"},
      {R"({"items":[{}]})", "/items", "prefixItems"},
      {R"({"additionalItems":{}})", "/additionalItems", "draft-07"},
      {R"({"$schema":"http://json-schema.org/draft-07/schema#","prefixItems":[{}]})",
       "/prefixItems", "2020-12"},
      {R"({"$schema":"http://json-schema.org/draft-04/schema#"})", "/$schema", "2020-12"},
      {R"({"$ref":"#/$defs/absent"})", "/$ref", "leads to nothing"},
      {R"({"$ref":"#absent"})", "/$ref", "no anchor"},
      {R"({"$ref":"http://elsewhere/x"})", "/$ref", "leads out of the schema"},
      {R"({"$ref":"#/$defs/a","$defs":{"a":7}})", "/$defs/a", "a schema is an object or a boolean"},
      {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", "", "used twice"},
      {R"({"$id":"http://a/#frag"})", "/$id", "fragment"},
      {R"({"$ref":"#"})", "", "without end"},
      {R"({"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"anyOf":[{"$ref":"#/$defs/a"}]}}})", "",
       "without end"},
      {R"({"format":1})", "/format", "must be a string"},
      {R"({"unevaluatedProperties":null})", "/unevaluatedProperties", "a schema is an object"},
  };
  for (const Row& row : rows) {
    INFO(row.schema);
    const auto schema = Schema::compile(row.schema);
    REQUIRE_FALSE(schema.has_value());
    INFO(schema.error().text());
    if (!row.pointer.empty()) CHECK(schema.error().pointer == row.pointer);
    CHECK(schema.error().reason.find(row.reason) != std::string::npos);
    CHECK(schema.error().text().starts_with("JSON Schema, at "));
  }
}

TEST_CASE("annotations decide nothing") {
  const Schema schema = compiled(
      R"({"$comment":"c","title":"t","description":"d","default":1,"examples":[1],"readOnly":true,
          "writeOnly":false,"deprecated":true,"format":"email","contentEncoding":"base64",
          "contentMediaType":"image/png","contentSchema":{"type":"null"},"$defs":{"unused":false}})");
  for (const std::string_view instance : {"1", "\"no e-mail\"", "null", "{}"}) {
    CHECK(outcome(schema, instance) == "match");
  }
}

TEST_CASE("the draft's own schema can be referred to") {
  const Schema tools = compiled(R"({"properties":{"parameters":{
      "$ref":"https://json-schema.org/draft/2020-12/schema"}}})");
  CHECK(
      outcome(tools, R"({"parameters":{"type":"object","properties":{"a":{"type":"string"}}}})") ==
      "match");
  CHECK(outcome(tools, R"({"parameters":{"type":"text"}})") != "match");
  CHECK(outcome(tools, R"({"parameters":{"properties":{"a":{"minLength":-1}}}})") != "match");
}

TEST_CASE("hostile values end in bounded steps and depth") {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "{\"a\":";
  deep += "1" + std::string(20'000, '}');
  CHECK(outcome(compiled(R"({"properties":{"a":{"$ref":"#"}}})"), deep) == "limit");
  // Each level is matched twice, 2^60 times in all.
  std::string doubling;
  for (int i = 0; i < 60; ++i) doubling += "{\"a\":";
  doubling += "1" + std::string(60, '}');
  const Schema exponential = compiled(
      R"({"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["x"]},
                   {"properties":{"a":{"$ref":"#"}},"required":["y"]},{"not":{"type":"object"}},
                   {"allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}]})");
  CHECK(outcome(exponential, doubling) == "limit");
  std::string strings = "[\"" + std::string(5000, 'a') + "\"";
  for (int i = 0; i < 200; ++i) strings += ",\"" + std::string(5000, 'a') + "\"";
  strings += "]";
  CHECK(outcome(compiled(R"({"items":{"pattern":"^(a|aa)+[^a]$"}})"), strings) == "limit");
  // `not` must not turn a search that was given up into a match.
  CHECK(outcome(compiled(R"({"items":{"not":{"pattern":"^(a|aa)+[^a]$"}}})"), strings) == "limit");
}

TEST_CASE("large values are matched within the limits") {
  std::string numbers = "[0";
  for (int i = 1; i < 300'000; ++i) numbers += "," + std::to_string(i);
  numbers += "]";
  CHECK(outcome(compiled(R"({"items":{"type":"integer","minimum":0},"uniqueItems":true})"),
                numbers) == "match");
  numbers.back() = ',';
  numbers += "7.0]";
  CHECK(outcome(compiled(R"({"uniqueItems":true})"), numbers) == "/uniqueItems");
  const std::string picture = "{\"url\":\"data:" + std::string(3U << 20, 'A') + "\"}";
  CHECK(outcome(compiled(R"({"properties":{"url":{"pattern":"^data:","minLength":1000}}})"),
                picture) == "match");
  CHECK(outcome(compiled(R"({"properties":{"url":{"pattern":"^B"}}})"), picture) ==
        "/properties/url/pattern");
  // A search from every place is given up on a slow machine, which is no match either.
  CHECK(outcome(compiled(R"({"properties":{"url":{"pattern":"B"}}})"), picture) != "match");
}

TEST_CASE("the two forms of a body rule are told apart") {
  const auto is_schema = [](std::string_view text) {
    const auto rule = Value::parse(text);
    REQUIRE(rule.has_value());
    return is_json_schema(rule->view());
  };
  CHECK_FALSE(is_schema(R"({"model":"gpt-4"})"));
  CHECK_FALSE(is_schema(R"({"model":{"type":"string"}})"));
  CHECK_FALSE(is_schema(R"({})"));
  CHECK_FALSE(is_schema(R"({"title":"x","format":"json","description":"y","default":1})"));
  CHECK(is_schema(R"({"properties":{"stream":{"const":true}}})"));
  CHECK(is_schema(R"({"model":"x","required":["model"]})"));
  CHECK(is_schema(R"({"$ref":"#/$defs/a"})"));
  CHECK(is_schema(R"({"$schema":"https://json-schema.org/draft/2020-12/schema"})"));
  CHECK(is_schema(R"({"additionalItems":false})"));
  CHECK(is_schema("true"));
}

TEST_CASE("one schema is matched by several threads") {
  const Schema schema = compiled(
      R"({"$defs":{"n":{"type":"integer","multipleOf":3}},"items":{"$ref":"#/$defs/n"},
          "contains":{"const":9},"uniqueItems":true})");
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&schema, &right, t] {
      DocumentParser parser;
      SchemaScratch scratch;
      for (int i = 0; i < 300; ++i) {
        const auto good = parser.parse("[3,9," + std::to_string(12 + i * 3) + "]");
        if (good && schema.matches(good->root(), scratch)) ++right[t];
        const auto bad = parser.parse("[3,9," + std::to_string(13 + i * 3) + "]");
        if (bad && !schema.matches(bad->root(), scratch)) ++right[t];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const int count : right) CHECK(count == 600);
}

}  // namespace
}  // namespace fastgate::json
