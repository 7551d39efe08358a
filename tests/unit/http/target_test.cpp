#include "http/target.h"

#include <vector>

#include <doctest/doctest.h>

namespace fastgate::http {
namespace {

using namespace std::string_view_literals;

struct PathCase {
  std::string_view text;
  std::string_view match_path;
};

TEST_CASE("the path that routes see is decoded once and has no dot segments") {
  for (const PathCase& row : std::vector<PathCase>{
           {"/", "/"},
           {"/a", "/a"},
           {"/a/", "/a/"},
           {"//", "//"},
           {"//a//b//", "//a//b//"},
           {"/a%20b", "/a b"},
           {"/%41%5a%7a", "/AZz"},
           {"/%e2%82%AC", "/\xe2\x82\xac"},
           {"/%ff", "/\xff"},
           {"/a%2Fb", "/a/b"},
           {"/a%2fb%2f", "/a/b/"},
           {"/%2F", "//"},
           {"/a%2Fb/c", "/a/b/c"},
           {"/%252e%252e/a", "/%2e%2e/a"},
           {"/%25", "/%"},
           {"/a%3Fb", "/a?b"},
           {"/a%23b", "/a#b"},
           {"/a%0Ab", "/a\nb"},
           {"/a%5Cb", "/a\\b"},
           {"/a%5C..b/.%5C...", "/a\\..b/.\\..."},
           {"/a%255C..%255C", "/a%5C..%5C"},
           {"/.", "/"},
           {"/./", "/"},
           {"/a/.", "/a/"},
           {"/a/./", "/a/"},
           {"/a/./b", "/a/b"},
           {"/././a", "/a"},
           {"/a/..", "/"},
           {"/a/../", "/"},
           {"/a/../b", "/b"},
           {"/a/b/../../c", "/c"},
           {"/a/b/..", "/a/"},
           {"/a/b/c/./../../g", "/a/g"},
           {"/a//./b", "/a//b"},
           {"/a//b/../c", "/a//c"},
           {"//a/../b", "//b"},
           {"/a/%2e%2e/b", "/b"},
           {"/a/%2E./b", "/b"},
           {"/a/.%2e/b", "/b"},
           {"/a/%2e/b", "/a/b"},
           {"/a/..%2Fb", "/b"},
           {"/a%2F..%2Fb", "/b"},
           {"/a%2F%2e%2e%2Fb", "/b"},
           {"/a/...", "/a/..."},
           {"/a/.b", "/a/.b"},
           {"/a/b.", "/a/b."},
           {"/a/..b", "/a/..b"},
           {"/a/b..", "/a/b.."},
           {"/.well-known/x", "/.well-known/x"},
           {"/a/..;/b", "/a/..;/b"},
           {"/a;b=c", "/a;b=c"},
           {"/a+b", "/a+b"},
           {"/{id}|\"<>^`", "/{id}|\"<>^`"},
       }) {
    INFO(row.text);
    Target target;
    REQUIRE(parse_target(Method::Get, row.text, target));
    CHECK(target.match_path == row.match_path);
    CHECK(target.raw_path == row.text);
    CHECK(!target.has_query);
    CHECK(target.authority.empty());
  }
}

TEST_CASE("what is no target is refused") {
  for (const std::string_view text : std::vector<std::string_view>{"",
                                                                   "a",
                                                                   "a/b",
                                                                   "?a",
                                                                   "*",
                                                                   "**",
                                                                   "/..",
                                                                   "/../",
                                                                   "/../a",
                                                                   "/a/../..",
                                                                   "/a/../../b",
                                                                   "/./..",
                                                                   "/%2e%2e",
                                                                   "/%2e%2e/a",
                                                                   "/..%2f",
                                                                   "/%2E%2E%2Fetc/passwd",
                                                                   "/a/%2e%2e/%2e%2e/b",
                                                                   "/%",
                                                                   "/%2",
                                                                   "/%g0",
                                                                   "/%0g",
                                                                   "/a%",
                                                                   "/a%2",
                                                                   "/%%41",
                                                                   "/%u0041",
                                                                   "/%-1",
                                                                   "/% 1",
                                                                   "/%00",
                                                                   "/a%00b",
                                                                   "/a\0b"sv,
                                                                   "/a b",
                                                                   "/a\tb",
                                                                   "/a\rb",
                                                                   "/a\nb",
                                                                   "/a\x7f",
                                                                   "/a\x01",
                                                                   "/\xc3\xa9",
                                                                   "/a#b",
                                                                   "/#",
                                                                   "/?a#b",
                                                                   "/a\\b",
                                                                   "/\\..\\a",
                                                                   "//..",
                                                                   "//../a",
                                                                   "/a//../b",
                                                                   "/a//./../b",
                                                                   "/a//b/../../c",
                                                                   "/a%2f%2F%2e./b",
                                                                   "/a/..%5Cb",
                                                                   "/a%5c..",
                                                                   "/a%5C%2e%2E%5C%2E.",
                                                                   "/%5c../a",
                                                                   "http:",
                                                                   "http:/",
                                                                   "http://",
                                                                   "http:///a",
                                                                   "http://?a",
                                                                   "http:a",
                                                                   "http:/a",
                                                                   "http//a/",
                                                                   "://a/",
                                                                   "ftp://a/",
                                                                   "ws://a/",
                                                                   "file:///a",
                                                                   "javascript:alert(1)",
                                                                   "http://u@a/",
                                                                   "http://u:p@a/",
                                                                   "http://a@/",
                                                                   "http://:80/",
                                                                   "http://a:b/",
                                                                   "http://a:65536/",
                                                                   "http://[::1/",
                                                                   "http://a b/",
                                                                   "http://a\\b/",
                                                                   "http://a/..",
                                                                   "http://a/%",
                                                                   "https:a.b:443",
                                                                   "a:443",
                                                                   "httpx://a/",
                                                                   "http ://a/"}) {
    INFO(text);
    Target target;
    const auto parsed = parse_target(Method::Get, text, target);
    REQUIRE(!parsed);
    CHECK(parsed.error().kind == ErrorKind::Malformed);
  }
}

TEST_CASE("the query is kept as it came") {
  Target target;
  REQUIRE(parse_target(Method::Get, "/a?b=%zz&c=/../d?e%00", target));
  CHECK(target.raw_path == "/a");
  CHECK(target.match_path == "/a");
  CHECK(target.has_query);
  CHECK(target.query == "b=%zz&c=/../d?e%00");

  REQUIRE(parse_target(Method::Get, "/a?", target));
  CHECK(target.has_query);
  CHECK(target.query.empty());

  REQUIRE(parse_target(Method::Get, "/b", target));
  CHECK(!target.has_query);
  CHECK(target.query.empty());
}

TEST_CASE("the absolute form gives its authority") {
  Target target;
  REQUIRE(parse_target(Method::Get, "http://a.example:8080/x/../y?z", target));
  CHECK(target.authority == "a.example:8080");
  CHECK(target.raw_path == "/x/../y");
  CHECK(target.match_path == "/y");
  CHECK(target.query == "z");

  REQUIRE(parse_target(Method::Get, "HTTPS://[::1]", target));
  CHECK(target.authority == "[::1]");
  CHECK(target.raw_path == "/");
  CHECK(target.match_path == "/");

  REQUIRE(parse_target(Method::Get, "http://a?x://y/", target));
  CHECK(target.authority == "a");
  CHECK(target.raw_path == "/");
  CHECK(target.query == "x://y/");
}

TEST_CASE("OPTIONS has the asterisk form, and the empty path for it") {
  Target target;
  REQUIRE(parse_target(Method::Options, "*", target));
  CHECK(target.raw_path == "*");
  CHECK(target.match_path == "*");
  REQUIRE(parse_target(Method::Options, "http://a", target));
  CHECK(target.raw_path == "*");
  CHECK(target.authority == "a");
  REQUIRE(parse_target(Method::Options, "http://a/", target));
  CHECK(target.raw_path == "/");
  REQUIRE(parse_target(Method::Options, "http://a?b", target));
  CHECK(target.raw_path == "/");
  CHECK(!parse_target(Method::Options, "*/", target));
}

TEST_CASE("CONNECT and TRACE are not implemented") {
  Target target;
  const auto connect = parse_target(Method::Connect, "a:443", target);
  REQUIRE(!connect);
  CHECK(connect.error().kind == ErrorKind::NotImplemented);
  const auto trace = parse_target(Method::Trace, "/a", target);
  REQUIRE(!trace);
  CHECK(trace.error().kind == ErrorKind::NotImplemented);
}

TEST_CASE("a target can be used again after an error") {
  Target target;
  CHECK(!parse_target(Method::Get, "http://a/%", target));
  REQUIRE(parse_target(Method::Get, "/b", target));
  CHECK(target.authority.empty());
  CHECK(target.match_path == "/b");
}

TEST_CASE("deep paths cost no more than their length") {
  std::string path;
  for (int i = 0; i < 10'000; ++i) path += "/a";
  for (int i = 0; i < 9'999; ++i) path += "/..";
  Target target;
  REQUIRE(parse_target(Method::Get, path + "/b", target));
  CHECK(target.match_path == "/a/b");
  CHECK(!parse_target(Method::Get, path + "/../..", target));
}

TEST_CASE("hosts are taken apart") {
  struct HostCase {
    std::string_view text;
    std::string_view host;
    std::string_view port;
  };
  for (const HostCase& row : std::vector<HostCase>{
           {"a", "a", ""},
           {"A.Example", "A.Example", ""},
           {"a:80", "a", "80"},
           {"a:", "a", ""},
           {"a:0", "a", "0"},
           {"a:65535", "a", "65535"},
           {"127.0.0.1:8000", "127.0.0.1", "8000"},
           {"[::1]", "::1", ""},
           {"[::1]:443", "::1", "443"},
           {"[2001:DB8::1]:", "2001:DB8::1", ""},
           {"[::ffff:1.2.3.4]", "::ffff:1.2.3.4", ""},
           {"my_service-1.local", "my_service-1.local", ""},
           {"a%20b", "a%20b", ""},
           {"!$&'()*+;=~", "!$&'()*+;=~", ""},
       }) {
    INFO(row.text);
    const auto parts = parse_host(row.text);
    REQUIRE(parts);
    CHECK(parts->host == row.host);
    CHECK(parts->port == row.port);
  }
}

TEST_CASE("what is no host is refused") {
  for (const std::string_view text : std::vector<std::string_view>{
           "",         ":",       ":80",          "a b",        " a",      "a ",      "a/b",
           "a?b",      "a#b",     "a@b",          "u:p@a",      "a\\b",    "a\tb",    "a\0b"sv,
           "\xc3\xa9", "a:b",     "a:-1",         "a:+1",       "a:8 0",   "a:65536", "a:99999",
           "a:000080", "a:80:80", "::1",          "1::",        "[]",      "[",       "]",
           "[::1",     "::1]",    "[::1]]",       "[[::1]]",    "[::1]80", "[::1]:x", "[1.2.3.4]",
           "[a]",      "[::g]",   "[::1%25eth0]", "[::1%eth0]", "[v1.a]",  "[:]",     "[:::]",
           "[1:2:3]",  "a[::1]",  "a%",           "a%2",        "a%zz",    "a\"b",    "a<b",
           "a^b",      "a`b",     "a{b}",         "a|b",        "a,b"}) {
    INFO(text);
    const auto parts = parse_host(text);
    REQUIRE(!parts);
    CHECK(parts.error().kind == ErrorKind::Malformed);
  }
  CHECK(parse_host(std::string(255, 'a')));
  CHECK(!parse_host(std::string(256, 'a')));
}

TEST_CASE("dot segments of a path are seen however they are spelled") {
  for (const char* path : {"/.", "/..", "/a/./b", "/a/../b", "/%2e", "/a/%2E%2e/b", "/a/.%2e%2fb",
                           "/a%2f..", "../a", ".", "/a/..?", "/%2e%2e%2F", "/a%5C..", "/..%5Ca"}) {
    INFO(path);
    CHECK(has_dot_segment(std::string_view(path).substr(0, std::string_view(path).find('?'))));
  }
  for (const char* path : {"/", "/a", "/.a", "/a.", "/...", "/a..b/c", "/%2", "/%", "/%zz.", "/.%",
                           "/a/%252e", "", "/..;x"}) {
    INFO(path);
    CHECK_FALSE(has_dot_segment(path));
  }
}

}  // namespace
}  // namespace fastgate::http
