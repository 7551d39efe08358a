#include <string>

#include <doctest/doctest.h>

#include "unit/config/yaml_fixture.h"

namespace fastgate::config {
namespace {

struct TreeRow {
  std::string_view text;
  std::string_view tree;
};

template <std::size_t N>
void check_all(const TreeRow (&rows)[N]) {
  for (const TreeRow& row : rows) {
    INFO(row.text);
    CHECK(parsed(row.text) == row.tree);
  }
}

TEST_CASE("block style: what belongs to what is told by the indentation") {
  const TreeRow rows[] = {
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
       "2:5 not valid YAML: block sequence entries are not allowed in this context"},
      {"a: b\n c: d\n",
       "2:3 not valid YAML: mapping values are not allowed in this context (a value that holds `: "
       "` must stand in quotes)"},
      {"a: b: c\n",
       "1:5 not valid YAML: mapping values are not allowed in this context (a value that holds `: "
       "` must stand in quotes)"},
      {"a: - b\n", "1:4 not valid YAML: block sequence entries are not allowed in this context"},
      {"a: 1\n  b: 2\n",
       "2:4 not valid YAML: mapping values are not allowed in this context (a value that holds `: "
       "` must stand in quotes)"},
      {"a:\n  b: 1\n c: 2\n",
       "3:2 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"- a\nb: 1\n",
       "2:1 not valid YAML: did not find expected '-' indicator while parsing a block collection "
       "that begins in line 1"},
      {"a: 1\n- b\n",
       "2:1 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"a: 1\nb\n",
       "3:1 not valid YAML: could not find expected ':' while scanning a simple key that begins in "
       "line 2"},
      {"a: 1\n: b\n",
       "2:1 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"\"a\": 1\n\"b\nc\": 2\n",
       "3:3 not valid YAML: could not find expected ':' while scanning a simple key that begins in "
       "line 2"},
      {"a:\n\tb: 1\n",
       "2:1 not valid YAML: found character that cannot start any token while scanning for the "
       "next token (a tab: lines are indented by spaces)"},
      {"-\ta: 1\n",
       "1:2 not valid YAML: found character that cannot start any token while scanning for the "
       "next token (a tab: lines are indented by spaces)"},
      {"[a]: 1\n", "{[a]:1}"},
  };
  check_all(rows);
}

TEST_CASE("flow style, as in JSON and beyond") {
  const TreeRow rows[] = {
      {"[]", "[]"},
      {"{}", "{}"},
      {"{\n\t\"a\": [1,2],\n\t\"b\": {}\n}\n", "{'a':[1 2] 'b':{}}"},
      {"{\"a\":1, 'b' :2, c: 3, d, e:}",
       "1:27 not valid YAML: found unexpected ':' while scanning a plain scalar (inside `{ }` or "
       "`[ ]` a text with `:` at an end must stand in quotes)"},
      {"{a:1}", "{a:1:~}"},
      {"{a:[1]}",
       "1:3 not valid YAML: found unexpected ':' while scanning a plain scalar (inside `{ }` or `[ "
       "]` a text with `:` at an end must stand in quotes)"},
      {"{a\n: 1,\n? b : 2,}",
       "2:1 not valid YAML: did not find expected ',' or '}' while parsing a flow mapping that "
       "begins in line 1"},
      {"[a: 1, \"b\":2, ? c : 3, d: ]", "[{a:1} {'b':2} {c:3} {d:~}]"},
      {"[a,\n# comment\n b c\n  d, ]", "[a b c d]"},
      {"[127.0.0.1, ::1, ::1/128, :8000, fe80::1]",
       "1:13 not valid YAML: did not find expected node content while parsing a flow node (inside "
       "`{ }` or `[ ]` a text with `:` at an end must stand in quotes)"},
      {"- ::1\n- :8000\n", "[::1 :8000]"},
      {"[http://a/b?c=d#e, -1, a?b, -, ]", "[http://a/b?c=d#e -1 a?b -]"},
      {"keys: [\n  1\n]\nb: 2\n", "{keys:[1] b:2}"},
      {"[&x a, *x, &y , !!str 1]", "[a a ~ '1']"},
      {"[a b: c\n d]", "[{a b:c d}]"},
      {"[a\n: b]",
       "2:1 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
       "begins in line 1"},
      {"[a,,b]",
       "1:4 not valid YAML: did not find expected node content while parsing a flow node"},
      {"[,]", "1:2 not valid YAML: did not find expected node content while parsing a flow node"},
      {"{: a}",
       "1:2 not valid YAML: did not find expected node content while parsing a flow node (inside "
       "`{ }` or `[ ]` a text with `:` at an end must stand in quotes)"},
      {"a: {b: [1, 2}\n",
       "1:13 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"},
      {"a: {b: 1,\nc: [2\n",
       "3:1 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
       "begins in line 2"},
      {"a: [1\n---\n",
       "2:1 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence that "
       "begins in line 1"},
      {"a: [1] 2\n", "1:8 not valid YAML: did not find expected key while parsing a block mapping"},
      {"[a, #b\n]", "[a]"},
      {"a: {b: ${C}}\n",
       "1:9 not valid YAML: did not find expected ',' or '}' while parsing a flow mapping (inside "
       "`{ }` or `[ ]` a `${…}` must stand in quotes)"},
  };
  check_all(rows);
}

TEST_CASE("plain and quoted texts, over lines as well") {
  const TreeRow rows[] = {
      {"a: b c  # d\n", "{a:b c}"},
      {"a: b#c\n", "{a:b#c}"},
      {"a: b\n  c\n\n  d\n\n", "{a:b c\nd}"},
      {"a: b\n  - c\n", "{a:b - c}"},
      {"a: b\n  # no more\n  c\n",
       "3:3 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"a\nb\n", "a b"},
      {"a: @b\n",
       "1:4 not valid YAML: found character that cannot start any token while scanning for the "
       "next token (a text that begins with it must stand in quotes)"},
      {"a: %b\n",
       "1:4 not valid YAML: found character that cannot start any token while scanning for the "
       "next token (a text that begins with it must stand in quotes)"},
      {"a: 'it''s'\n", "{a:'it's'}"},
      {"a: '\\n'\n", "{a:'\\n'}"},
      {"a: 'b \n\n  c'\n", "{a:'b\nc'}"},
      {"a: \"b  \n  c\\\n   d\\  \n  e\"\n", "{a:'b cd  e'}"},
      {"a: \"\\t\\x41\\u00e9\\U0001f600\\ud83d\\ude00\\/\\_\"\n",
       "1:29 not valid YAML: found invalid Unicode character escape code while parsing a quoted "
       "scalar"},
      {"a: \"\\ud83d\"\n",
       "1:7 not valid YAML: found invalid Unicode character escape code while parsing a quoted "
       "scalar"},
      {"a: \"\\ude00\"\n",
       "1:7 not valid YAML: found invalid Unicode character escape code while parsing a quoted "
       "scalar"},
      {"a: \"\\U00110000\"\n",
       "1:7 not valid YAML: found invalid Unicode character escape code while parsing a quoted "
       "scalar"},
      {"a: \"\\x4\"\n",
       "1:7 not valid YAML: did not find expected hexdecimal number while parsing a quoted scalar"},
      {"a: \"\\q\"\n",
       "1:5 not valid YAML: found unknown escape character while parsing a quoted scalar"},
      {"a: \"b\n",
       "2:1 not valid YAML: found unexpected end of stream while scanning a quoted scalar that "
       "begins in line 1"},
      {"a: \"b\n---\n\"\n",
       "2:1 not valid YAML: found unexpected document indicator while scanning a quoted scalar "
       "that begins in line 1"},
      {"a: \"b\" c\n",
       "1:8 not valid YAML: did not find expected key while parsing a block mapping"},
      {"a: 'b'# c\n", "{a:'b'}"},
      // Line ends in YAML 1.1, and so for libyaml, but not in YAML 1.2.
      {"a: b\u2028c # d\u2028e: f\ng: \"h\u0085i\"\n",
       "1:5 a line end of Unicode: within \"…\" it is written \\N, \\L or \\P"},
  };
  check_all(rows);
}

TEST_CASE("texts behind | and >") {
  const TreeRow rows[] = {
      {"a: |\n  b\n   c\n\n  d\ne: 1\n", "{a:'b\n c\n\nd\n' e:1}"},
      {"a: |-\n  b\n\n", "{a:'b'}"},
      {"a: |+\n  b\n\nc: 1\n", "{a:'b\n\n' c:1}"},
      {"a: |\n  b", "{a:'b'}"},
      {"a: |\n\nb: >\nc: |+\n\n", "{a:'' b:'' c:'\n'}"},
      {"a: >\n  b\n  c\n\n  d\n   e\n  f\n", "{a:'b c\nd\n e\nf\n'}"},
      {"a: |2 # comment\n   b\n", "{a:' b\n'}"},
      {"- |\n b\n- >-\n c\n", "['b\n' 'c']"},
      {"--- |\nb\n...\n", "2:1 not valid YAML: did not find expected <document start>"},
      {"a: |\n  # text\n # comment\nb: 1\n", "{a:'# text\n' b:1}"},
      {"a: |\r\n  b\r\n  c\r\n", "{a:'b\nc\n'}"},
      {"a: |0\n  b\n",
       "1:5 not valid YAML: found an indentation indicator equal to 0 while scanning a block "
       "scalar"},
      {"a: | b\n",
       "1:6 not valid YAML: did not find expected comment or line break while scanning a block "
       "scalar"},
      {"a: |\n\tb\n",
       "2:1 not valid YAML: found a tab character where an indentation space is expected while "
       "scanning a block scalar that begins in line 1"},
      {"a: |\n    \n  b\n",
       "3:3 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"[|\n a]",
       "1:2 not valid YAML: found character that cannot start any token while scanning for the "
       "next token (a text that begins with it must stand in quotes)"},
  };
  check_all(rows);
}

TEST_CASE("anchors, tags and aliases") {
  const TreeRow rows[] = {
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
      {"a: &x &y b\n",
       "1:7 not valid YAML: did not find expected key while parsing a block mapping"},
      {"a: &x 1\nb: &y *x\n",
       "2:7 not valid YAML: did not find expected key while parsing a block mapping that begins in "
       "line 1"},
      {"a: &x - b\n", "1:7 not valid YAML: block sequence entries are not allowed in this context"},
      {"a: & b\n",
       "1:5 not valid YAML: did not find expected alphabetic or numeric character while scanning "
       "an anchor"},
  };
  check_all(rows);
}

TEST_CASE("documents") {
  const TreeRow rows[] = {
      {"%YAML 1.2\n---\na: 1\n...\n# end\n...\n", "{a:1}"},
      {"--- # comment\n- a\n", "[a]"},
      {"--- a\n", "a"},
      {"...\na: 1\n",
       "1:1 not valid YAML: did not find expected node content while parsing a block node"},
      {"a: ---\nb: ...\nc: a---\n", "{a:--- b:... c:a---}"},
      {"a: 1\n...\nb: 2\n", "3:1 not valid YAML: did not find expected <document start>"},
      {"---\n---\n", "2:1 a second YAML document: a file holds one"},
      {"--- a: 1\n",
       "1:6 not valid YAML: mapping values are not allowed in this context (a value that holds `: "
       "` must stand in quotes)"},
      {"%YAML 1.2\na: 1\n", "2:1 not valid YAML: did not find expected <document start>"},
      {"%YAML 2.0\n---\n", "1:1 not valid YAML: found incompatible YAML document"},
      {"%YAML 1.2\n%YAML 1.2\n---\n", "2:1 not valid YAML: found duplicate %YAML directive"},
      {"%TAG ! tag:a,b:\n---\n", "1:1 a `%TAG` line: tags of one's own mean nothing here"},
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
