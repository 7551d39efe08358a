#include "config/yaml_tree.h"

#include <string>

#include <doctest/doctest.h>

#include "unit/config/yaml_fixture.h"

namespace fastgate::config {
namespace {

TEST_CASE("parse_yaml keeps structure and tells plain scalars from quoted ones") {
  struct Row {
    std::string_view text;
    std::string_view tree;
  };
  const Row rows[] = {
      {"", "~"},
      {"# only a comment\n", "~"},
      {"---\n", "~"},
      {"a: 1\nb: '1'\nc: \"1\"\n", "{a:1 b:'1' c:'1'}"},
      {"a:\nb: ~\nc: null\nd: \"\"\n", "{a:~ b:~ c:~ d:''}"},
      {"- a\n- [b, c]\n- {d: e}\n-\n", "[a [b c] {d:e} ~]"},
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{a:'x\ny\n' b:'x y'}"},
      {"a: !!str 1\nb: !!int \"1\"\n", "{a:'1' b:1}"},
      {"a: \"\\u00e9\\n\\x41\"\n", "{a:'é\nA'}"},
      {"{\"a\":1,\"b\":[true,null]}", "{'a':1 'b':[true ~]}"},
      {"\xef\xbb\xbf"
       "a: 1\n",
       "{a:1}"},
      {"a: &x [1, 2]\nb: *x\nc: [*x, 3]\n", "{a:[1 2] b:[1 2] c:[[1 2] 3]}"},
      {"a: &x 1\nb: [*x, *x]\nc: *x\n", "{a:1 b:[1 1] c:1}"},
      {"a: &x\nb: *x\n", "{a:~ b:~}"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parsed(row.text) == row.tree);
  }
}

TEST_CASE("parse_yaml gives every value its place, counted from 1") {
  const auto tree = parse_yaml("# head\nserver:\n  port: 8000\n  allow: [a, b]\n");
  REQUIRE(tree);
  const std::uint32_t server = tree->next(tree->at(tree->root()).first_child);
  const std::uint32_t port = tree->next(tree->at(server).first_child);
  CHECK(tree->at(port).line == 3);
  CHECK(tree->at(port).column == 9);
  const std::uint32_t list = tree->next(tree->next(port));
  const std::uint32_t second = tree->next(tree->at(list).first_child);
  CHECK(tree->at(second).line == 4);
  CHECK(tree->at(second).column == 14);
}

TEST_CASE("parse_yaml refuses what no configuration needs") {
  struct Row {
    std::string_view text;
    std::string_view failure;
  };
  const Row rows[] = {
      {"a: 1\n---\nb: 2\n", "2:1 a second YAML document: a file holds one"},
      {"a: !thing 1\n", "1:4 an unknown YAML tag"},
      {"a: !thing [1]\n", "1:4 an unknown YAML tag"},
      {"a: !!binary aGk=\n", "1:4 an unknown YAML tag"},
      {"a: &x [*x]\n", "1:8 an alias within the value that it stands for"},
      {"a: &x {b: {c: *x}}\n", "1:15 an alias within the value that it stands for"},
      {"a: *x\n", "1:4 an alias of what has no anchor before it"},
      {"a: b\x04\n", "1:5 a control character"},
      {"a: \xff\n", "1:4 the text is not UTF-8"},
      {"a: \xed\xa0\x80\n", "1:4 the text is not UTF-8"},
      {"a: \xc0\xaf\n", "1:4 the text is not UTF-8"},
      {"a: \xf4\x90\x80\x80\n", "1:4 the text is not UTF-8"},
      {"x: 1\na: \xe4\xbb", "2:4 the text is not UTF-8"},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parsed(row.text) == row.failure);
  }
}

TEST_CASE("parse_yaml takes any UTF-8 text") {
  CHECK(parsed("a: \xf0\x9f\x98\x80 \xe4\xbb\xa3\n") == "{a:\xf0\x9f\x98\x80 \xe4\xbb\xa3}");
}

TEST_CASE("parse_yaml bounds depth, with aliases followed") {
  const std::size_t most = YamlLimits::kMaxDepth;
  CHECK(parse_yaml(std::string(most, '[') + std::string(most, ']')));
  const std::string too_deep = std::string(most + 1, '[') + std::string(most + 1, ']');
  REQUIRE_FALSE(parse_yaml(too_deep));
  CHECK(parse_yaml(too_deep).error().message == "values nested too deep");

  // Each level is shallow, but its alias brings the depth of the one before along.
  std::string chain = "l0: &l0 [x]\n";
  for (int i = 1; i < 100; ++i) {
    const std::string name = "l" + std::to_string(i);
    chain += name + ": &" + name + " [*l" + std::to_string(i - 1) + "]\n";
  }
  REQUIRE_FALSE(parse_yaml(chain));
  CHECK(parse_yaml(chain).error().message == "values nested too deep");
}

TEST_CASE("parse_yaml bounds what aliases stand for") {
  std::string bomb = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string below = "*l" + std::to_string(i - 1);
    bomb += "l" + std::to_string(i) + ": &l" + std::to_string(i) + " [" + below;
    for (int n = 1; n < 10; ++n) bomb += ", " + below;
    bomb += "]\n";
  }
  REQUIRE_FALSE(parse_yaml(bomb));
  CHECK(parse_yaml(bomb).error().message == "aliases grow beyond what is allowed");

  // One long text, named many times, weighs as much.
  std::string texts = "a: &a " + std::string(1U << 20, 'x') + "\nb:\n";
  for (int i = 0; i < 300; ++i) texts += "  - *a\n";
  REQUIRE_FALSE(parse_yaml(texts));
  CHECK(parse_yaml(texts).error().message == "aliases grow beyond what is allowed");
}

TEST_CASE("texts stay where they are when the arena grows") {
  TextArena arena;
  const std::string_view first = arena.keep("first");
  const std::string large(200'000, 'x');
  CHECK(arena.keep(large) == large);
  for (int i = 0; i < 100'000; ++i) static_cast<void>(arena.keep("0123456789"));
  CHECK(first == "first");
  CHECK(arena.keep("").empty());
}

}  // namespace
}  // namespace fastgate::config
