#include "config/yaml_cache.h"

#include <string>

#include <doctest/doctest.h>

#include "config/edit.h"
#include "config/load.h"

namespace fastgate::config {

TEST_CASE("a text is parsed once, whatever the places that ask for it") {
  YamlCache cache;
  const std::string text = "a: [1, 2]\n";
  const ParsedYaml first = cache.parse(text);
  REQUIRE(first.has_value());
  const ParsedYaml again = cache.parse(std::string(text));
  REQUIRE(again.has_value());
  CHECK(first->get() == again->get());
  CHECK((*first)->at((*first)->root()).kind == YamlKind::Mapping);
}

TEST_CASE("a text that differs in a byte is another one, and a broken text stays broken") {
  YamlCache cache;
  const ParsedYaml one = cache.parse("a: 1\n");
  const ParsedYaml two = cache.parse("a: 2\n");
  REQUIRE(one.has_value());
  REQUIRE(two.has_value());
  const YamlTree& tree = **two;
  CHECK(tree.at(tree.next(tree.at(tree.root()).first_child)).text == "2");
  CHECK_FALSE(cache.parse("a: [\n").has_value());
  CHECK_FALSE(cache.parse("a: [\n").has_value());
  CHECK(cache.size() == 2);
}

TEST_CASE("what was not asked for since is forgotten, and a tree in use lives on") {
  YamlCache cache;
  const ParsedYaml kept = cache.parse("a: 1\n");
  const ParsedYaml dropped = cache.parse("b: 2\n");
  cache.forget_unused();
  REQUIRE(cache.parse("a: 1\n").has_value());
  cache.forget_unused();
  CHECK(cache.size() == 1);
  CHECK(cache.parse("a: 1\n")->get() == kept->get());
  CHECK((*dropped)->at((*dropped)->at((*dropped)->root()).first_child).text == "b");
}

TEST_CASE("an edit and the load behind it parse the new text once") {
  YamlCache cache;
  const std::string before = "routes:\n  - {route_id: a, target_host: h}\n";
  const EditFields entry{{"route_id", EditValue::of("b")}, {"target_host", EditValue::of("h")}};
  const auto after = append_entry({before, &cache}, EditList::Routes, entry);
  REQUIRE(after.has_value());
  CHECK(cache.size() == 2);
  Sources sources = Sources::system();
  sources.read_file = [&](const std::string&) { return Result<std::string>(*after); };
  sources.trees = &cache;
  Diagnostics diagnostics;
  CHECK(load("x.yaml", sources, diagnostics).routes.size() == 2);
  CHECK(cache.size() == 2);
}

TEST_CASE("a file that was edited by hand is read anew though its size is the same") {
  YamlCache cache;
  std::string text = "routes: [{route_id: a, target_host: h}]\n";
  Sources sources = Sources::system();
  sources.read_file = [&](const std::string&) { return Result<std::string>(text); };
  sources.trees = &cache;
  Diagnostics diagnostics;
  CHECK(load("x.yaml", sources, diagnostics).routes.at(0).route_id.value == "a");
  text = "routes: [{route_id: b, target_host: h}]\n";
  CHECK(load("x.yaml", sources, diagnostics).routes.at(0).route_id.value == "b");
}

}  // namespace fastgate::config
