#include "gateway/upstream_request.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::compile_yaml;
using test::head_text;
using test::RequestScene;
using test::snapshot_of;

std::string route_yaml(const std::string& fields) {
  return "routes:\n  - {route_id: r, target_host: \"up:9000\", " + fields + "}\n";
}

/// Everything that build_upstream_request needs, for the only route of a configuration.
struct BuildScene {
  std::shared_ptr<Snapshot> snapshot;
  RequestScene request;
  Identity identity;
  UpstreamRequest out;

  BuildScene(const std::string& yaml, std::string_view lines, std::string_view peer = "192.0.2.7",
             const std::vector<std::string>& proxies = {})
      : snapshot(snapshot_of(yaml)), request(lines, peer, proxies) {
    identity = identify(request.facts, snapshot->keys, WallTime{});
  }
  [[nodiscard]] ForwardPlan plan() const {
    return {.snapshot = snapshot.get(),
            .route = snapshot->routes.data(),
            .facts = &request.facts,
            .identity = &identity,
            .hop_by_hop = &request.hops,
            .host = "up:9000"};
  }
  Result<void> build(std::optional<std::uint64_t> length = std::nullopt) {
    return build_upstream_request(plan(), length, out);
  }
};

std::string target_of(const std::string& fields, std::string_view path) {
  BuildScene scene(route_yaml(fields), "GET " + std::string(path) + " HTTP/1.1\nHost: h");
  const auto built = scene.build();
  return built ? std::string(scene.out.target()) : "error: " + built.error().text;
}

/// The lines that the gateway adds when nothing is configured away.
std::string forwarded(std::string_view host = "h", std::string_view peer = "192.0.2.7") {
  return "\nX-Forwarded-For: " + std::string(peer) +
         "\nX-Forwarded-Proto: http\nX-Forwarded-Host: " + std::string(host) +
         "\nX-Real-IP: " + std::string(peer) + "\nX-Request-Id: " + std::string(test::kRequestId);
}

TEST_CASE("the target is rewritten as the route says") {
  constexpr std::string_view kLeaves = "error: the path would leave its place in the target";
  const struct {
    std::string fields;
    std::string_view path;
    std::string_view target;
  } rows[] = {
      {R"(match_path: "/*")", "/a%20b//c;d?x=%2F&y", "/a%20b//c;d?x=%2F&y"},
      {R"(match_path: "/*")", "/a?", "/a?"},
      {R"(match_path: "/*")", "/v1/../b", "/v1/../b"},
      {R"(match_path: "/v1/*", target_path: "/x")", "/v1/chat?q", "/x?q"},
      {R"(match_path: "/v1/*", target_path: "/api/*")", "/v1/chat/a", "/api/chat/a"},
      {R"(match_path: "/v1/**", target_path: "/api/**")", "/v1/chat/a", "/api/chat/a"},
      {R"(match_path: "/v1/*", target_path: "/api/*")", "/v1/a%2Fb%20c", "/api/a%2Fb%20c"},
      {R"(match_path: "/v1/*", target_path: "/api/*")", "/%76%31/a%41", "/api/a%41"},
      {R"(match_path: "/v1/*", target_path: "/api/*")", "/x/../v1/a%20b", "/api/a%20b"},
      {R"(match_path: "/v1/*", target_path: "/api/*")", "/v1/", "/api/"},
      {R"(match_path: "/v2*", target_path: "/api*")", "/v2/chat", "/api/chat"},
      {R"(match_path: "/v2*", target_path: "/api/*")", "/v2/chat", "/api/chat"},
      {R"(match_path: "*.json", target_path: "/s/*")", "/a/b.json", "/s/a/b"},
      {R"(match_path: "/u/{id}/*", target_path: "/x/{id}/y/*")", "/u/4%202/z%20",
       "/x/4%202/y/z%20"},
      {R"(match_path: "/u/{id}", target_path: "/x/{id}.json")", "/u/a%3Fb%23%25",
       "/x/a%3Fb%23%25.json"},
      {R"(match_path: "/u/{id}/*", target_path: "/é/{id}/文档-%20/*")", "/u/4/a%2F",
       "/%C3%A9/4/%E6%96%87%E6%A1%A3-%20/a%2F"},
      {R"(match_path: "~^/(?<a>[a-z]+)/(.*)$", target_path: "/{2}/{a}")", "/ab/c/d", "/c/d/ab"},
      {R"(match_path: "~^/(.)/(.)/x$", target_path: "/{1}{2}/etc")", "/a/b/x", "/ab/etc"},
      {R"(match_path: "~^/(.).(.)x$", target_path: "/{1}{2}/etc")", "/.a.x", kLeaves},
      {R"(match_path: "/v2*", target_path: "/x/*")", "/v2../secret", kLeaves},
      {R"(match_path: "/v2*", target_path: "/x/*")", "/v2%2e%2E/secret", kLeaves},
      {R"(match_path: "/v2*", target_path: "/x/*")", "/v2.%2e%2fsecret", kLeaves},
      {R"(match_path: "/v2*", target_path: "/x/*")", "/v2./a", kLeaves},
      {R"(match_path: "/v2*", target_path: "/x/*")", "/v2.../..a/.b", "/x/.../..a/.b"},
      {R"(match_path: "*.json", target_path: "/files*")", "/...json", kLeaves},
      {R"(match_path: "/s3*", strip_path_prefix: true, target_path: "/pub")", "/s3../a", kLeaves},
      {R"(match_path: "/s4*", strip_path_prefix: true)", "/s4../secret", kLeaves},
      {R"(match_path: "/*", target_path: "/x/{method}/y")", "/a", "/x/GET/y"},
      {R"(match_path: "/v1/*", strip_path_prefix: true)", "/v1/chat?q", "/chat?q"},
      {R"(match_path: "/v1/*", strip_path_prefix: true)", "/v1/", "/"},
      {R"(match_path: "/v1/*", strip_path_prefix: true)", "/v1//evil.com", "/evil.com"},
      {R"(match_path: "/v2*", strip_path_prefix: true)", "/v2", "/"},
      {R"(match_path: "/v2*", strip_path_prefix: true)", "/v2/a%20b", "/a%20b"},
      {R"(match_path: "/v2*", strip_path_prefix: true)", "/v22/a", "/2/a"},
      {R"(match_path: "/v1/*", strip_path_prefix: true, target_path: "/api")", "/v1/a/b",
       "/api/a/b"},
      {R"(match_path: "/v1/*", strip_path_prefix: true, target_path: "/api/")", "/v1/a/b",
       "/api/a/b"},
      {R"(match_path: "/v2*", strip_path_prefix: true, target_path: "/api/")", "/v2/a", "/api/a"},
      {R"(match_path: "/v2*", strip_path_prefix: true, target_path: "/api")", "/v2", "/api"},
      {R"(match_path: "/v1/*", strip_path_prefix: true, target_path: "/api")", "/v1/", "/api/"},
      {R"(match_path: "/v1/*", strip_path_prefix: true, target_path: "/api")", "/v1/%2Fa",
       "/api/%2Fa"},
      {R"(match_path: "/a/b", strip_path_prefix: true)", "/a/b", "/"},
      {R"(match_path: "/u/{id}/x", strip_path_prefix: true)", "/u/7/x", "/7/x"},
  };
  for (const auto& row : rows) {
    INFO(row.fields, " with ", row.path);
    CHECK(target_of(row.fields, row.path) == row.target);
  }
}

TEST_CASE("a placeholder does not take the path out of the target") {
  BuildScene scene(route_yaml(R"(match_path: "/*", target_path: "/sites/{host}/*")"),
                   "GET /a HTTP/1.1\nHost: ..");
  CHECK_FALSE(scene.build().has_value());
  BuildScene method(route_yaml(R"(match_path: "/*", target_path: "/x/{method}/y")"),
                    ".. /a HTTP/1.1\nHost: h");
  CHECK_FALSE(method.build().has_value());
}

TEST_CASE("fields pass in their order and spelling, then come the gateway's own") {
  BuildScene scene(
      route_yaml(R"(match_path: "/*")"),
      "GET /a HTTP/1.1\naCCept:  */*\nHost: h\nX-Odd:\nCookie: a=b; c\nX-Odd: 2\n"
      "Connection: keep-alive, x-hop\nX-Hop: 1\nKeep-Alive: 5\nTE: trailers\nExpect: 100-continue\n"
      "X-Forwarded-For: 6.6.6.6\nX-Real-IP: 6.6.6.6\nX-Request-Id: mine\nForwarded: for=6.6.6.6");
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.head ==
        head_text("GET /a HTTP/1.1\naCCept:  */*\nHost: up:9000\nX-Odd:\nCookie: a=b; c"
                  "\nX-Odd: 2" +
                  forwarded()));
  CHECK(scene.out.target() == "/a");
  CHECK(scene.out.framing == http::BodyFraming::None);
}

TEST_CASE("what a trusted proxy said of the client is passed on") {
  BuildScene scene(
      route_yaml(R"(match_path: "/*")"),
      "GET / HTTP/1.1\nHost: in\nX-Forwarded-For: 198.51.100.1\nX-Forwarded-For: 10.0.0.2\n"
      "X-Forwarded-Proto: https\nX-Forwarded-Host: public.example\nForwarded: for=x",
      "10.0.0.1", {"10.0.0.0/8"});
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.head ==
        head_text("GET / HTTP/1.1\nHost: up:9000\nForwarded: for=x\n"
                  "X-Forwarded-For: 198.51.100.1, 10.0.0.2, 10.0.0.1\nX-Forwarded-Proto: https\n"
                  "X-Forwarded-Host: public.example\nX-Real-IP: 198.51.100.1\nX-Request-Id: " +
                  std::string(test::kRequestId)));
}

TEST_CASE("an HTTP/1.0 request without Host gets one") {
  BuildScene scene(route_yaml(R"(match_path: "/*")"), "GET / HTTP/1.0");
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.head.starts_with("GET / HTTP/1.1\r\nHost: up:9000\r\nX-Forwarded-For:"));
  CHECK_FALSE(scene.out.head.contains("X-Forwarded-Host"));
}

TEST_CASE("headers are added, replaced and removed") {
  BuildScene scene(
      "proxy: {strip_headers: [X-Strip]}\n" +
          route_yaml(
              R"(match_path: "/u/{id}", remove_headers: [x-gone, Cookie, X-Real-IP], )"
              R"(add_headers: {Authorization: "Bearer ${SECRET}", X-Id: "{id}-{client_ip}", )"
              R"(X-Forwarded-Host: other, Host: virtual})"),
      "GET /u/5 HTTP/1.1\nHost: h\nX-GONE: 1\nCookie: c\nx-id: client\nX-Strip: 1\n"
      "Authorization: Basic abc\nX-Forwarded-Host: evil\nX-Stays: 1");
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.head ==
        head_text(
            "GET /u/5 HTTP/1.1\nX-Stays: 1\nX-Forwarded-For: 192.0.2.7\nX-Forwarded-Proto: http\n"
            "X-Request-Id: " +
            std::string(test::kRequestId) +
            "\nAuthorization: Bearer s3cr3t\nX-Id: 5-192.0.2.7\nX-Forwarded-Host: other\n"
            "Host: virtual"));
}

TEST_CASE("a capture cannot break out of a header") {
  BuildScene scene(route_yaml(R"(match_path: "/u/{id}", add_headers: {X-Id: "{id}"})"),
                   "GET /u/a%0D%0AX-Evil:%201 HTTP/1.1\nHost: h");
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.head.ends_with("\r\nX-Id: aX-Evil: 1\r\n\r\n"));
}

TEST_CASE("the field that carried a gateway key is taken off") {
  const struct {
    std::string_view fields;
    std::string_view passed;
  } rows[] = {
      {"\nAuthorization: Bearer fg_abc", ""},
      {"\nX-API-Key: fg_abc", ""},
      {"\nAuthorization: Bearer sk-own\nX-API-Key: fg_abc", "\nAuthorization: Bearer sk-own"},
      {"\nAuthorization: Bearer fg_abc\nX-API-Key: fg_def", ""},
      {"\nAuthorization: Bearer sk-own", "\nAuthorization: Bearer sk-own"},
      {"\nX-API-Key: own", "\nX-API-Key: own"},
  };
  for (const auto& row : rows) {
    INFO(row.fields);
    BuildScene scene(route_yaml(R"(match_path: "/*", auth: none)"),
                     "GET / HTTP/1.1\nHost: h" + std::string(row.fields));
    REQUIRE(scene.build().has_value());
    CHECK(scene.out.head ==
          head_text("GET / HTTP/1.1\nHost: up:9000" + std::string(row.passed) + forwarded()));
  }
}

TEST_CASE("framing is the client's, or that of the collected body") {
  const std::string_view with_length = "POST / HTTP/1.1\nHost: h\nContent-Length: 5\nX-A: 1";
  const std::string_view chunked = "POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\nX-A: 1";
  const std::string_view without = "GET / HTTP/1.1\nHost: h\nX-A: 1";
  using Length = std::optional<std::uint64_t>;
  using http::BodyFraming;
  const struct {
    std::string_view lines;
    Length length;
    std::string_view fields;
    BodyFraming framing;
  } rows[] = {
      {with_length, std::nullopt, "\nContent-Length: 5\nX-A: 1", BodyFraming::ContentLength},
      {with_length, 7, "\nContent-Length: 7\nX-A: 1", BodyFraming::ContentLength},
      {with_length, 0, "\nContent-Length: 0\nX-A: 1", BodyFraming::ContentLength},
      {chunked, std::nullopt, "\nX-A: 1\nTransfer-Encoding: chunked", BodyFraming::Chunked},
      {chunked, 7, "\nX-A: 1\nContent-Length: 7", BodyFraming::ContentLength},
      {without, std::nullopt, "\nX-A: 1", BodyFraming::None},
      {without, 0, "\nX-A: 1", BodyFraming::None},
  };
  for (const auto& row : rows) {
    INFO(row.lines, " / ", row.fields);
    BuildScene scene(route_yaml(R"(match_path: "/*")"), row.lines);
    REQUIRE(scene.build(row.length).has_value());
    const std::string first(row.lines.substr(0, row.lines.find('\n')));
    CHECK(scene.out.head ==
          head_text(first + "\nHost: up:9000" + std::string(row.fields) + forwarded()));
    CHECK(scene.out.framing == row.framing);
  }
}

TEST_CASE("an upgrade goes on, but not to h2c") {
  const std::string lines = "GET /ws HTTP/1.1\nHost: h\nConnection: Upgrade\nUpgrade: ";
  BuildScene socket(route_yaml(R"(match_path: "/*")"), lines + "websocket\nSec-WebSocket-Key: k");
  REQUIRE(socket.build().has_value());
  CHECK(socket.out.upgrade);
  CHECK(socket.out.head == head_text("GET /ws HTTP/1.1\nHost: up:9000\nUpgrade: websocket\n"
                                     "Connection: upgrade\nSec-WebSocket-Key: k" +
                                     forwarded()));
  BuildScene h2c(route_yaml(R"(match_path: "/*")"), lines + "H2C");
  REQUIRE(h2c.build().has_value());
  CHECK_FALSE(h2c.out.upgrade);
  CHECK(h2c.out.head == head_text("GET /ws HTTP/1.1\nHost: up:9000" + forwarded()));
}

TEST_CASE("several Upgrade fields go on with one Connection field") {
  BuildScene scene(route_yaml(R"(match_path: "/*")"),
                   "GET /ws HTTP/1.1\nHost: h\nConnection: Upgrade\nUpgrade: websocket\n"
                   "X-A: 1\nUpgrade: other/1\nX-B: 2");
  REQUIRE(scene.build().has_value());
  CHECK(scene.out.upgrade);
  CHECK(scene.out.head == head_text("GET /ws HTTP/1.1\nHost: up:9000\nUpgrade: websocket\n"
                                    "Connection: upgrade\nX-A: 1\nUpgrade: other/1\nX-B: 2" +
                                    forwarded()));
}

TEST_CASE("strings are reused without growing") {
  BuildScene scene(
      route_yaml(R"(match_path: "/u/{id}", target_path: "/x/{id}", add_headers: {A: "{id}"})"),
      "GET /u/5 HTTP/1.1\nHost: h\nX-A: 1");
  REQUIRE(scene.build().has_value());
  const char* head = scene.out.head.data();
  const std::string first = scene.out.head;
  for (int i = 0; i < 3; ++i) REQUIRE(scene.build().has_value());
  CHECK(scene.out.head.data() == head);
  CHECK(scene.out.head == first);
}

TEST_CASE("body fields are changed, and nothing else of the body") {
  const std::string fields =
      R"(match_path: "/u/{id}", add_body_fields: {user: "{id}@{client_ip}", n: 5, o: {a: [1]}}, )"
      R"(remove_body_fields: [gone])";
  BuildScene scene(route_yaml(fields), "POST /u/a%22b HTTP/1.1\nHost: h\nContent-Length: 3");
  const auto changed = change_body(scene.plan(), R"({ "gone":1, "n" : 1e0 ,"x":"\u0041" })");
  REQUIRE(changed.has_value());
  CHECK(*changed == R"({ "n" : 5 ,"x":"\u0041","user":"a\"b@192.0.2.7","o":{"a":[1]} })");
  const auto bad = change_body(scene.plan(), "[1]");
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().kind == ErrorKind::Malformed);
}

TEST_CASE("a body that says it is no JSON is refused as such") {
  const std::string yaml = route_yaml(R"(match_path: "/*", add_body_fields: {n: 5})");
  const auto kind_of = [&](const std::string& field, std::string_view body) {
    BuildScene scene(yaml, "POST / HTTP/1.1\nHost: h\nContent-Length: 3\n" + field);
    const auto changed = change_body(scene.plan(), body);
    return changed ? *changed : std::string(name_of(changed.error().kind));
  };
  CHECK(kind_of("Content-Type: multipart/form-data", "--x") == "unsupported_media_type");
  CHECK(kind_of("Content-Type: application/json", "--x") == "malformed");
  CHECK(kind_of("Content-Encoding: gzip", "\x1f\x8b") == "unsupported_media_type");
  // What curl sends by default.
  CHECK(kind_of("Content-Type: application/x-www-form-urlencoded", "{}") == R"({"n":5})");
}

}  // namespace
}  // namespace fastgate::gateway
