#include "json/field_patch.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"
#include "json/document.h"
#include "json/equality.h"
#include "json/text_scanner.h"
#include "json/value.h"

namespace fastgate::json {
namespace {

std::string applied(const FieldChanges& changes, std::string_view text,
                    std::span<const std::string_view> texts = {}) {
  const auto patch = FieldPatch::compile(changes);
  REQUIRE(patch.has_value());
  const auto result = patch->apply(text, texts);
  if (!result) return "error: " + result.error().text;
  std::string out = "kept ";
  result->append_to(out);
  CHECK(out.size() == 5 + result->size());
  return out.substr(5);
}

TEST_CASE("fields are added, replaced and removed, all else stays") {
  struct Row {
    FieldChanges changes;
    std::string_view text, expected;
  };
  const FieldChanges set_a{.add = {{"a", "9"}}, .remove = {}, .placeholders = {}};
  const FieldChanges drop_a{.add = {}, .remove = {"a"}, .placeholders = {}};
  const FieldChanges drop_ab{.add = {}, .remove = {"a", "b"}, .placeholders = {}};
  const FieldChanges both{
      .add = {{"z", "{\"k\": [1]}"}, {"a", "\"x\""}}, .remove = {"b"}, .placeholders = {}};
  const Row rows[] = {
      {set_a, R"({})", R"({"a":9})"},
      {set_a, R"( { } )", R"( {"a":9 } )"},
      {set_a, R"({"a" : 1 , "b":2})", R"({"a" : 9 , "b":2})"},
      {set_a, R"({"b": 1.50e+3, "c":"\u0041" })", R"({"b": 1.50e+3, "c":"\u0041","a":9 })"},
      {set_a, R"({"\u0061":1})", R"({"\u0061":9})"},
      {set_a, R"({"\ud83d":"\ude00\\"})", R"({"\ud83d":"\ude00\\","a":9})"},
      {set_a, R"({"a":1, "b":2, "a":3})", R"({"b":2, "a":9})"},
      {set_a, R"({"a":1, "a":2 })", R"({"a":9 })"},
      {set_a, R"({"x":{"a":1},"b":1,"b":2})", R"({"x":{"a":1},"b":1,"b":2,"a":9})"},
      {drop_a, R"({"a":1})", R"({})"},
      {drop_a, R"({ "a":1 })", R"({  })"},
      {drop_a, R"({"a":1, "b":2})", R"({"b":2})"},
      {drop_a, R"({ "b":2 , "a":1 })", R"({ "b":2 })"},
      {drop_a, R"({"b":2 , "a":1 , "c":3})", R"({"b":2 , "c":3})"},
      {drop_a, R"({"a":1,"b":2,"a":[{"a":1}],"a":0})", R"({"b":2})"},
      {drop_a, R"({"A":1})", R"({"A":1})"},
      {drop_a, R"([1]x)", "error: malformed JSON: the text is not an object at byte 1"},
      {drop_ab, R"({"a":1,"b":2,"c":3})", R"({"c":3})"},
      {drop_ab, R"({"c":3,"a":1,"b":2})", R"({"c":3})"},
      {drop_ab, R"({"a":1,"c":3, "b":2})", R"({"c":3})"},
      {drop_ab, R"({"b":1, "a":2})", R"({})"},
      {both, R"({"b":1})", R"({"z":{"k": [1]},"a":"x"})"},
      {both, R"({"a":1,"b":{}})", R"({"a":"x","z":{"k": [1]}})"},
      {both, R"({"b":1,"a":2,"q":0,"b":3})", R"({"a":"x","q":0,"z":{"k": [1]}})"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(applied(row.changes, row.text) == row.expected);
  }
}

TEST_CASE("what is no JSON object is refused") {
  const FieldChanges changes{.add = {{"a", "1"}}, .remove = {}, .placeholders = {}};
  for (const std::string_view text : {"",
                                      " ",
                                      "[]",
                                      "1",
                                      "null",
                                      "{",
                                      "{}}",
                                      "{} x",
                                      R"({"a":1,})",
                                      R"({"a" 1})",
                                      R"({"a":})",
                                      R"({a:1})",
                                      R"({"a":01})",
                                      R"({"a":1.})",
                                      R"({"a":+1})",
                                      R"({"a":tru})",
                                      R"({"a":[1,]})",
                                      R"({"a":[1})",
                                      R"({"a":{"b"}})",
                                      R"({"a":"\x"})",
                                      R"({"a":"\ud80"})",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\xFF\"}",
                                      R"({,"a":1})",
                                      R"({"a":1 "b":2})",
                                      R"({"a":")",
                                      R"({"a":"\)"}) {
    INFO(text);
    CHECK(applied(changes, text).starts_with("error: malformed JSON"));
    DocumentParser parser;
    const auto parsed = parser.parse(text);
    CHECK((!parsed.has_value() || !parsed->root().is(Kind::Object)));
  }
  const std::string deep = R"({"a":)" + std::string(511, '[') + std::string(511, ']') + "}";
  CHECK_FALSE(applied(changes, deep).starts_with("error"));
  const std::string deeper = R"({"a":)" + std::string(512, '[') + std::string(512, ']') + "}";
  CHECK(applied(changes, deeper).starts_with("error"));
}

TEST_CASE("a field that repeats absurdly often is refused, not kept in memory") {
  std::string text = R"({"a":0)";
  for (std::size_t i = 0; i < FieldPatch::kMaxTouched; ++i) text += R"(,"a":0)";
  text += "}";
  const FieldChanges changes{.add = {{"a", "1"}}, .remove = {}, .placeholders = {}};
  CHECK(applied(changes, text).starts_with("error"));
}

TEST_CASE("placeholders are escaped and stand in strings only") {
  const FieldChanges changes{
      .add = {{"meta", R"({"ip": "<{client_ip}>", "{key_id}": "{other} {client_ip", "n": {}})"}},
      .remove = {},
      .placeholders = {"client_ip", "key_id", "source_path"}};
  const auto patch = FieldPatch::compile(changes);
  REQUIRE(patch.has_value());
  CHECK(patch->uses_placeholder(0));
  CHECK(patch->uses_placeholder(1));
  CHECK_FALSE(patch->uses_placeholder(2));
  const std::vector<std::string_view> texts{"a\",\"x\":\"\\\n", "fg_1", "/s"};
  CHECK(applied(changes, "{}", texts) ==
        R"({"meta":{"ip": "<a\",\"x\":\"\\\n>", "fg_1": "{other} {client_ip", "n": {}}})");
  CHECK(applied(changes, "{}") == R"({"meta":{"ip": "<>", "": "{other} {client_ip", "n": {}}})");
}

TEST_CASE("a placeholder in doubled braces is its text") {
  const struct {
    std::string_view value, expected;
  } rows[] = {
      {R"("{{path}}")", R"("{path}")"},
      {R"("a {{path}}{path}{{key_id}} z")", R"("a {path}/b/a{key_id} z")"},
      {R"(["\"{{path}}\\"])", R"(["\"{path}\\"])"},
      {R"("{{{path}}}")", R"("{{path}}")"},
      {R"("{{path}")", R"("{/b/a")"},
      {R"("{{path} }")", R"("{/b/a }")"},
      {R"("{{other}} {{}} {{pat}} {{paths}}")", R"("{{other}} {{}} {{pat}} {{paths}}")"},
      {R"({"x":{"{{path}}":{}}})", R"({"x":{"{path}":{}}})"},
  };
  for (const auto& row : rows) {
    INFO(row.value);
    const FieldChanges changes{
        .add = {{"t", std::string(row.value)}}, .remove = {}, .placeholders = {"path", "key_id"}};
    const std::vector<std::string_view> texts{"/b/a", "fg_1"};
    CHECK(applied(changes, "{}", texts) == "{\"t\":" + std::string(row.expected) + "}");
  }
  const FieldChanges escaped{
      .add = {{"t", R"("{{path}}")"}}, .remove = {}, .placeholders = {"path"}};
  CHECK_FALSE(FieldPatch::compile(escaped)->uses_placeholder(0));
}

TEST_CASE("changes that contradict each other or are no JSON are configuration errors") {
  const FieldChanges wrong[] = {
      {.add = {{"a", "1"}}, .remove = {"a"}, .placeholders = {}},
      {.add = {{"a", "1"}, {"a", "2"}}, .remove = {}, .placeholders = {}},
      {.add = {}, .remove = {"a", "a"}, .placeholders = {}},
      {.add = {{"a", "{"}}, .remove = {}, .placeholders = {}},
      {.add = {{"a", ""}}, .remove = {}, .placeholders = {}},
  };
  for (const FieldChanges& changes : wrong) {
    const auto patch = FieldPatch::compile(changes);
    REQUIRE_FALSE(patch.has_value());
    CHECK(patch.error().kind == ErrorKind::Config);
    CHECK(patch.error().text.find("'a'") != std::string::npos);
  }
  CHECK(FieldPatch::compile({})->is_empty());
}

/// Makes JSON objects with odd spacing, escapes, numbers and duplicate names.
class TextMaker {
 public:
  explicit TextMaker(std::uint64_t seed) : random_(seed) {}

  struct Made {
    std::string name;
    std::string token, before_colon, value;
  };

  std::string space() { return pick({"", "", "", " ", "\n  ", "\t", " \r\n"}); }

  std::string value(int depth) {
    switch (random_.below(depth > 3 ? 6 : 8)) {
      case 0:
        return pick({"null", "true", "false"});
      case 1:
        return pick({"0", "-0", "1.50", "1E+05", "-12345678901234567890123", "3e-7"});
      case 2:
        return pick({R"("")", R"("a\"}{,")", R"("\u00e9\ud83d\ude00\/")", "\"\xC3\xA9\""});
      case 3:
        return "[" + space() + "]";
      case 4:
        return "{" + space() + "}";
      case 5:
        return R"("plain")";
      case 6:
        return "[" + space() + value(depth + 1) + space() + "," + space() + value(depth + 1) + "]";
      default:
        return "{\"a\"" + space() + ":" + value(depth + 1) + space() + "}";
    }
  }

  Made member() {
    static constexpr std::array<std::array<std::string_view, 2>, 6> kNames{{{"a", R"("a")"},
                                                                            {"a", R"("\u0061")"},
                                                                            {"b", R"("b")"},
                                                                            {"model", R"("model")"},
                                                                            {"c\n", R"("c\n")"},
                                                                            {"", R"("")"}}};
    const auto& name = kNames[random_.below(kNames.size())];
    return {std::string(name[0]), std::string(name[1]), space(), space() + value(0)};
  }

  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  std::string pick(std::vector<std::string> choices) {
    return choices[random_.below(choices.size())];
  }
  FastRandom random_;
};

/// An object as text, and what it is made of.
struct MadeObject {
  std::vector<TextMaker::Made> members;
  std::string text;
};

MadeObject make_object(TextMaker& maker) {
  MadeObject object;
  object.members.resize(maker.below(6));
  object.text = maker.space() + "{" + maker.space();
  for (std::size_t i = 0; i < object.members.size(); ++i) {
    TextMaker::Made& made = object.members[i];
    made = maker.member();
    if (i > 0) object.text += "," + maker.space();
    object.text += made.token + made.before_colon + ":" + made.value + maker.space();
  }
  object.text += "}" + maker.space();
  return object;
}

using IsNamed = std::function<bool(std::string_view name)>;

/// A text's members as they stand in it: the values of those that a change names, and the others.
struct FoundMembers {
  std::map<std::string, std::vector<std::string>> named;
  std::vector<std::string> others;
};

FoundMembers members_of(const std::string& text, const IsNamed& is_named) {
  FoundMembers found;
  TextScanner scanner(text);
  REQUIRE(scanner.begin().has_value());
  MemberPlace place;
  std::string scratch;
  while (*scanner.next(place)) {
    const auto token =
        std::string_view(text).substr(place.name_begin, place.name_end - place.name_begin);
    const std::string name(unescape(token, scratch));
    if (is_named(name)) {
      found.named[name].push_back(
          text.substr(place.value_begin, place.value_end - place.value_begin));
    } else {
      found.others.push_back(text.substr(place.name_begin, place.value_end - place.name_begin));
    }
  }
  return found;
}

/// What is not named reads the same in both texts.
void check_values(const std::string& text, const std::string& result, const IsNamed& is_named) {
  DocumentParser before_parser;
  DocumentParser after_parser;
  const auto before = before_parser.parse(text);
  const auto after = after_parser.parse(result);
  REQUIRE(before.has_value());
  REQUIRE(after.has_value());
  for (const Member member : before->root().members()) {
    if (is_named(member.name)) continue;
    const auto same = after->find(member.name);
    REQUIRE(same.has_value());
    CHECK(equal(*same, *before->find(member.name)));
  }
}

/// The text between members is cut with the member that goes; all other members stay byte for byte.
void check_one(TextMaker& maker, const FieldChanges& changes) {
  const MadeObject object = make_object(maker);
  const std::string& text = object.text;
  INFO(text);
  const IsNamed is_named = [&](std::string_view name) {
    return std::ranges::find(changes.remove, name) != changes.remove.end() ||
           std::ranges::find(changes.add, name, &AddedField::name) != changes.add.end();
  };
  const std::string result = applied(changes, text);
  INFO(result);
  check_values(text, result, is_named);

  // Members without a change: the same tokens in the same order, duplicates too.
  std::vector<std::string> expected;
  for (const TextMaker::Made& made : object.members) {
    if (!is_named(made.name)) expected.push_back(made.token + made.before_colon + ":" + made.value);
  }
  FoundMembers found = members_of(result, is_named);
  CHECK(found.others == expected);
  CHECK(found.named.size() == changes.add.size());
  for (const AddedField& field : changes.add) {
    CHECK(found.named[field.name] == std::vector<std::string>{field.value});
  }
  // The bytes outside of the object, and a text without a named member, stay whole.
  CHECK(result.substr(0, text.find('{') + 1) == text.substr(0, text.find('{') + 1));
  CHECK(result.substr(result.rfind('}')) == text.substr(text.rfind('}')));
  if (expected.size() == object.members.size() && changes.add.empty()) CHECK(result == text);
}

TEST_CASE("property: on generated objects only the named members change") {
  const FieldChanges all[] = {
      {.add = {{"a", "[1, 2]"}}, .remove = {}, .placeholders = {}},
      {.add = {}, .remove = {"a"}, .placeholders = {}},
      {.add = {{"a", "0"}, {"new", "{\"x\" : null}"}}, .remove = {"b"}, .placeholders = {}},
      {.add = {{"", "true"}}, .remove = {"c\n", "model"}, .placeholders = {}},
      {.add = {}, .remove = {"a", "b", "model", "c\n", ""}, .placeholders = {}},
      {.add = {}, .remove = {"absent"}, .placeholders = {}},
  };
  TextMaker maker(20260131);
  for (int round = 0; round < 400; ++round) {
    for (const FieldChanges& changes : all) check_one(maker, changes);
  }
}

}  // namespace
}  // namespace fastgate::json
