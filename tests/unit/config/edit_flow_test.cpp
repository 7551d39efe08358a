// Files in braces, as YAML and as JSON: entries are added, changed and removed, all else stays as
// it was.
#include <string>

#include <doctest/doctest.h>

#include "config/edit.h"
#include "json/document.h"
#include "json/value.h"
#include "unit/config/edit_fixture.h"

namespace fastgate::config {
namespace {

std::string outcome(Result<std::string> edited) {
  return edited ? *edited : "error: " + edited.error().text;
}

struct EditRow {
  const char* what;
  std::string_view before;
  std::string_view after;
};

TEST_CASE("an entry is added to a file in braces") {
  constexpr std::string_view kWritten = "{key_id: fg_new, rate_limit: 60}";
  const EditRow rows[] = {
      {"an empty file", "{}\n", "{\"keys\": [{\"key_id\": \"fg_new\", \"rate_limit\": 60}]}\n"},
      {"an empty list", "{keys: []}\n", "{keys: [{key_id: fg_new, rate_limit: 60}]}\n"},
      {"no value", "{keys: }\n", "{keys: [{key_id: fg_new, rate_limit: 60}] }\n"},
      {"null", "{x: 1, keys: null, y: 2}\n",
       "{x: 1, keys: [{key_id: fg_new, rate_limit: 60}], y: 2}\n"},
      {"no list", "{x: 1}\n", "{x: 1, keys: [{key_id: fg_new, rate_limit: 60}]}\n"},
      {"no list, a comma last", "{x: 1,}\n", "{x: 1, keys: [{key_id: fg_new, rate_limit: 60}],}\n"},
      {"no list, a field a line", "{\n  x: 1,\n  y: [2]   # two\n}\n",
       "{\n  x: 1,\n  y: [2],\n  keys: [{key_id: fg_new, rate_limit: 60}]   # two\n}\n"},
      {"behind the last", "# c\n{keys: [{key_id: a}], x: 1}   # d\n",
       "# c\n{keys: [{key_id: a}, {key_id: fg_new, rate_limit: 60}], x: 1}   # d\n"},
      {"an entry a line", "{keys: [\n   {key_id: a},   # a\n   {key_id: b}\n]}\n",
       "{keys: [\n   {key_id: a},   # a\n   {key_id: b},\n   {key_id: fg_new, rate_limit: 60}\n"
       "]}\n"},
      {"no end of the line", "{keys: []}", "{keys: [{key_id: fg_new, rate_limit: 60}]}"},
      {"JSON", "{\"keys\":[{\"key_id\":\"a\"}]}",
       "{\"keys\":[{\"key_id\":\"a\"}, {\"key_id\": \"fg_new\", \"rate_limit\": 60}]}"},
      {"JSON without the list", "{\n  \"x\": {\n    \"y\": 1\n  }\n}\n",
       "{\n  \"x\": {\n    \"y\": 1\n  },\n  \"keys\": [{\"key_id\": \"fg_new\", \"rate_limit\": "
       "60}]\n}\n"},
      {"JSON, an entry over lines",
       "{\n  \"keys\": [\n    {\n      \"key_id\": \"a\"\n    }\n  ]\n}\n",
       "{\n  \"keys\": [\n    {\n      \"key_id\": \"a\"\n    },\n    {\"key_id\": \"fg_new\", "
       "\"rate_limit\": 60}\n  ]\n}\n"},
  };
  for (const EditRow& row : rows) {
    CAPTURE(row.what);
    CHECK(appended(row.before) == row.after);
    CHECK(appended(with_crlf(row.before)) == with_crlf(row.after));
  }
  CHECK(appended("{x: [1, 2}\n").starts_with("error: "));
  CHECK(appended("&a {keys: []}\n") == "&a {keys: [" + std::string(kWritten) + "]}\n");
}

constexpr std::string_view kJson = R"({
  "server": {"port": 8000},
  "keys": [
    {
      "key_id": "a",
      "rate_limit": 10,
      "permissions": ["x", "y"]
    },
    {"key_id": "b", "description": "é \u00e9 \"", "burst": 1},
    {}
  ],
  "rest": [1, [2, {"a": null}]]
}
)";

/// kJson with one part of it, which stands there once, replaced.
std::string json_with(std::string_view part, std::string_view instead) {
  std::string text(kJson);
  const std::size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.replace(at, part.size(), instead);
}

TEST_CASE("the fields of an entry in a JSON file are changed, and it stays JSON") {
  const auto change = [](std::size_t index, const std::vector<FieldChange>& changes) {
    return outcome(change_entry(kJson, {EditList::Keys, index}, changes));
  };
  CHECK(change(0, {set("rate_limit", EditValue::of(5))}) ==
        json_with("\"rate_limit\": 10", "\"rate_limit\": 5"));
  CHECK(change(0, {set("key_id", EditValue::of("no"))}) ==
        json_with("\"key_id\": \"a\"", "\"key_id\": \"no\""));
  CHECK(change(0, {set("burst", EditValue::of(7))}) ==
        json_with("[\"x\", \"y\"]\n", "[\"x\", \"y\"],\n      \"burst\": 7\n"));
  CHECK(change(0, {removal("rate_limit")}) == json_with("\"rate_limit\": 10,\n      ", ""));
  CHECK(change(0, {removal("permissions")}) ==
        json_with(",\n      \"permissions\": [\"x\", \"y\"]", ""));
  CHECK(
      change(1, {removal("burst"), set("x", EditValue::of(std::vector<std::string>{"p", "q"}))}) ==
      json_with("\"burst\": 1}", "\"x\": [\"p\", \"q\"]}"));
  CHECK(change(2, {set("key_id", EditValue::of("c"))}) == json_with("{}", "{\"key_id\": \"c\"}"));
  for (const std::size_t index : {0U, 1U, 2U}) {
    const std::string after = change(index, {set("added", EditValue::of("text"))});
    CHECK(json::Value::parse(after).has_value());
  }
}

TEST_CASE("entries of a file in braces are removed") {
  const auto without = [](std::size_t index) {
    return outcome(delete_entry(kJson, {EditList::Keys, index}));
  };
  CHECK(without(1) ==
        json_with("{\"key_id\": \"b\", \"description\": \"é \\u00e9 \\\"\", \"burst\": 1},\n    ",
                  ""));
  CHECK(without(2) == json_with(",\n    {}", ""));
  CHECK(outcome(delete_entry("{keys: [{a: 1}], x: 1}", {EditList::Keys, 0})) == "{keys: [], x: 1}");
  for (const std::size_t index : {0U, 1U, 2U}) {
    CHECK(json::Value::parse(without(index)).has_value());
  }
  CHECK(outcome(delete_entry(kJson, {EditList::Keys, 3})).starts_with("error: "));
}

TEST_CASE("entries come and go, and a JSON file is JSON after each") {
  std::string text = "{\n  \"keys\": []\n}\n";
  for (int i = 0; i < 20; ++i) {
    const EditFields entry{{"key_id", EditValue::of("k" + std::to_string(i))},
                           {"description", EditValue::of("a, b: \"c\" # {d}\n")},
                           {"allowed_models", EditValue::of(std::vector<std::string>{"yes", "1"})}};
    text = outcome(append_entry(text, EditList::Keys, entry));
    REQUIRE(json::Value::parse(text).has_value());
  }
  for (std::size_t left = 20; left > 0; --left) {
    const EntryPlace place{EditList::Keys, left * 7 % left};
    text = outcome(change_entry(text, place, {set("burst", EditValue::of(left))}));
    REQUIRE(json::Value::parse(text).has_value());
    text = outcome(delete_entry(text, place));
    REQUIRE(json::Value::parse(text).has_value());
  }
  CHECK(text == "{\n  \"keys\": []\n}\n");
}

}  // namespace
}  // namespace fastgate::config
