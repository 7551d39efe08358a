#include "config/yaml_cursor.h"

#include <string>

#include <doctest/doctest.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

/// One parsed text with all that readers need around it.
struct World {
  explicit World(std::string_view text)
      : sources(files.sources()),
        substitution(sources, diagnostics.secrets()),
        tree(parse_yaml(text).value()) {
    diagnostics.add_file("t.yaml");
  }
  [[nodiscard]] YamlValue root() { return {context, tree.root(), {}}; }
  [[nodiscard]] std::string messages() const {
    std::string out;
    for (const Diagnostic& entry : diagnostics.entries()) out += entry.text() + "\n";
    return out;
  }

  MemoryFiles files{.files = {}, .variables = {{"N", "12"}, {"EMPTY", ""}}};
  Sources sources;
  Diagnostics diagnostics;
  Substitution substitution;
  YamlTree tree;
  std::map<std::string, std::string> substituted;
  ReadContext context{.tree = tree,
                      .file = 0,
                      .folder = "",
                      .diagnostics = diagnostics,
                      .substitution = substitution,
                      .substituted = substituted,
                      .catalog = nullptr};
};

TEST_CASE("unknown fields are told with the nearest known name") {
  World world("timeout: 1\ntimeot: 2\nqqqqq: 3\n");
  YamlMapping fields(world.root(), "proxy");
  std::uint32_t timeout = 0;
  CHECK(fields.read("timeout", timeout, NumberRange{0, 10}));
  CHECK(timeout == 1);
  fields.finish();
  CHECK(world.messages() ==
        "t.yaml:2:1: unknown field `timeot` in proxy; did you mean `timeout`?\n"
        "t.yaml:3:1: unknown field `qqqqq` in proxy\n");
}

TEST_CASE("names that stand twice are told in small and in large mappings") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "f" + std::to_string(i) + ": 1\n";
  text += "f3: 2\nf99: 2\n";
  World world(text);
  const YamlMapping fields(world.root(), "");
  CHECK(world.messages() ==
        "t.yaml:101:1: `f3` stands here twice; the first is at line 4\n"
        "t.yaml:102:1: `f99` stands here twice; the first is at line 100\n");
  std::size_t count = 0;
  fields.for_each([&](std::string_view, Mark, const YamlValue&) { ++count; });
  CHECK(count == 100);
}

TEST_CASE("null is absent, and so is a plain substitution that gives nothing") {
  World world("a:\nb: ~\nc: ${EMPTY}\nd: \"${EMPTY}\"\ne: \"\"\n");
  YamlMapping fields(world.root(), "");
  std::string text = "default";
  CHECK_FALSE(fields.read("a", text));
  CHECK_FALSE(fields.read("b", text));
  CHECK_FALSE(fields.read("c", text));
  CHECK(text == "default");
  CHECK_FALSE(fields.has("a"));
  CHECK_FALSE(fields.has("c"));
  CHECK(fields.read("d", text));
  CHECK(text.empty());
  CHECK(fields.has("e"));
  CHECK(world.messages().empty());
}

TEST_CASE("scalars are typed after substitution, and quoted ones without any are texts") {
  World world("plain: ${N}\nquoted: \"${N}\"\nmixed: ${N}3\nwritten: \"12\"\n");
  YamlMapping fields(world.root(), "");
  std::uint32_t number = 0;
  CHECK(fields.read("plain", number, NumberRange{0, 1000}));
  CHECK(number == 12);
  CHECK(fields.read("mixed", number, NumberRange{0, 1000}));
  CHECK(number == 123);
  CHECK(fields.read("quoted", number, NumberRange{0, 1000}));
  CHECK(number == 12);
  CHECK_FALSE(fields.read("written", number, NumberRange{0, 1000}));
  CHECK(world.messages() ==
        "t.yaml:4:10: `written`: must be a whole number from 0 to 1000, not the text `12`\n");
  CHECK(world.substituted.at("/plain") == "${N}");
}

TEST_CASE("places of substituted values are JSON pointers") {
  World world("a: [{b/c: [x, \"${N}\"]}]\n");
  YamlMapping fields(world.root(), "");
  const auto list = fields.find("a");
  REQUIRE(list);
  for_each_entry(
      *list,
      [](const YamlValue& entry) {
        YamlMapping below(entry, "");
        std::vector<std::string> texts;
        below.read("b/c", texts);
        CHECK(texts == std::vector<std::string>{"x", "12"});
      },
      5);
  REQUIRE(world.substituted.size() == 1);
  CHECK(world.substituted.begin()->first == "/a/5/b~1c/1");
}

TEST_CASE("every reader refuses the wrong type and leaves the value as it was") {
  World world("v: {a: 1}\n");
  YamlMapping fields(world.root(), "");
  const auto value = fields.find("v");
  REQUIRE(value);
  bool flag = true;
  std::int64_t number = 7;
  milliseconds duration{7};
  Bytes size{7};
  std::string text = "7";
  Text secret{.value = "7"};
  Sha256 digest{7};
  CHECK_FALSE(read_value(*value, flag));
  CHECK_FALSE(read_value(*value, number, NumberRange{0, 9}));
  CHECK_FALSE(read_value(*value, duration, DurationRange{milliseconds(0), milliseconds(9)}));
  CHECK_FALSE(read_value(*value, size, SizeRange{Bytes{0}, Bytes{9}}));
  CHECK_FALSE(read_value(*value, text));
  CHECK_FALSE(read_value(*value, secret));
  CHECK_FALSE(read_value(*value, digest));
  CHECK(flag);
  CHECK(number == 7);
  CHECK(duration == milliseconds(7));
  CHECK(size == Bytes{7});
  CHECK(text == "7");
  CHECK(secret.value == "7");
  CHECK(digest == Sha256{7});
  CHECK(world.diagnostics.entries().size() == 7);
}

TEST_CASE("numbers hold their whole range and no more") {
  struct Row {
    std::string_view text;
    bool is_read;
  };
  const Row rows[] = {{"v: -5", true},
                      {"v: 5", true},
                      {"v: -6", false},
                      {"v: 6", false},
                      {"v: 0x1", false},
                      {"v: 1.0", false},
                      {"v: '1'", false},
                      {"v: +1", false},
                      {"v: --1", false},
                      {"v: 1e1", false},
                      {"v: 9223372036854775808", false},
                      {"v: -99999999999999999999", false}};
  for (const Row& row : rows) {
    INFO(row.text);
    World world(row.text);
    YamlMapping fields(world.root(), "");
    std::int32_t number = 0;
    CHECK(fields.read("v", number, NumberRange{-5, 5}) == row.is_read);
    CHECK(world.diagnostics.has_errors() != row.is_read);
  }
}

TEST_CASE("merge keys fill in what is not written") {
  World world(
      "base: &base {a: 1, b: 2}\nuse: {<<: *base, b: 3, c: 4}\nlist: {<<: [{a: 5}, *base]}\n");
  YamlMapping root(world.root(), "");
  const auto shown = [&](std::string_view name) {
    std::string out;
    const auto value = root.find(name);
    const YamlMapping fields(*value, "");
    fields.for_each([&](std::string_view field, Mark, const YamlValue& entry) {
      out += std::string(field) + "=" + std::string(entry.text()) + " ";
    });
    return out;
  };
  CHECK(shown("use") == "b=3 c=4 a=1 ");
  CHECK(shown("list") == "a=5 b=2 ");
  CHECK(world.messages().empty());
}

TEST_CASE("a list entry that is null is told, others are still read") {
  World world("- a\n-\n- b\n");
  std::string seen;
  for_each_entry(world.root(), [&](const YamlValue& entry) { seen += entry.text(); });
  CHECK(seen == "ab");
  CHECK(world.diagnostics.entries().size() == 1);
}

}  // namespace
}  // namespace fastgate::config
