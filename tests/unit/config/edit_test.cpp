#include "config/edit.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

const EditFields kEntry{{"key_id", EditValue::of("fg_new")}, {"rate_limit", EditValue::of(60)}};

EntryPlace key(std::size_t index) {
  return {EditList::Keys, index};
}

std::string appended(std::string_view text, const EditFields& entry = kEntry) {
  const auto result = append_entry(text, EditList::Keys, entry);
  return result ? *result : "error: " + result.error().text;
}

std::string changed(std::string_view text, std::size_t index,
                    const std::vector<FieldChange>& changes) {
  const auto result = change_entry(text, key(index), changes);
  return result ? *result : "error: " + result.error().text;
}

std::string deleted(std::string_view text, std::size_t index) {
  const auto result = delete_entry(text, key(index));
  return result ? *result : "error: " + result.error().text;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

FieldChange set(std::string name, EditValue value) {
  return {std::move(name), std::move(value)};
}
FieldChange removal(std::string name) {
  return {std::move(name), std::nullopt};
}
EditValue json(std::string_view text) {
  return EditValue::from_json(text, Placeholders::Literal).value();
}

TEST_CASE("appending: wherever the list is, however it is written") {
  const struct {
    const char* what;
    const char* before;
    const char* after;
  } rows[] = {
      {"nothing at all", "", "keys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"comments only", "# mine\n", "# mine\n\nkeys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"other fields", "server:\n  port: 1\n",
       "server:\n  port: 1\n\nkeys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"a document's end", "---\na: 1\n...\n",
       "---\na: 1\n\nkeys:\n  - key_id: fg_new\n    rate_limit: 60\n...\n"},
      {"indented by 2", "keys:\n  - key_id: a\nroutes: []\n",
       "keys:\n  - key_id: a\n  - key_id: fg_new\n    rate_limit: 60\nroutes: []\n"},
      {"indented by 0", "keys:\n- key_id: a\n\n# end\n",
       "keys:\n- key_id: a\n- key_id: fg_new\n  rate_limit: 60\n\n# end\n"},
      {"indented by 6", "keys:\n      - key_id: a\n",
       "keys:\n      - key_id: a\n      - key_id: fg_new\n        rate_limit: 60\n"},
      {"comments behind it", "keys:\n  - key_id: a  # one\n    # inside\n  # - key_id: b\n",
       "keys:\n  - key_id: a  # one\n    # inside\n  - key_id: fg_new\n    rate_limit: 60\n"
       "  # - key_id: b\n"},
      {"blank lines between", "keys:\n  - key_id: a\n\n  - key_id: b\n\n\nx: 1\n",
       "keys:\n  - key_id: a\n\n  - key_id: b\n\n  - key_id: fg_new\n    rate_limit: 60\n\n\nx: "
       "1\n"},
      {"no final line end", "keys:\n  - key_id: a",
       "keys:\n  - key_id: a\n  - key_id: fg_new\n    rate_limit: 60"},
      {"empty brackets", "keys: []  # none\nx: 1\n",
       "keys:  # none\n  - key_id: fg_new\n    rate_limit: 60\nx: 1\n"},
      {"empty brackets below", "keys:\n  []\n", "keys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"empty brackets and an anchor", "keys: &k []\nx: *k\n", "error"},
      {"empty brackets with a comment", "keys: [  # none\n]\n",
       "keys: [{key_id: fg_new, rate_limit: 60}  # none\n]\n"},
      {"no value", "keys:  # none\n# more\nx: 1\n",
       "keys:  # none\n  - key_id: fg_new\n    rate_limit: 60\n# more\nx: 1\n"},
      {"null", "x: 1\nkeys: ~\n", "x: 1\nkeys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"flow style", "keys: [{key_id: a}]  # one\n",
       "keys: [{key_id: a}, {key_id: fg_new, rate_limit: 60}]  # one\n"},
      {"flow style over lines", "keys: [\n  {key_id: a},  # one\n  {key_id: b},\n]\nx: 1\n",
       "keys: [\n  {key_id: a},  # one\n  {key_id: b}, {key_id: fg_new, rate_limit: 60},\n]\nx: "
       "1\n"},
      {"a block scalar last",
       "keys:\n  - description: |\n      # no comment\n\n      text\n\n# c\n",
       "keys:\n  - description: |\n      # no comment\n\n      text\n"
       "  - key_id: fg_new\n    rate_limit: 60\n\n# c\n"},
      {"a block scalar that keeps its end", "keys:\n  - description: |+\n      text\n\nx: 1\n",
       "keys:\n  - description: |+\n      text\n\n  - key_id: fg_new\n    rate_limit: 60\nx: 1\n"},
      {"a text over lines", "keys:\n  - description: \"a # b\n      - c\"\nx: 1\n",
       "keys:\n  - description: \"a # b\n      - c\"\n"
       "  - key_id: fg_new\n    rate_limit: 60\nx: 1\n"},
      {"a plain text over lines", "keys:\n  - description: a\n      b#c # d\n",
       "keys:\n  - description: a\n      b#c # d\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"an alias last", "x: &a {key_id: a}\nkeys:\n  - *a\n",
       "x: &a {key_id: a}\nkeys:\n  - *a\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"an anchored list", "keys: &k\n  - key_id: a\nx: 1\n",
       "keys: &k\n  - key_id: a\n  - key_id: fg_new\n    rate_limit: 60\nx: 1\n"},
      {"an empty entry last", "keys:\n  - key_id: a\n  -\nx: 1\n",
       "keys:\n  - key_id: a\n  -\n  - key_id: fg_new\n    rate_limit: 60\nx: 1\n"},
      {"a quoted name", "\"keys\":\n  - key_id: a\n",
       "\"keys\":\n  - key_id: a\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"a byte order mark", "\xef\xbb\xbfkeys: []\n",
       "\xef\xbb\xbfkeys:\n  - key_id: fg_new\n    rate_limit: 60\n"},
      {"a list that is an alias", "x: &k [{a: 1}]\nkeys: *k\n", "error"},
      {"a list in use elsewhere", "keys: &k\n  - a: 1\nx: *k\n", "error"},
      {"a text for a list", "keys: none\n", "error"},
      {"a file in braces", "{keys: []}\n", "error"},
      {"a list for a file", "- 1\n", "error"},
      {"two lists of the name", "keys: []\nx: 1\nkeys: []\n", "error"},
      {"broken YAML", "keys: [\n", "error"},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.what));
    const std::string after = appended(row.before);
    if (std::string_view(row.after) == "error") {
      CHECK(after.starts_with("error: "));
    } else {
      CHECK(after == row.after);
      const bool has_bom = std::string_view(row.before).starts_with('\xef');
      const bool has_lines = std::string_view(row.before).find('\n') != std::string_view::npos;
      if (has_lines && !has_bom) CHECK(appended(with_crlf(row.before)) == with_crlf(row.after));
    }
  }
}

TEST_CASE("what is appended reads back as it was, whatever it holds") {
  const EditFields entry{
      {"route_id", EditValue::of("x")},
      {"looks like a number", EditValue::of("0123")},
      {"text", EditValue::of("a: b # c\n\t\"quoted\" \\ 'x' ü \x7f")},
      {"yes", EditValue::of("no")},
      {"empty", EditValue::of("")},
      {"literal", EditValue::of("${SECRET}")},
      {"reference", EditValue::of("Bearer ${TOKEN:-x}", Placeholders::Kept)},
      {"rest", json(R"({"list": [], "map": {}, "null": null, "bool": true, "float": 1.5e3,
          "deep": [{"a": [1, [2, {"b": "c"}]], "d": {"e": {"f": [[], {}]}}}, "x", {}],
          "texts": ["a", "b, c", "- d", "*", "&", "%", "@", "`", "|", ">", "{", "[", "? a"],
          "long": ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]})")},
  };
  for (const std::string_view before : {"", "keys: [{a: 1}]\n", "keys:\n- a: 1\n"}) {
    INFO(before);
    const std::string after = appended(before, entry);
    CHECK_FALSE(after.starts_with("error"));
    CHECK(after.find("$${SECRET}") != std::string::npos);
    CHECK(after.find("\"Bearer ${TOKEN:-x}\"") != std::string::npos);
  }
  CHECK(appended("", {}) == "keys:\n  - {}\n");
}

constexpr const char* kKeys =
    "# head\n"
    "keys:\n"
    "  # Alice\n"
    "  - key_id: a   # hers\n"
    "    permissions:  # what she may\n"
    "      # first\n"
    "      - chat\n"
    "      - models\n"
    "    rate_limit: 10  # a minute\n"
    "    description: |\n"
    "      # text\n"
    "      more\n"
    "    # burst: 5\n"
    "\n"
    "  # Bob\n"
    "  - {key_id: b, 'rate_limit': 20, permissions: [x, \"y\"]}  # his\n"
    "  -\n"
    "    key_id: ${ID:-c}\n"
    "    source_path:\n"
    "routes: []\n";

std::string keys_with(std::string_view from, std::string_view to) {
  std::string text = kKeys;
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("setting fields: comments, order and spacing of the rest stay") {
  const struct {
    const char* what;
    std::size_t index;
    std::vector<FieldChange> changes;
    const char* from;
    const char* to;
  } rows[] = {
      {"nothing", 0, {}, "", ""},
      {"a scalar", 0, {set("rate_limit", EditValue::of(99))}, "rate_limit: 10", "rate_limit: 99"},
      {"the first field", 0, {set("key_id", EditValue::of("z"))}, "a   # hers", "z   # hers"},
      {"a block by a line",
       0,
       {set("permissions", json(R"(["all"])"))},
       "permissions:  # what she may\n      # first\n      - chat\n      - models\n",
       "permissions: [all]  # what she may\n      # first\n"},
      {"a block by a block",
       0,
       {set("permissions", json(R"([{"a": 1, "b": 2}])"))},
       "      - chat\n      - models\n",
       "      - a: 1\n        b: 2\n"},
      {"a line by a block",
       0,
       {set("rate_limit", json(R"({"per": {"minute": 5}})"))},
       "rate_limit: 10  # a minute\n",
       "rate_limit:  # a minute\n      per:\n        minute: 5\n"},
      {"a block scalar by a line",
       0,
       {set("description", EditValue::of("short"))},
       "|\n      # text\n      more\n",
       "short\n"},
      {"a new field",
       0,
       {set("burst", EditValue::of(5))},
       "    # burst: 5\n",
       "    burst: 5\n    # burst: 5\n"},
      {"a new block",
       0,
       {set("x", json(R"({"z": [1]})"))},
       "    # burst: 5\n",
       "    x:\n      z: [1]\n    # burst: 5\n"},
      {"in braces",
       1,
       {set("rate_limit", EditValue::of(5))},
       "'rate_limit': 20",
       "'rate_limit': 5"},
      {"a map in braces",
       1,
       {set("permissions", json(R"({"a": [1, 2]})"))},
       "[x, \"y\"]",
       "{a: [1, 2]}"},
      {"a new one in braces", 1, {set("burst", EditValue::of(5))}, "\"y\"]}", "\"y\"], burst: 5}"},
      {"an empty one",
       2,
       {set("source_path", EditValue::of("s"))},
       "source_path:",
       "source_path: s"},
      {"an empty one, with a block",
       2,
       {set("source_path", json(R"({"a": 1})"))},
       "source_path:\n",
       "source_path:\n      a: 1\n"},
      {"one behind the empty one",
       2,
       {set("m", EditValue::of(1))},
       "source_path:\n",
       "source_path:\n    m: 1\n"},
      {"a value from outside", 2, {set("key_id", EditValue::of("d"))}, "${ID:-c}", "d"},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.what));
    const std::string expected = keys_with(row.from, row.to);
    CHECK(changed(kKeys, row.index, row.changes) == expected);
    CHECK(changed(with_crlf(kKeys), row.index, row.changes) == with_crlf(expected));
  }
}

TEST_CASE("removing fields") {
  const struct {
    const char* what;
    std::size_t index;
    std::vector<FieldChange> changes;
    const char* from;
    const char* to;
  } rows[] = {
      {"one that is not there", 0, {removal("x")}, "", ""},
      {"a line", 0, {removal("rate_limit")}, "    rate_limit: 10  # a minute\n", ""},
      {"a block",
       0,
       {removal("permissions")},
       "    permissions:  # what she may\n      # first\n      - chat\n      - models\n",
       ""},
      {"the last",
       0,
       {removal("description")},
       "    description: |\n      # text\n      more\n",
       ""},
      {"the first, with its comment kept",
       0,
       {removal("key_id")},
       "- key_id: a   # hers",
       "-   # hers"},
      {"the first two",
       0,
       {removal("key_id"), removal("permissions")},
       "- key_id: a   # hers\n    permissions:  # what she may\n      # first\n      - chat\n"
       "      - models\n",
       "-   # hers\n"},
      {"the last, and a new one",
       0,
       {removal("description"), set("m", EditValue::of(1))},
       "    description: |\n      # text\n      more\n",
       "    m: 1\n"},
      {"all",
       0,
       {removal("key_id"), removal("permissions"), removal("rate_limit"), removal("description")},
       "key_id: a   # hers\n    permissions:  # what she may\n      # first\n      - chat\n"
       "      - models\n    rate_limit: 10  # a minute\n    description: |\n      # text\n"
       "      more\n",
       "{}\n"},
      {"all but new ones",
       2,
       {removal("key_id"), removal("source_path"), set("a", EditValue::of(1)),
        set("b", EditValue::of(2))},
       "key_id: ${ID:-c}\n    source_path:\n",
       "a: 1\n    b: 2\n"},
      {"the first of two on their own lines", 2, {removal("key_id")}, "    key_id: ${ID:-c}\n", ""},
      {"in braces, the first", 1, {removal("key_id")}, "key_id: b, ", ""},
      {"in braces, the middle", 1, {removal("rate_limit")}, "'rate_limit': 20, ", ""},
      {"in braces, the last", 1, {removal("permissions")}, ", permissions: [x, \"y\"]", ""},
      {"in braces, two",
       1,
       {removal("rate_limit"), removal("permissions")},
       ", 'rate_limit': 20, permissions: [x, \"y\"]",
       ""},
      {"in braces, one and a new one",
       1,
       {removal("permissions"), set("m", EditValue::of(1))},
       "permissions: [x, \"y\"]",
       "m: 1"},
      {"in braces, all but a new one",
       1,
       {removal("key_id"), removal("rate_limit"), removal("permissions"),
        set("m", EditValue::of(1))},
       "key_id: b, 'rate_limit': 20, permissions: [x, \"y\"]",
       "m: 1"},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.what));
    const std::string expected = keys_with(row.from, row.to);
    CHECK(changed(kKeys, row.index, row.changes) == expected);
    CHECK(changed(with_crlf(kKeys), row.index, row.changes) == with_crlf(expected));
  }
  CHECK(changed("keys:\n  - a: 1\n    b: 2\n", 0, {removal("a")}) == "keys:\n  - b: 2\n");
}

TEST_CASE("replacing an entry keeps what stays the same") {
  const auto replaced = replace_entry(kKeys, key(0),
                                      {{"description", EditValue::of("# text\nmore\n")},
                                       {"rate_limit", EditValue::of(11)},
                                       {"key_id", EditValue::of("a")},
                                       {"burst", EditValue::of(1)}});
  REQUIRE(replaced);
  std::string expected = keys_with("rate_limit: 10", "rate_limit: 11");
  const std::string gone =
      "    permissions:  # what she may\n      # first\n      - chat\n      - models\n";
  expected.erase(expected.find(gone), gone.size());
  expected.insert(expected.find("    # burst"), "    burst: 1\n");
  CHECK(*replaced == expected);

  const char* odd = "x: &x {a: 1}\nkeys:\n  - *x\n  - # none\n  - text\n";
  CHECK(replace_entry(odd, key(0), kEntry).value() ==
        "x: &x {a: 1}\nkeys:\n  - key_id: fg_new\n    rate_limit: 60\n  - # none\n  - text\n");
  CHECK(replace_entry(odd, key(2), kEntry).value() ==
        "x: &x {a: 1}\nkeys:\n  - *x\n  - # none\n  - key_id: fg_new\n    rate_limit: 60\n");
  CHECK_FALSE(replace_entry(odd, key(3), kEntry));
  CHECK(replace_entry("keys: [a, b]\n", key(0), kEntry).value() ==
        "keys: [{key_id: fg_new, rate_limit: 60}, b]\n");
}

TEST_CASE("deleting entries leaves the comments around them") {
  CHECK(deleted(kKeys, 0) ==
        keys_with("  - key_id: a   # hers\n    permissions:  # what she may\n      # first\n"
                  "      - chat\n      - models\n    rate_limit: 10  # a minute\n"
                  "    description: |\n      # text\n      more\n    # burst: 5\n",
                  ""));
  CHECK(deleted(kKeys, 1) ==
        keys_with("  - {key_id: b, 'rate_limit': 20, permissions: [x, \"y\"]}  # his\n", ""));
  CHECK(deleted(kKeys, 2) == keys_with("  -\n    key_id: ${ID:-c}\n    source_path:\n", ""));
  CHECK(deleted(kKeys, 3).starts_with("error: "));
  const std::pair<const char*, const char*> rows[] = {
      {"keys:  # all\n  - a: 1\nx: 1\n", "keys: []  # all\nx: 1\n"},
      {"keys: &k  # all\n- a: 1\n", "keys: &k []  # all\n"},
      {"keys: [{a: 1}]\n", "keys: []\n"},
      {"keys: [ {a: 1} , ]\n", "keys: []\n"},
      {"keys:\n  - a: 1\n\n  - b: 1\n\n  - c: 1\n", "keys:\n  - b: 1\n\n  - c: 1\n"},
      {"x: 1\n\nkeys:\n  - a: 1\n", "x: 1\n\nkeys: []\n"},
      {"keys:\n  - a: 1\n  - b: 1", "keys:\n  - a: 1"},
      {"keys:\n  - - 1\n    - 2\n  - b: 1\n", "keys:\n  - b: 1\n"},
      {"keys:\n  - &a {b: 1}\n  - *a\n", "error"},
      {"keys:\n  -\n  - b: 1\n", "keys:\n  - b: 1\n"},
  };
  for (const auto& [before, after] : rows) {
    INFO(std::string(before));
    if (std::string_view(after) == "error") {
      CHECK(deleted(before, 0).starts_with("error: "));
    } else {
      const std::size_t index = std::string_view(before).ends_with("b: 1") ? 1 : 0;
      CHECK(deleted(before, index) == after);
    }
  }
  CHECK(deleted("keys: [{a: 1}, {b: 2}, {c: 3}]\n", 1) == "keys: [{a: 1}, {c: 3}]\n");
  CHECK(deleted("keys: [{a: 1}, {b: 2}, {c: 3}]\n", 2) == "keys: [{a: 1}, {b: 2}]\n");
  CHECK(deleted("keys:\n  - a: 1\n\n  - b: 1\n\n  - c: 1\n", 1) == "keys:\n  - a: 1\n\n  - c: 1\n");
}

TEST_CASE("creating and deleting over and over does not make the file grow") {
  const std::string start = "# mine\n\nkeys:\n  - a: 1\n\n  - b: 2\n\nx: 1\n";
  std::string text = start;
  for (int i = 0; i < 5; ++i) {
    text = appended(text);
    CHECK(text.size() > start.size());
    text = deleted(text, 2);
  }
  CHECK(text == start);
}

TEST_CASE("an edit that would do more than it says is refused") {
  // The anchor is used elsewhere.
  const char* shared = "keys:\n  - a: &x [1]\n  - a: *x\n";
  CHECK(changed(shared, 0, {set("a", EditValue::of(1))}).starts_with("error: "));
  CHECK(changed(shared, 1, {set("a", EditValue::of(1))}) == "keys:\n  - a: &x [1]\n  - a: 1\n");
  CHECK(
      changed("keys:\n  - ? [a]\n    : 1\n", 0, {set("a", EditValue::of(2))}).starts_with("error"));
  CHECK(changed("keys:\n  - [a: 1]\n", 0, {set("a", EditValue::of(2))}).starts_with("error"));
  CHECK(changed("keys:\n  - a: 1\n", 0, {set("a", EditValue::of(2)), removal("a")})
            .starts_with("error: "));
  CHECK(changed("keys:\n  - a: 1\n    a: 2\n", 0, {set("a", EditValue::of(3))}) !=
        "keys:\n  - a: 3\n    a: 2\n");
  CHECK(changed("keys:\n  - a: 1\n", 1, {}).starts_with("error: `keys` has no entry 2"));
}

TEST_CASE("entries are found by a field or by their place") {
  const auto by_name = [](std::string_view name, std::string_view value) {
    const auto place = find_entry(kKeys, EditList::Keys, name, value).value();
    return place ? static_cast<int>(place->index) : -1;
  };
  CHECK(by_name("key_id", "a") == 0);
  CHECK(by_name("rate_limit", "20") == 1);
  CHECK(by_name("key_id", "${ID:-c}") == 2);
  CHECK(by_name("key_id", "c") == -1);
  CHECK(by_name("permissions", "chat") == -1);
  CHECK_FALSE(find_entry(kKeys, EditList::Upstreams, "name", "a").value());
  CHECK_FALSE(find_entry("", EditList::Keys, "name", "a").value());
  CHECK_FALSE(find_entry("keys: [", EditList::Keys, "name", "a"));
  CHECK(entry_at(kKeys, EditList::Keys, {0, 4, 5}).value()->index == 0);
  CHECK(entry_at(kKeys, EditList::Keys, {0, 18, 5}).value()->index == 2);
  CHECK_FALSE(entry_at(kKeys, EditList::Keys, {0, 4, 4}).value());
}

TEST_CASE("JSON that is no value of an entry is refused") {
  for (const char* text : {"", "{", "nope", "{\"a\": 1, \"a\": 2}", "[1] 2"}) {
    INFO(std::string(text));
    CHECK_FALSE(EditValue::from_json(text, Placeholders::Literal));
  }
  const std::string deep = std::string(70, '[') + std::string(70, ']');
  CHECK_FALSE(EditValue::from_json(deep, Placeholders::Literal));
}

}  // namespace
}  // namespace fastgate::config
