#include "gateway/path_pattern.h"

#include <doctest/doctest.h>

namespace fastgate::gateway {
namespace {

PathPattern parsed(std::string_view text) {
  INFO(text);
  auto pattern = PathPattern::parse(text);
  REQUIRE(pattern.has_value());
  return *std::move(pattern);
}

/// Name=value pairs, then the rest, as one text.
std::string captures_of(const PathPattern& pattern, std::string_view path) {
  Captures captures;
  if (!pattern.match(path, captures)) return "no";
  std::string text;
  for (const auto& [name, value] : captures.named) {
    text.append(name).append("=").append(value).append(" ");
  }
  return text + "*" + std::string(captures.rest);
}

TEST_CASE("each form of match_path fits what the contract says") {
  const struct {
    std::string_view pattern;
    std::string_view path;
    std::string_view captures;  ///< "no": does not fit
  } rows[] = {
      {"/v1/*", "/v1/chat", "*chat"},
      {"/v1/*", "/v1/chat/completions", "*chat/completions"},
      {"/v1/*", "/v1/", "*"},
      {"/v1/*", "/v1", "no"},
      {"/v1/*", "/v12", "no"},
      {"/v1/*", "/x/v1/a", "no"},
      {"/v2*", "/v2", "*"},
      {"/v2*", "/v2/chat", "*/chat"},
      {"/v2*", "/v22/chat", "*2/chat"},
      {"/v2*", "/v1", "no"},
      {"/a/v2*", "/a/v2x", "*x"},
      {"/api/v2/**", "/api/v2/user/profile", "*user/profile"},
      {"/api/v2/**", "/api/v2", "no"},
      {"/exact/path", "/exact/path", "*"},
      {"/exact/path", "/exact/path/", "no"},
      {"/exact/path", "/exact/pat", "no"},
      {"/exact/path", "/Exact/path", "no"},
      {"/", "/", "*"},
      {"/", "/a", "no"},
      {"/user/{id}", "/user/123", "id=123 *"},
      {"/user/{id}", "/user/a b", "id=a b *"},
      {"/user/{id}", "/user/", "no"},
      {"/user/{id}", "/user/123/", "no"},
      {"/user/{id}", "/user/123/x", "no"},
      {"/user/{id}/", "/user/123/", "id=123 *"},
      {"/{a}/x/{b-2}", "/1/x/2", "a=1 b-2=2 *"},
      {"/{a}/x/{b-2}", "/1/y/2", "no"},
      {"/user/{id}/*", "/user/1/a/b", "id=1 *a/b"},
      {"/user/{id}/*", "/user/1/", "id=1 *"},
      {"/user/{id}/*", "/user/1", "no"},
      {"/user/{id}/*", "/user//a", "no"},
      {"/user/{id}/f*", "/user/1/file/x", "id=1 *ile/x"},
      {"/user/{id}/f*", "/user/1/g", "no"},
      {"*.json", "/a/b.json", "*/a/b"},
      {"*.json", ".json", "*"},
      {"*.json", "/a.json/b", "no"},
      {"*", "/any/thing", "*/any/thing"},
      {"*", "*", "**"},
      {"/*", "/any", "*any"},
      {"/**", "/", "*"},
      {"/*", "*", "no"},
      {"~^/v[12]/.*$", "/v1/x", "*"},
      {"~^/v[12]/.*$", "/v3/x", "no"},
      {"~^/v[12]/.*$", "/a/v1/x", "no"},
      {"~v1", "/a/v1/x", "*"},
      {"~^/(?<kind>[a-z]+)/([0-9]+)$", "/cat/42", "kind=cat 2=42 *"},
      {"~^/(a)?x", "/x", "1= *"},
      {"~^/A", "/a", "no"},
      {"~*^/A", "/a", "*"},
  };
  for (const auto& row : rows) {
    INFO(row.pattern, " with ", row.path);
    const PathPattern pattern = parsed(row.pattern);
    CHECK(captures_of(pattern, row.path) == row.captures);
    CHECK(pattern.matches(row.path) == (row.captures != "no"));
  }
}

TEST_CASE("a match that fails leaves no captures behind") {
  Captures captures;
  CHECK_FALSE(parsed("/{a}/{b}/x").match("/1/2/y", captures));
  CHECK(captures.named.empty());
  CHECK(captures.find("a").empty());
}

TEST_CASE("bad patterns are refused with the reason") {
  const struct {
    std::string_view pattern;
    std::string_view reason;
  } rows[] = {
      {"", "empty"},
      {"v1/*", "begins with"},
      {"/a/{}", "no name"},
      {"/a/{b}/{b}", "twice"},
      {"/a/{1b}", "made of letters"},
      {"/a/x{b}", "whole segment"},
      {"/a/{b", "whole segment"},
      {"/a/b}", "whole segment"},
      {"/a/{b}*", "whole segment"},
      {"/a/*/b", "only at an end"},
      {"/a***", "only at an end"},
      {"*.js*", "only one '*'"},
      {"*{a}", "begins with '/'"},
      {"/a/../b", "dot segments"},
      {"/a/{client_ip}", "gateway's own"},
      {"~(", "~("},
      {"~", "no regular expression"},
      {"~(?<key_id>a)", "gateway's own"},
      {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}/{j}/{k}/{l}/{m}/{n}/{o}/{p}/{q}", "too many"},
  };
  for (const auto& row : rows) {
    INFO(row.pattern);
    const auto pattern = PathPattern::parse(row.pattern);
    REQUIRE_FALSE(pattern.has_value());
    CHECK(pattern.error().kind == ErrorKind::Config);
    CHECK(pattern.error().text.contains(row.reason));
  }
  std::string deep;
  for (std::size_t i = 0; i <= PathPattern::kMaxSegments; ++i) deep += "/a";
  CHECK_FALSE(PathPattern::parse(deep).has_value());
}

TEST_CASE("more specific patterns come first") {
  const std::string_view order[] = {
      "/v1/chat/x", "/v1/chat", "/v1/{a}/xyz", "/v1/{a}/x", "/{a}/{b}/x", "/v1/chat/*", "/v1/*",
      "/v1*",       "/*",       "*",           "*.json",    "*.js",       "~^/v1/chat$"};
  for (std::size_t i = 1; i < std::size(order); ++i) {
    INFO(order[i - 1], " before ", order[i]);
    CHECK(parsed(order[i - 1]).specificity() > parsed(order[i]).specificity());
  }
}

TEST_CASE("the literal prefix ends before the first wildcard or capture") {
  const struct {
    std::string_view pattern;
    std::string_view prefix;
  } rows[] = {{"/v1/*", "/v1/"}, {"/v2*", "/v2"},    {"/a/b", "/a/b"}, {"/user/{id}/x", "/user/"},
              {"/{a}", "/"},     {"*.json", ""},     {"*", ""},        {"/*", "/"},
              {"~^/v1", ""},     {"/a/{b}/*", "/a/"}};
  for (const auto& row : rows) {
    INFO(row.pattern);
    CHECK(parsed(row.pattern).literal_prefix() == row.prefix);
  }
}

TEST_CASE("a scratch of the caller's gives the same") {
  RegexScratch scratch;
  Captures captures;
  const PathPattern pattern = parsed("~^/(?<a>.)/");
  CHECK(pattern.match("/x/", captures, &scratch));
  CHECK(captures.find("a") == "x");
  CHECK_FALSE(pattern.matches("/xx/", &scratch));
}

}  // namespace
}  // namespace fastgate::gateway
