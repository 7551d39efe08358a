#include "gateway/reply.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::RequestScene;

Error error_of(ErrorKind kind, std::string text) {
  return fail(kind, std::move(text)).error();
}

TEST_CASE("errors are JSON that OpenAI's clients read") {
  const struct {
    ErrorKind kind;
    std::uint16_t status;
    std::string_view type;
    std::string_view code;
    bool close;
  } rows[] = {
      {ErrorKind::Malformed, 400, "invalid_request_error", "malformed", true},
      {ErrorKind::Unauthorized, 401, "authentication_error", "unauthorized", false},
      {ErrorKind::Forbidden, 403, "permission_error", "forbidden", false},
      {ErrorKind::NoRoute, 404, "not_found_error", "no_route", false},
      {ErrorKind::BodyTooLarge, 413, "invalid_request_error", "body_too_large", true},
      {ErrorKind::RateLimited, 429, "rate_limit_error", "rate_limited", false},
      {ErrorKind::HeadTooLarge, 431, "invalid_request_error", "head_too_large", true},
      {ErrorKind::Overloaded, 503, "server_error", "overloaded", false},
  };
  for (const auto& row : rows) {
    INFO(std::string(row.code));
    const Reply reply = error_reply(error_of(row.kind, "so \"it\" is"), "req_1");
    CHECK(reply.status == row.status);
    CHECK(reply.close == row.close);
    CHECK(reply.content_type == "application/json");
    CHECK(reply.body == R"({"detail":"so \"it\" is","error":{"message":"so \"it\" is","type":")" +
                            std::string(row.type) + R"(","code":")" + std::string(row.code) +
                            R"("},"request_id":"req_1"})");
  }
}

TEST_CASE("every kind has its status") {
  const std::pair<ErrorKind, int> rows[] = {{ErrorKind::MethodNotAllowed, 405},
                                            {ErrorKind::RequestTimeout, 408},
                                            {ErrorKind::TargetTooLong, 414},
                                            {ErrorKind::UnsupportedMediaType, 415},
                                            {ErrorKind::ExpectationFailed, 417},
                                            {ErrorKind::UpgradeRequired, 426},
                                            {ErrorKind::Internal, 500},
                                            {ErrorKind::NotImplemented, 501},
                                            {ErrorKind::ConnectFailed, 502},
                                            {ErrorKind::TlsFailed, 502},
                                            {ErrorKind::UpstreamReset, 502},
                                            {ErrorKind::UpstreamMalformed, 502},
                                            {ErrorKind::NoServer, 503},
                                            {ErrorKind::ConnectTimeout, 504},
                                            {ErrorKind::UpstreamTimeout, 504},
                                            {ErrorKind::VersionNotSupported, 505},
                                            {ErrorKind::ClientGone, 499},
                                            {ErrorKind::Config, 500},
                                            {ErrorKind::Io, 500}};
  for (const auto& [kind, status] : rows) {
    INFO(std::string(name_of(kind)));
    CHECK(status_of(kind) == status);
  }
}

TEST_CASE("addresses of upstream servers and our own faults are not told") {
  for (const ErrorKind kind :
       {ErrorKind::ConnectFailed, ErrorKind::TlsFailed, ErrorKind::UpstreamReset,
        ErrorKind::UpstreamMalformed, ErrorKind::ConnectTimeout, ErrorKind::UpstreamTimeout,
        ErrorKind::NoServer, ErrorKind::Internal, ErrorKind::Config, ErrorKind::Io}) {
    const Reply reply = error_reply(error_of(kind, "connect to 10.1.2.3:80: refused"), "req_1");
    INFO(reply.body);
    CHECK_FALSE(reply.body.contains("10.1.2.3"));
    CHECK(reply.body.starts_with(R"({"detail":")"));
  }
}

std::string written(const Reply& reply, const ReplyContext& context) {
  std::string out;
  append_reply(out, reply, context);
  return out;
}

TEST_CASE("a reply is written with its framing") {
  Reply reply;
  reply.content_type = "text/plain";
  reply.body = "hello";
  reply.headers.emplace_back("Retry-After", "3");
  ReplyContext context;
  context.request_id = "req_1";
  context.http_date = "then";
  const std::string head =
      "HTTP/1.1 200 OK\r\nDate: then\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
      "Retry-After: 3\r\nX-Request-Id: req_1\r\n";
  CHECK(written(reply, context) == head + "\r\nhello");
  context.method = http::Method::Head;
  CHECK(written(reply, context) == head + "\r\n");
  context.keep_alive = false;
  CHECK(written(reply, context) == head + "Connection: close\r\n\r\n");
  context.keep_alive = true;
  context.client_minor_version = 0;
  CHECK(written(reply, context) == head + "Connection: keep-alive\r\n\r\n");
  reply.close = true;
  CHECK(written(reply, context) == head + "Connection: close\r\n\r\n");
}

TEST_CASE("204 has neither body nor length, and 401 names the scheme") {
  Reply reply;
  reply.status = 204;
  reply.body = "never";
  CHECK(written(reply, {}) == "HTTP/1.1 204 No Content\r\n\r\n");
  const Reply refused = error_reply(error_of(ErrorKind::Unauthorized, "a key is required"), "r");
  CHECK(written(refused, {}).contains("\r\nWWW-Authenticate: Bearer\r\n"));
}

TEST_CASE("respond is rendered for each request") {
  const auto snapshot = test::snapshot_of(R"(
routes:
  - {route_id: json, match_path: "/j/{id}", respond: {status: 201, headers: {X-A: "{id}"}, body: {id: "{id}", n: {a: {}}}}}
  - {route_id: text, match_path: "/t/{id}", respond: {headers: {content-type: text/html}, body: "<{id}>"}}
)");
  const auto reply_for = [&](std::string_view path, std::size_t route) {
    const RequestScene request("GET " + std::string(path) + " HTTP/1.1\nHost: h");
    Captures captures;
    REQUIRE(snapshot->routes[route].pattern.match(request.target.match_path, captures));
    return fixed_reply(*snapshot->routes[route].respond, {&request.facts, &captures, {}, {}});
  };
  const Reply json = reply_for("/j/a%22b", 0);
  CHECK(json.status == 201);
  CHECK(json.content_type == "application/json");
  CHECK(json.body == R"({"id":"a\"b","n":{"a":{}}})");
  REQUIRE(json.headers.size() == 1);
  CHECK(json.headers[0].second == "a\"b");
  const Reply text = reply_for("/t/x", 1);
  CHECK(text.status == 200);
  CHECK(text.content_type == "text/html");
  CHECK(text.body == "<x>");
  CHECK(text.headers.empty());
}

TEST_CASE("what a route does to the fields of answers holds for its fixed answer too") {
  const auto snapshot = test::snapshot_of(R"(
routes:
  - match_path: "/{id}"
    respond: {headers: {X-Off: "1", x-a: own, Set-Cookie: own=1, Content-Type: text/html}, body: x}
    add_response_headers: {X-A: "{id}", Set-Cookie: added=1, Content-Type: text/css}
    remove_response_headers: [x-off]
)");
  const RequestScene request("GET /b HTTP/1.1\nHost: h");
  Captures captures;
  REQUIRE(snapshot->routes[0].pattern.match(request.target.match_path, captures));
  REQUIRE(snapshot->routes[0].needs_captures);
  const Reply reply =
      fixed_reply(*snapshot->routes[0].respond, {&request.facts, &captures, {}, {}});
  CHECK(reply.content_type == "text/css");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"Set-Cookie", "own=1"}, {"X-A", "b"}, {"Set-Cookie", "added=1"}};
  CHECK(reply.headers == expected);
}

}  // namespace
}  // namespace fastgate::gateway
