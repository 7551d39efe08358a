#include "gateway/request_facts.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::RequestScene;

std::string client_of(std::string_view fields, std::string_view peer,
                      const std::vector<std::string>& trusted) {
  const std::string lines = "GET / HTTP/1.1\nHost: a" + std::string(fields);
  return RequestScene(lines, peer, trusted).facts.client.text();
}

TEST_CASE("the real client is read from X-Forwarded-For of trusted proxies only") {
  const std::vector<std::string> trusted = {"10.0.0.0/8", "127.0.0.1/32"};
  const struct {
    std::string_view fields;
    std::string_view peer;
    std::string_view client;
  } rows[] = {
      {"", "192.0.2.7", "192.0.2.7"},
      {"\nX-Forwarded-For: 198.51.100.1", "192.0.2.7", "192.0.2.7"},
      {"", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 203.0.113.9, 198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1, 10.1.1.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 10.2.2.2, 10.1.1.1", "10.0.0.1", "10.2.2.2"},
      {"\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-For: 10.1.1.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1, unknown, 10.1.1.1", "10.0.0.1", "10.1.1.1"},
      {"\nX-Forwarded-For: unknown", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: , ,198.51.100.1,,", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1:4711", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: [2001:db8::1]:4711", "10.0.0.1", "2001:db8::1"},
      {"\nX-Forwarded-For: 2001:db8::1", "10.0.0.1", "2001:db8::1"},
      {"\nX-Forwarded-For: 198.51.100.1:x", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 198.51.100.1:", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: [198.51.100.1]", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: \"198.51.100.1\"", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: for=198.51.100.1", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 198.51.100.1/8", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 198.51.100.01", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 198.51.100", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 0xc6.51.100.1", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 3325256705", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 203.0.113.9;198.51.100.1", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 203.0.113.9 198.51.100.1", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: 2001:db8::1%eth0", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: ::ffff:198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: ::ffff:10.1.1.1, 198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1, ::ffff:10.1.1.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1, junk", "10.0.0.1", "10.0.0.1"},
      {"\nX-Forwarded-For: junk, 198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 203.0.113.9\nX-Forwarded-For: 198.51.100.1", "10.0.0.1", "198.51.100.1"},
      {"\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-For:", "10.0.0.1", "198.51.100.1"},
      {"\nX_Forwarded_For: 198.51.100.1\nForwarded: for=198.51.100.1", "10.0.0.1", "10.0.0.1"},
  };
  for (const auto& row : rows) {
    INFO(row.fields, " from ", row.peer);
    CHECK(client_of(row.fields, row.peer, trusted) == row.client);
  }
}

TEST_CASE("host and port are taken from Host, or from an absolute target") {
  const struct {
    std::string_view lines;
    std::string_view host;
    std::string_view port;
    std::string_view authority;
  } rows[] = {
      {"GET / HTTP/1.1\nHost: Example.com", "Example.com", "", "Example.com"},
      {"GET / HTTP/1.1\nHost: a:8000", "a", "8000", "a:8000"},
      {"GET / HTTP/1.1\nHost: [::1]:8000", "::1", "8000", "[::1]:8000"},
      {"GET http://b:81/x HTTP/1.1\nHost: a", "b", "81", "b:81"},
      {"GET / HTTP/1.0", "", "", ""},
  };
  for (const auto& row : rows) {
    INFO(row.lines);
    const RequestScene scene(row.lines);
    CHECK(scene.facts.host == row.host);
    CHECK(scene.facts.host_port == row.port);
    CHECK(scene.facts.authority == row.authority);
  }
}

TEST_CASE("the scheme is the listener's unless a trusted proxy says otherwise") {
  const std::string_view lines = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Proto: http, https";
  CHECK(RequestScene(lines, "10.0.0.1", {"10.0.0.1"}).facts.scheme == Scheme::Https);
  CHECK(RequestScene(lines, "10.0.0.2", {"10.0.0.1"}).facts.scheme == Scheme::Http);
  const std::string_view odd = "GET / HTTP/1.1\nHost: a\nX-Forwarded-Proto: gopher";
  CHECK(RequestScene(odd, "10.0.0.1", {"10.0.0.1"}).facts.scheme == Scheme::Http);
}

}  // namespace
}  // namespace fastgate::gateway
