#include "gateway/trace.h"

#include "json/document.h"
#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::snapshot_of;

constexpr const char* kTraced = R"(
routes:
  - {route_id: method, match_path: "/*", match_method: "POST,PUT,BREW", target_host: a, priority: 1}
  - {route_id: host, match_path: "/*", match_host: "a.example", target_host: a, priority: 2}
  - {route_id: path, match_path: "/other/*", target_host: a, priority: 3}
  - {route_id: header, match_path: "/*", match_headers: {x-env: b}, target_host: a, priority: 4}
  - {route_id: token, match_path: "/*", match_headers: {x-token: "${SECRET}"}, target_host: a, priority: 5}
  - {route_id: body, match_path: "/*", match_body_schema: {model: a}, target_host: a, priority: 6}
  - {route_id: schema, match_path: "/*", match_body_schema: {properties: {n: {const: 1}}, required: [n]}, target_host: a, priority: 7}
  - route_id: chosen
    match_path: /v1/*
    target_host: "up.example:9000"
    target_path: /x/*
    add_headers: {Authorization: "Bearer ${SECRET}", X-Plain: p, X-Odd: "${SECRET}"}
    add_body_fields: {max: 5, user: "{client_ip}", word: "${SECRET}"}
  - {route_id: spare, match_path: "/v1/*", target_host: b}
  - {route_id: answer, match_path: "/answer", priority: 200, respond: {status: 201, headers: {X-Odd: "${SECRET}"}, body: hello}}
)";

std::string reasons(const Explanation& explanation) {
  std::string out;
  for (const auto& [id, reason] : explanation.rejected) out += id + ": " + reason + "\n";
  return out;
}

DryRequest request_of(std::string method, std::string url) {
  DryRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  return request;
}

TEST_CASE("what a secret header field must be is no reason's to tell") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: locked, match_path: /a, match_headers: {X-Api-Key: lit3ral}, target_host: a}
  - {route_id: other, match_path: /*, target_host: b}
)");
  DryRequest request = request_of("GET", "http://h/a");
  CHECK(reasons(explain(*snapshot, request)) ==
        "locked: header X-Api-Key is absent, wants '***'\n");
  request.headers = {{"X-Api-Key", "guess"}};
  CHECK(reasons(explain(*snapshot, request)) == "locked: header X-Api-Key is '***', wants '***'\n");
}

TEST_CASE("each better-placed route says why it does not match") {
  const auto snapshot = snapshot_of(kTraced);
  DryRequest request = request_of("GET", "http://b.example/v1/chat?q=1");
  request.headers = {{"X-Env", "a"}, {"X-Token", "guess"}, {"Content-Type", "application/json"}};
  request.body = R"({"model": "b", "n": 2})";
  const Explanation explanation = explain(*snapshot, request);
  CHECK(explanation.route_id == "chosen");
  CHECK(reasons(explanation) ==
        "method: method is GET, not BREW or POST or PUT\n"
        "host: host is 'b.example', wants 'a.example'\n"
        "path: path does not fit '/other/*'\n"
        "header: header x-env is 'a', wants 'b'\n"
        "token: header x-token is '***', wants '***'\n"
        "body: body: model is \"b\", not \"a\"\n"
        "schema: body does not fit the schema at /properties/n/const\n");
  CHECK(explanation.failover == std::vector<std::string>{"spare"});
}

TEST_CASE("a body that is no JSON says so") {
  const auto snapshot = snapshot_of(kTraced);
  DryRequest request = request_of("GET", "/v1/chat");
  request.body = "{";
  CHECK(reasons(explain(*snapshot, request)).contains("body: body is not JSON: "));
  request.body.reset();
  CHECK(reasons(explain(*snapshot, request)).contains("body: body is absent\n"));
}

TEST_CASE("the upstream request is shown with its secrets masked") {
  const auto snapshot = snapshot_of(kTraced);
  DryRequest request = request_of("GET", "http://b.example/v1/chat?q=1");
  request.headers = {{"Cookie", "session=abc"}, {"X-Two", "1"}, {"x-two", "2"}};
  request.body = R"({"model": "b"})";
  const Explanation explanation = explain(*snapshot, request);
  REQUIRE(explanation.upstream_request.has_value());
  CHECK(explanation.upstream_request->url == "http://up.example:9000/x/chat?q=1");
  std::string text;
  append_text(text, explanation);
  CHECK(text.contains("\nGET http://up.example:9000/x/chat?q=1\n  Host: up.example:9000\n"));
  CHECK(text.contains("  Authorization: ***\n  X-Plain: p\n  X-Odd: ***\n"));
  CHECK(text.contains("  Cookie: ***\n"));
  CHECK(text.contains(R"({"model": "b","max":5,"user":"127.0.0.1","word":"***"})"));
  CHECK(text.contains("then spare"));
  CHECK_FALSE(text.contains("s3cr3t"));

  std::string json;
  append_json(json, explanation);
  json::DocumentParser parser;
  const auto parsed = parser.parse(json);
  INFO(json);
  REQUIRE(parsed.has_value());
  CHECK(parsed->find("route_id")->string() == "chosen");
  CHECK(parsed->find("rejected")->size() == 7);
  const auto upstream = *parsed->find("upstream_request");
  CHECK(upstream.find("method")->string() == "GET");
  CHECK(upstream.find("url")->string() == "http://up.example:9000/x/chat?q=1");
  CHECK(upstream.find("headers")->find("X-Two")->string() == "1, 2");
  CHECK_FALSE(upstream.find("headers")->find("x-two").has_value());
  CHECK(upstream.find("body")->is(json::Kind::String));
  CHECK_FALSE(json.contains("s3cr3t"));
}

TEST_CASE("a fixed answer, no route and a malformed request are told") {
  const auto snapshot = snapshot_of(kTraced);
  const auto shown = [&](const DryRequest& request) {
    std::string json;
    append_json(json, explain(*snapshot, request));
    return json;
  };
  const std::string answer = shown(request_of("GET", "/answer"));
  CHECK(answer.starts_with(R"({"route_id":"answer")"));
  CHECK(answer.contains(R"("upstream_request":null,"respond":{"status":201,"headers":)"));
  CHECK(answer.contains(R"("body":"hello")"));
  CHECK(answer.contains(R"("X-Odd":"***")"));
  const std::string none = shown(request_of("GET", "/nowhere"));
  CHECK(none.starts_with(R"({"route_id":null,"rejected":[{"route_id":"method")"));
  CHECK(none.contains(R"("error":{"status":404)"));
  CHECK(shown(request_of("GET", "/../x")).contains(R"("error":{"status":400)"));
  DryRequest split = request_of("GET", "/v1/x");
  split.headers = {{"X-A", "b\r\nX-C: d"}};
  CHECK(shown(split).contains(R"("error":{"status":400)"));
}

TEST_CASE("with limits, keys count") {
  const auto snapshot = snapshot_of(kTraced);
  LimitBook book;
  AdmissionLimits limits(*snapshot, book);
  DryRequest request = request_of("GET", "/v1/chat");
  request.limits = &limits;
  const Explanation explanation = explain(*snapshot, request);
  REQUIRE(explanation.refusal.has_value());
  CHECK(explanation.refusal->status == 401);
  CHECK(explanation.route_id == "chosen");
  CHECK(explanation.upstream_request.has_value());
}

TEST_CASE("secrets in queries are not shown") {
  const auto snapshot = snapshot_of(kTraced);
  DryRequest request = request_of("GET", "http://b.example/v1/chat?q=1&api_key=s3cr3t");
  request.headers = {{"Referer", "http://a.example/?token=s3cr3t&x=1"}};
  const Explanation explanation = explain(*snapshot, request);
  REQUIRE(explanation.upstream_request.has_value());
  CHECK(explanation.upstream_request->url == "http://up.example:9000/x/chat?q=1&api_key=***");
  std::string text;
  append_text(text, explanation);
  CHECK(text.contains("  Referer: http://a.example/?token=***&x=1\n"));
  append_json(text, explanation);
  CHECK_FALSE(text.contains("s3cr3t"));
}

TEST_CASE("what came through a substitution is shown nowhere") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: pattern, match_path: "/a/${SECRET}/*", target_host: t, priority: 1}
  - {route_id: host, match_path: "/*", match_host: "${SECRET}.example", target_host: t, priority: 2}
  - {route_id: target, match_path: "/*", target_host: "${SECRET}.example:81", priority: 3}
)");
  const Explanation explanation = explain(*snapshot, request_of("GET", "/b"));
  CHECK(reasons(explanation) ==
        "pattern: path does not fit '/a/***/*'\n"
        "host: host is 'localhost', wants '***.example'\n");
  std::string text;
  append_text(text, explanation);
  CHECK(text.contains("GET http://***.example:81/b\n  Host: ***.example:81\n"));
  append_json(text, explanation);
  CHECK_FALSE(text.contains("s3cr3t"));
}

TEST_CASE("what is held back of an event stream is told") {
  const auto snapshot = snapshot_of(R"(
proxy: {failover_preamble: {bytes: 8KiB, time: 1500ms}}
routes:
  - {route_id: a, match_path: /a, target_host: t}
  - {route_id: b, match_path: /b, target_host: t, failover_preamble: off}
)");
  const auto shown = [&](std::string url) {
    std::string text;
    const Explanation explanation = explain(*snapshot, request_of("GET", std::move(url)));
    append_text(text, explanation);
    append_json(text, explanation);
    return text;
  };
  CHECK(shown("/a").contains("held back: an event stream's beginning, up to 8KiB or 1500ms\n"));
  CHECK(shown("/a").contains(R"("failover_preamble":{"bytes":8192,"time_ms":1500})"));
  CHECK_FALSE(shown("/b").contains("held back"));
  CHECK_FALSE(shown("/b").contains("failover_preamble"));
}

TEST_CASE("a secret target path is not shown") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: bot, match_path: "/bot", target_host: t, target_path: "/bot${SECRET}/send"}
)");
  std::string text;
  append_text(text, explain(*snapshot, request_of("GET", "/bot")));
  CHECK(text.contains("GET http://t/***\n"));
  CHECK_FALSE(text.contains("s3cr3t"));
}

}  // namespace
}  // namespace fastgate::gateway
