// What a route's `audit` keeps: header fields, bodies, the merged message of a stream.

#include "support/fake_intake.h"
#include "wire/cases.h"

namespace fastgate::test {
namespace {

const std::string kAll = "audit: {headers: true, request_body: 100, response_body: 1KiB}";

struct CaptureBench {
  explicit CaptureBench(ClientKind kind) : scene(kind), upstream(*scene.loop) {
    scene.intake = &intake;
  }
  const FakeIntake::Kept& last() {
    scene.worker().recorder.flush();
    REQUIRE_FALSE(intake.rows.empty());
    return intake.rows.back();
  }
  FakeIntake intake;
  ProxyScene scene;
  FakeUpstream upstream;
};

}  // namespace

TEST_CASE("headers and bodies of a plain exchange, secrets masked") {
  FOR_BOTH_CLIENTS(kind);
  CaptureBench bench(kind);
  bench.scene.configure(route_to(
      bench.upstream, kAll + ", add_headers: {X-Inner: \"${FASTGATE_NO_SUCH_NAME:-s3cret}\"}"));
  Endpoint& client = bench.scene.connect();
  client.stream->write(
      "POST /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\nX-Inner: s3cret\r\n"
      "Accept: */*\r\nContent-Length: 10\r\n\r\n{\"a\":");
  Endpoint& server = asked(bench.scene, bench.upstream);
  client.stream->write("1}   ");
  REQUIRE(bench.scene.until([&] { return server.received.ends_with("1}   "); }));
  server.stream->write(
      "HTTP/1.1 200 OK\r\nSet-Cookie: id=s3cret\r\nContent-Type: text/plain\r\n"
      "Content-Length: 2\r\n\r\nok");
  REQUIRE(bench.scene.until([&] { return client.received.ends_with("ok"); }));
  const FakeIntake::Kept& kept = bench.last();
  CHECK(kept.view(kept.row.request_headers) ==
        R"({"Host":"x","Authorization":"***","X-Inner":"***","Accept":"*/*",)"
        R"("Content-Length":"10"})");
  CHECK(kept.view(kept.row.request_body) == "{\"a\":1}   ");
  CHECK(kept.view(kept.row.response_headers) ==
        R"({"Set-Cookie":"***","Content-Type":"text/plain","Content-Length":"2"})");
  CHECK(kept.view(kept.row.response_body) == "ok");
  CHECK(kept.text.find("s3cret") == std::string::npos);
}

TEST_CASE("a route that keeps nothing keeps nothing, and answers of our own are kept") {
  FOR_BOTH_CLIENTS(kind);
  CaptureBench bench(kind);
  bench.scene.configure(
      "routes:\n  - {route_id: a, match_path: /a, auth: none, respond: {status: 200, body: "
      "kept}, " +
      kAll +
      "}\n  - {route_id: b, match_path: /b, auth: none, respond: {status: 200, body: no}}\n");
  Endpoint& client = bench.scene.connect();
  client.stream->write("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(bench.scene.until([&] { return client.received.ends_with("kept"); }));
  CHECK(bench.last().view(bench.last().row.response_body) == "kept");
  CHECK(bench.last().view(bench.last().row.request_headers) == R"({"Host":"x"})");
  client.stream->write("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(bench.scene.until([&] { return client.received.ends_with("no"); }));
  CHECK(bench.last().row.response_body.length == 0);
  CHECK(bench.last().row.request_headers.length == 0);
}

TEST_CASE("of an OpenAI stream the merged message is kept, and every event passes at once") {
  FOR_BOTH_CLIENTS(kind);
  CaptureBench bench(kind);
  bench.scene.configure(route_to(bench.upstream, kAll));
  Endpoint& client = bench.scene.connect();
  client.stream->write(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  Endpoint& server = asked(bench.scene, bench.upstream);
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  for (const std::string word : {"Hel", "lo"}) {
    server.stream->write(R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":")" + word +
                         "\"}}]}\n\n");
    REQUIRE(bench.scene.until([&] { return holds(client.received, "\"" + word + "\""); }));
  }
  bench.scene.worker().recorder.flush();
  CHECK(bench.last().row.stage == record::AuditStage::FirstByte);
  CHECK(bench.last().row.request_headers.length > 0);
  server.stream->write("data: [DONE]\n\n");
  server.stream->end_writing();
  REQUIRE(bench.scene.until([&] { return client.received.ends_with("0\r\n\r\n"); }));
  CHECK(bench.last().view(bench.last().row.response_body) ==
        R"({"object":"chat.completion","id":"c","choices":[{"index":0,"message":)"
        R"({"role":"assistant","content":"Hello"},"finish_reason":null}]})");
}

}  // namespace fastgate::test
