#include <string>

#include <doctest/doctest.h>

#include "config/edit.h"
#include "unit/config/edit_fixture.h"

namespace fastgate::config {
namespace {

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

}  // namespace
}  // namespace fastgate::config
