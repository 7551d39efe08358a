#include <string>

#include <doctest/doctest.h>

#include "config/edit.h"
#include "unit/config/edit_fixture.h"

namespace fastgate::config {
namespace {

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
       "keys: [\n  {key_id: a},  # one\n  {key_id: b},\n  {key_id: fg_new, rate_limit: 60},\n]\nx: "
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

}  // namespace
}  // namespace fastgate::config
