#include "config/yaml_parser.h"

#include <string>

#include <doctest/doctest.h>

#include "unit/config/yaml_fixture.h"

namespace fastgate::config {
namespace {

struct Row {
  std::string_view text;
  std::string_view tree;
};

template <std::size_t N>
void check_all(const Row (&rows)[N]) {
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(parsed(row.text) == row.tree);
  }
}

TEST_CASE("block style: what belongs to what is told by the indentation") {
  const Row rows[] = {
      {"a:\n  b:\n    c: 1\n  d: 2\ne: 3\n", "{a:{b:{c:1} d:2} e:3}"},
      {"a:\n- 1\n- 2\nb: 3\n", "{a:[1 2] b:3}"},
      {"a:\n  - 1\n\n  # between\n  - 2\n# behind\nb: 3\n", "{a:[1 2] b:3}"},
      {"- - 1\n  - 2\n- - - 3\n", "[[1 2] [[3]]]"},
      {"- a: 1\n  b:\n  - 2\n-\n  c: 3\n- \n", "[{a:1 b:[2]} {c:3} ~]"},
      {"a:\nb:\n  \nc:", "{a:~ b:~ c:~}"},
      {"? a\n: 1\n? b\n? - c\n: - d\n", "{a:1 b:~ [c]:[d]}"},
      {"a:   # comment\n    b: 1 # more\n", "{a:{b:1}}"},
      {"a: 1\r\nb:\r\n- 2\r\n", "{a:1 b:[2]}"},
      {"a:\tb\n-1: -\tc\n",
       "2:5 not valid YAML: a list or mapping that must begin on a line of its own"},
      {"a: b\n c: d\n",
       "2:3 not valid YAML: a `:` where no field can begin; a value that holds `: ` must stand in "
       "quotes"},
      {"a: b: c\n",
       "1:5 not valid YAML: a `:` where no field can begin; a value that holds `: ` must stand in "
       "quotes"},
      {"a: - b\n", "1:4 not valid YAML: a list or mapping that must begin on a line of its own"},
      {"a: 1\n  b: 2\n",
       "2:4 not valid YAML: a `:` where no field can begin; a value that holds `: ` must stand in "
       "quotes"},
      {"a:\n  b: 1\n c: 2\n",
       "3:2 not valid YAML: a field that is indented more than those before it"},
      {"- a\nb: 1\n", "2:1 not valid YAML: what stands here is indented like nothing above it"},
      {"a: 1\n- b\n", "2:1 not valid YAML: an entry of a list among the fields of a mapping"},
      {"a: 1\nb\n", "2:2 not valid YAML: a field without a `: ` behind its name"},
      {"a: 1\n: b\n", "2:1 not valid YAML: a field without a name"},
      {"\"a\": 1\n\"b\nc\": 2\n",
       "2:1 not valid YAML: a quoted text that begins here and has no end, or goes on in a line "
       "that is not indented enough"},
      {"a:\n\tb: 1\n", "2:2 not valid YAML: a tab in what indents the line; use spaces"},
      {"-\ta: 1\n",
       "1:4 not valid YAML: a `:` where no field can begin; a value that holds `: ` must stand in "
       "quotes"},
      {"[a]: 1\n", "1:4 a field's name must be a text"},
  };
  check_all(rows);
}

TEST_CASE("flow style, as in JSON and beyond") {
  const Row rows[] = {
      {"[]", "[]"},
      {"{}", "{}"},
      {"{\n\t\"a\": [1,2],\n\t\"b\": {}\n}\n", "{'a':[1 2] 'b':{}}"},
      {"{\"a\":1, 'b' :2, c: 3, d, e:}", "{'a':1 'b':2 c:3 d:~ e:~}"},
      {"{a:1}", "{a:1:~}"},
      {"{a:[1]}", "{a:[1]}"},
      {"{a\n: 1,\n? b : 2,}", "{a:1 b:2}"},
      {"[a: 1, \"b\":2, ? c : 3, d: ]", "[{a:1} {'b':2} {c:3} {d:~}]"},
      {"[a,\n# comment\n b c\n  d, ]", "[a b c d]"},
      // Addresses and ports need no quotes, here as little as outside brackets.
      {"[127.0.0.1, ::1, ::1/128, :8000, fe80::1]", "[127.0.0.1 ::1 ::1/128 :8000 fe80::1]"},
      {"- ::1\n- :8000\n", "[::1 :8000]"},
      {"[http://a/b?c=d#e, -1, a?b, -, ]",
       "1:29 not valid YAML: a `-` where a value must begin; a text stands in quotes here"},
      {"[http://a/b?c=d#e, -1, a?b, ?c]", "[http://a/b?c=d#e -1 a?b ?c]"},
      {"keys: [\n  1\n]\nb: 2\n", "{keys:[1] b:2}"},
      {"[&x a, *x, &y , !!str 1]", "[a a ~ '1']"},
      {"[a b: c\n d]", "[{a b:c d}]"},
      {"[a\n: b]", "2:1 not valid YAML: no `,` or `]` behind an entry of a list"},
      {"[a,,b]",
       "1:4 not valid YAML: a `,` where a value must begin; a text stands in quotes here"},
      {"[,]", "1:2 not valid YAML: a `,` where a value must begin; a text stands in quotes here"},
      {"{: a}", "1:2 not valid YAML: a `:` where a value must begin; a text stands in quotes here"},
      {"a: {b: [1, 2}\n", "1:13 not valid YAML: no `,` or `]` behind an entry of a list"},
      {"a: {b: 1,\nc: [2\n",
       "1:4 not valid YAML: a list or mapping that begins here and is not closed"},
      {"a: [1\n---\n", "1:4 not valid YAML: a list or mapping that begins here and is not closed"},
      {"a: [1] 2\n", "1:8 not valid YAML: more text behind the end of a value"},
      {"[a,#b\n]",
       "1:4 not valid YAML: a `#` where a value must begin; a text stands in quotes here"},
      {"a: {b: ${C}}\n",
       "1:9 not valid YAML: no `,` or `}` behind a field of a mapping (inside `{ }` or `[ ]` a "
       "`${…}` must stand in quotes)"},
  };
  check_all(rows);
}

TEST_CASE("plain and quoted texts, over lines as well") {
  const Row rows[] = {
      {"a: b c  # d\n", "{a:b c}"},
      {"a: b#c\n", "{a:b#c}"},
      {"a: b\n  c\n\n  d\n\n", "{a:b c\nd}"},
      {"a: b\n  - c\n", "{a:b - c}"},
      {"a: b\n  # no more\n  c\n",
       "3:3 not valid YAML: a field that is indented more than those before it"},
      {"a\nb\n", "a b"},
      {"a: @b\n",
       "1:4 not valid YAML: a `@` where a value must begin; a text stands in quotes here"},
      {"a: %b\n",
       "1:4 not valid YAML: a `%` where a value must begin; a text stands in quotes here"},
      {"a: 'it''s'\n", "{a:'it's'}"},
      {"a: '\\n'\n", "{a:'\\n'}"},
      {"a: 'b \n\n  c'\n", "{a:'b\nc'}"},
      {"a: \"b  \n  c\\\n   d\\  \n  e\"\n", "{a:'b cd  e'}"},
      {"a: \"\\t\\x41\\u00e9\\U0001f600\\ud83d\\ude00\\/\\_\"\n",
       "{a:'\tA\u00e9\U0001f600\U0001f600/\u00a0'}"},
      {"a: \"\\ud83d\"\n", "1:7 not valid YAML: an escape that is no character"},
      {"a: \"\\ude00\"\n", "1:7 not valid YAML: an escape that is no character"},
      {"a: \"\\U00110000\"\n", "1:7 not valid YAML: an escape that is no character"},
      {"a: \"\\x4\"\n", "1:7 not valid YAML: an escape that is no character"},
      {"a: \"\\q\"\n",
       "1:5 not valid YAML: an unknown escape: within \"…\" a backslash is written `\\\\`"},
      {"a: \"b\n",
       "1:4 not valid YAML: a quoted text that begins here and has no end, or goes on in a line "
       "that is not indented enough"},
      {"a: \"b\n---\n\"\n",
       "1:4 not valid YAML: a quoted text that begins here and has no end, or goes on in a line "
       "that is not indented enough"},
      {"a: \"b\" c\n", "1:8 not valid YAML: more text behind the end of a value"},
      {"a: 'b'# c\n", "1:7 not valid YAML: more text behind the end of a value"},
      // Line ends of Unicode that YAML 1.1 had are characters like others.
      {"a: b\u2028c # d\u2028e: f\ng: \"h\u0085i\"\n", "{a:b\u2028c g:'h\u0085i'}"},
  };
  check_all(rows);
}

TEST_CASE("texts behind | and >") {
  const Row rows[] = {
      {"a: |\n  b\n   c\n\n  d\ne: 1\n", "{a:'b\n c\n\nd\n' e:1}"},
      {"a: |-\n  b\n\n", "{a:'b'}"},
      {"a: |+\n  b\n\nc: 1\n", "{a:'b\n\n' c:1}"},
      {"a: |\n  b", "{a:'b\n'}"},
      {"a: |\n\nb: >\nc: |+\n\n", "{a:'' b:'' c:'\n'}"},
      {"a: >\n  b\n  c\n\n  d\n   e\n  f\n", "{a:'b c\nd\n e\nf\n'}"},
      {"a: |2 # comment\n   b\n", "{a:' b\n'}"},
      {"- |\n b\n- >-\n c\n", "['b\n' 'c']"},
      {"--- |\nb\n...\n", "'b\n'"},
      {"a: |\n  # text\n # comment\nb: 1\n", "{a:'# text\n' b:1}"},
      {"a: |\r\n  b\r\n  c\r\n", "{a:'b\nc\n'}"},
      {"a: |0\n  b\n",
       "1:5 not valid YAML: what may follow `|` and `>` is `-` or `+`, and a digit for the "
       "indentation"},
      {"a: | b\n", "1:6 not valid YAML: more text behind the end of a value"},
      {"a: |\n\tb\n", "2:1 not valid YAML: a tab in what indents the line; use spaces"},
      {"a: |\n    \n  b\n",
       "3:3 not valid YAML: the first line of a text is indented less than a blank line before it"},
      {"[|\n a]",
       "1:2 not valid YAML: a `|` where a value must begin; a text stands in quotes here"},
  };
  check_all(rows);
}

TEST_CASE("anchors, tags and aliases") {
  const Row rows[] = {
      {"a: &x\n  b: 1\nc: *x\n", "{a:{b:1} c:{b:1}}"},
      {"&x a: &y b\nc: [*x, *y]\n", "{a:b c:[a b]}"},
      {"a: &x 1\nb: &x 2\nc: *x\n", "{a:1 b:2 c:2}"},
      {"a: &x b\n*x : c\n", "{a:b b:c}"},
      {"&m\n&k a: *k\n", "{a:a}"},
      {"a: !!map\n  b: !!seq\n  - !<tag:yaml.org,2002:str> 1\n", "{a:{b:['1']}}"},
      {"a: ! 1\nb: !!str\nc: !!null ''\nd: !!bool true\n", "{a:'1' b:'' c:~ d:true}"},
      {"a: !!map []\n", "1:4 a YAML tag of another kind than its value"},
      {"a: !!seq b\n", "1:4 a YAML tag of another kind than its value"},
      {"a: !!set {}\n", "1:4 an unknown YAML tag"},
      {"a: &x &y b\n", "1:7 not valid YAML: a second anchor or tag before one value"},
      {"a: &x 1\nb: &y *x\n", "2:7 not valid YAML: an alias takes neither anchor nor tag"},
      {"a: &x - b\n", "1:7 not valid YAML: a list or mapping that must begin on a line of its own"},
      {"a: & b\n", "1:5 not valid YAML: an anchor without a name"},
  };
  check_all(rows);
}

TEST_CASE("documents") {
  const Row rows[] = {
      {"%YAML 1.2\n---\na: 1\n...\n# end\n...\n", "{a:1}"},
      {"--- # comment\n- a\n", "[a]"},
      {"--- a\n", "a"},
      {"...\na: 1\n", "{a:1}"},
      {"a: ---\nb: ...\nc: a---\n", "{a:--- b:... c:a---}"},
      {"a: 1\n...\nb: 2\n", "3:1 a second YAML document: a file holds one"},
      {"---\n---\n", "2:1 a second YAML document: a file holds one"},
      {"--- a: 1\n",
       "1:6 not valid YAML: a `:` where no field can begin; a value that holds `: ` must stand in "
       "quotes"},
      {"%YAML 1.2\na: 1\n", "2:1 not valid YAML: a `%` line without a line `---` behind it"},
      {"%YAML 2.0\n---\n", "1:7 not valid YAML: no version of YAML 1"},
      {"%YAML 1.2\n%YAML 1.2\n---\n", "2:1 not valid YAML: a second `%YAML` line"},
      {"%TAG ! tag:a,b:\n---\n",
       "1:1 not valid YAML: a `%TAG` line: tags of one's own mean nothing here"},
      {"# a\rb: 1\n", "1:4 a control character"},
  };
  check_all(rows);
}

TEST_CASE("places are told in bytes, and those of empty values where they would stand") {
  const auto tree = parse_yaml("\xef\xbb\xbf\"\u00e9\": &x\n  - 1\n  -\n\u00e9\u00e9: \u00e9\n");
  REQUIRE(tree);
  const std::uint32_t name = tree->at(tree->root()).first_child;
  const std::uint32_t list = tree->next(name);
  const auto place = [&](std::uint32_t node) {
    return std::to_string(tree->at(node).line) + ":" + std::to_string(tree->at(node).column);
  };
  CHECK(place(name) == "1:1");
  CHECK(place(list) == "1:7");
  CHECK(place(tree->at(list).first_child) == "2:5");
  CHECK(place(tree->next(tree->at(list).first_child)) == "3:4");
  CHECK(place(tree->next(tree->next(list))) == "4:7");
}

}  // namespace
}  // namespace fastgate::config
