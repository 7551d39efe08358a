#include "gateway/response_headers.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using http::BodyFraming;
using test::head_text;
using test::RequestScene;

struct ResponseScene {
  http::ResponseHead head;
  http::HopByHop hops;
  explicit ResponseScene(std::string_view lines, http::Method method = http::Method::Get) {
    http::Http1ResponseParser parser{http::ParserLimits{}};
    parser.begin(head, method);
    const auto fed = parser.feed_head(head_text(lines));
    INFO(lines);
    REQUIRE(fed.has_value());
    hops.inspect(head);
  }
};

TEST_CASE("the answer is framed as the client can take it") {
  const struct {
    std::string_view request;
    std::string_view response;
    BodyFraming framing;
    bool keep_alive;
  } rows[] = {
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 200 OK\nContent-Length: 5", BodyFraming::ContentLength,
       true},
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked",
       BodyFraming::Chunked, true},
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 200 OK", BodyFraming::Chunked, true},
      {"GET / HTTP/1.1\nHost: h\nConnection: close", "HTTP/1.1 200 OK", BodyFraming::Chunked,
       false},
      {"GET / HTTP/1.0\nConnection: keep-alive", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked",
       BodyFraming::UntilClose, false},
      {"GET / HTTP/1.0\nConnection: keep-alive", "HTTP/1.1 200 OK\nContent-Length: 1",
       BodyFraming::ContentLength, true},
      {"GET / HTTP/1.0", "HTTP/1.1 200 OK\nContent-Length: 1", BodyFraming::ContentLength, false},
      {"HEAD / HTTP/1.1\nHost: h", "HTTP/1.1 200 OK\nContent-Length: 5", BodyFraming::None, true},
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 204 No Content", BodyFraming::None, true},
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 304 Not Modified\nContent-Length: 5", BodyFraming::None,
       true},
      {"GET / HTTP/1.1\nHost: h", "HTTP/1.1 103 Early Hints", BodyFraming::None, true},
  };
  for (const auto& row : rows) {
    INFO(row.request, " / ", row.response);
    const RequestScene request(row.request);
    const ResponseScene response(row.response, request.head.method);
    const DownstreamFraming framing = downstream_framing(request.head, response.head);
    CHECK(framing.framing == row.framing);
    CHECK(framing.keep_alive == row.keep_alive);
  }
}

std::string answered(std::string_view response_lines, ResponsePlan plan) {
  const ResponseScene response(response_lines);
  plan.hop_by_hop = &response.hops;
  std::string out;
  append_response_head(out, response.head, plan);
  return out;
}

TEST_CASE("fields pass in their order and spelling") {
  ResponsePlan plan;
  plan.framing = {BodyFraming::ContentLength, true};
  plan.request_id = "req_1";
  CHECK(
      answered(
          "HTTP/1.0 404 Nope Nope\nseRver: x\nSet-Cookie: a\nX-Request-Id: theirs\nSet-Cookie:  b\n"
          "Connection: close, x-hop\nX-Hop: 1\nKeep-Alive: 1\nContent-Length: 3\nDate: then",
          plan) == head_text("HTTP/1.1 404 Nope Nope\nseRver: x\nSet-Cookie: a\nSet-Cookie:  b\n"
                             "Content-Length: 3\nDate: then\nX-Request-Id: req_1"));
}

TEST_CASE("framing and connection are the gateway's own") {
  ResponsePlan plan;
  plan.framing = {BodyFraming::Chunked, true};
  CHECK(answered("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", plan) ==
        head_text("HTTP/1.1 200 OK\nTransfer-Encoding: chunked"));
  plan.framing = {BodyFraming::UntilClose, false};
  CHECK(answered("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", plan) ==
        head_text("HTTP/1.1 200 OK\nConnection: close"));
  plan.framing = {BodyFraming::Chunked, true};
  CHECK(answered("HTTP/1.1 200 OK\nContent-Length: 5", plan) ==
        head_text("HTTP/1.1 200 OK\nTransfer-Encoding: chunked"));
  plan.framing = {BodyFraming::ContentLength, true};
  plan.client_minor_version = 0;
  CHECK(answered("HTTP/1.1 200 OK\nContent-Length: 5", plan) ==
        head_text("HTTP/1.1 200 OK\nContent-Length: 5\nConnection: keep-alive"));
  plan.framing = {BodyFraming::None, true};
  plan.client_minor_version = 1;
  CHECK(answered("HTTP/1.1 304 Not Modified\nContent-Length: 5\nETag: x", plan) ==
        head_text("HTTP/1.1 304 Not Modified\nContent-Length: 5\nETag: x"));
}

TEST_CASE("interim answers pass bare, and an upgrade keeps its fields") {
  ResponsePlan plan;
  plan.framing = {BodyFraming::None, false};
  plan.request_id = "req_1";
  CHECK(answered("HTTP/1.1 103 Early Hints\nLink: </a>", plan) ==
        head_text("HTTP/1.1 103 Early Hints\nLink: </a>"));
  CHECK(answered("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n"
                 "Sec-WebSocket-Accept: x",
                 plan) ==
        head_text("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nSec-WebSocket-Accept: x\n"
                  "X-Request-Id: req_1\nConnection: upgrade"));
}

TEST_CASE("the route's changes apply") {
  const auto snapshot = test::snapshot_of(R"(
routes:
  - {route_id: r, match_path: "/*", target_host: up, remove_response_headers: [server, X-Odd],
     add_response_headers: {X-Frame: DENY, Cache-Control: "no-store", Set-Cookie: "s={request_id}"}}
)");
  const RequestScene request("GET / HTTP/1.1\nHost: h");
  const TemplateValues values{&request.facts, nullptr, {}, {}};
  ResponsePlan plan;
  plan.route = snapshot->routes.data();
  plan.values = &values;
  plan.framing = {BodyFraming::ContentLength, true};
  plan.server_timing = "gw;dur=1";
  CHECK(answered("HTTP/1.1 200 OK\nServer: x\nx-odd: 1\nSet-Cookie: a\ncache-control: public\n"
                 "Content-Length: 0",
                 plan) ==
        head_text("HTTP/1.1 200 OK\nSet-Cookie: a\nContent-Length: 0\nX-Frame: DENY\n"
                  "Cache-Control: no-store\nSet-Cookie: s=" +
                  std::string(test::kRequestId) + "\nServer-Timing: gw;dur=1"));
}

}  // namespace
}  // namespace fastgate::gateway
