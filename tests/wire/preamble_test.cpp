// Event streams that begin with an error, and what `failover_preamble` makes of them.

#include "wire/cases.h"

namespace fastgate::test {
namespace {

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
constexpr std::string_view kPost = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";

/// Two routes for the same requests; the first one holds streams back as `preamble` says.
std::string two_routes(const FakeUpstream& first, const FakeUpstream& second,
                       const std::string& preamble) {
  return "proxy: {failover_preamble: " + preamble +
         "}\nroutes:\n"
         "  - {route_id: a, match_path: \"/*\", auth: none, priority: 1, target_host: \"" +
         first.address() +
         "\"}\n  - {route_id: b, match_path: \"/*\", auth: none, priority: 2, target_host: \"" +
         second.address() + "\"}\n";
}

Endpoint& post(ProxyScene& scene) {
  Endpoint& client = scene.connect();
  client.stream->write(kPost);
  return client;
}

}  // namespace

TEST_CASE("a stream that begins with an error goes to the next route, byte for byte") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream broken(*scene.loop);
  FakeUpstream good(*scene.loop);
  scene.configure(two_routes(broken, good, "{bytes: 4KiB, time: 1m}"));
  Endpoint& client = post(scene);
  Endpoint& first = asked(scene, broken);
  const std::string request = first.received;
  first.stream->write(kStreamHead);
  first.stream->write(": queued\n\nevent: ping\ndata: {}\n\ndata: {\"choices\": []}\n\n");
  first.stream->write("data: {\"error\": {\"message\": \"no memory\"}}\n\n");
  Endpoint& second = asked(scene, good);
  REQUIRE(scene.until([&] { return second.received.ends_with("body"); }));
  // The same request, but for whom it is for.
  CHECK(second.received.substr(second.received.find("\r\n\r\n")) ==
        request.substr(request.find("\r\n\r\n")));
  CHECK(client.received.empty());
  second.stream->write(kStreamHead);
  second.stream->write("data: {\"choices\": [{\"delta\": {\"content\": \"Hi\"}}]}\n\n");
  REQUIRE(scene.until([&] { return holds(client.received, "\"Hi\""); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(holds(client.received, "error"));
  CHECK_FALSE(holds(client.received, "queued"));
  REQUIRE(scene.until([&] { return first.is_over(); }));
}

TEST_CASE("what was held back is passed on whole with the first content, and then at once") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  FakeUpstream spare(*scene.loop);
  scene.configure(two_routes(upstream, spare, "{bytes: 4KiB, time: 1m}"));
  Endpoint& client = post(scene);
  Endpoint& server = asked(scene, upstream);
  server.stream->write(kStreamHead);
  server.stream->write(": queued\r\n\r\nevent: ping\rdata: {}\r\r");
  scene.settle();
  CHECK(client.received.empty());
  server.stream->write("data: x\n\n");
  REQUIRE(scene.until([&] { return holds(client.received, "data: x\n\n"); }));
  CHECK(holds(client.received, ": queued\r\n\r\nevent: ping\rdata: {}\r\rdata: x\n\n"));
  server.stream->write("data: {\"error\": 1}\n\n");
  REQUIRE(scene.until([&] { return holds(client.received, "{\"error\": 1}"); }));
  CHECK(spare.connections.empty());
}

TEST_CASE("the bounds in bytes and in time end the holding back") {
  FOR_BOTH_CLIENTS(kind);
  for (const std::string_view bounds : {"{bytes: 8, time: 1m}", "{bytes: 4KiB, time: 20ms}"}) {
    CAPTURE(bounds);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    FakeUpstream spare(*scene.loop);
    scene.configure(two_routes(upstream, spare, std::string(bounds)));
    Endpoint& client = post(scene);
    Endpoint& server = asked(scene, upstream);
    server.stream->write(kStreamHead);
    server.stream->write(": queued\n\n");
    REQUIRE(scene.until([&] { return holds(client.received, ": queued\n\n"); }));
    // It is too late now.
    server.stream->write("event: error\ndata: {}\n\n");
    REQUIRE(scene.until([&] { return holds(client.received, "event: error\ndata: {}\n\n"); }));
    CHECK(spare.connections.empty());
  }
}

TEST_CASE("an error that nobody else can make good is passed on") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream first(*scene.loop);
  FakeUpstream second(*scene.loop);
  scene.configure(two_routes(first, second, "{bytes: 4KiB, time: 1m}"));
  Endpoint& client = post(scene);
  asked(scene, first).stream->write(std::string(kStreamHead) + "data: {\"error\": \"one\"}\n\n");
  asked(scene, second).stream->write(std::string(kStreamHead) + "data: {\"error\": \"two\"}\n\n");
  REQUIRE(scene.until([&] { return holds(client.received, "data: {\"error\": \"two\"}\n\n"); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));
  CHECK_FALSE(holds(client.received, "one"));
  second.connections[0]->stream.reset();
  REQUIRE(scene.until([&] { return client.is_over() || holds(client.received, "0\r\n\r\n"); }));
}

TEST_CASE(
    "a stream that ends or breaks before its content is replaced; a whole one without is not") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream broken(*scene.loop);
  FakeUpstream good(*scene.loop);
  scene.configure(two_routes(broken, good, "{bytes: 4KiB, time: 1m}"));
  Endpoint& client = post(scene);
  asked(scene, broken)
      .stream->write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          "6\r\n: hi\n\n\r\n");
  scene.settle();
  broken.connections[0]->stream.reset();
  asked(scene, good).stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));

  client.received.clear();
  client.stream->write(kPost);
  asked(scene, broken, 1)
      .stream->write(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
          "6\r\n: hi\n\n\r\n0\r\n\r\n");
  REQUIRE(scene.until([&] { return client.received.ends_with("0\r\n\r\n"); }));
  CHECK(holds(client.received, "\r\n\r\n6\r\n: hi\n\n\r\n0\r\n\r\n"));
}

TEST_CASE("an answer that is no event stream, is coded, or is no 200 is not held back") {
  FOR_BOTH_CLIENTS(kind);
  for (const std::string_view head :
       {"200 OK\r\nContent-Type: application/json",
        "200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip",
        "201 Created\r\nContent-Type: text/event-stream"}) {
    CAPTURE(head);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    FakeUpstream spare(*scene.loop);
    scene.configure(two_routes(upstream, spare, "{bytes: 4KiB, time: 1m}"));
    Endpoint& client = post(scene);
    asked(scene, upstream)
        .stream->write("HTTP/1.1 " + std::string(head) +
                       "\r\nConnection: close\r\n\r\n: early\n\n");
    REQUIRE(scene.until([&] { return holds(client.received, ": early\n\n"); }));
  }
}

TEST_CASE("without failover_preamble, and where there is nobody else, nothing is held back") {
  FOR_BOTH_CLIENTS(kind);
  for (const bool is_off : {true, false}) {
    CAPTURE(is_off);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    FakeUpstream spare(*scene.loop);
    scene.configure(is_off ? two_routes(upstream, spare, "off")
                           : route_to(upstream, "failover_preamble: {time: 1m}"));
    Endpoint& client = post(scene);
    asked(scene, upstream).stream->write(std::string(kStreamHead) + ": early\n\n");
    REQUIRE(scene.until([&] { return holds(client.received, ": early\n\n"); }));
  }
}

TEST_CASE("an error event does not take a server out: a client's own request may be the cause") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream one(*scene.loop);
  FakeUpstream two(*scene.loop);
  scene.configure("upstreams: [{name: g, max_fails: 1, fail_timeout: 1h, servers: [{host: \"" +
                  one.address() + "\"}, {host: \"" + two.address() +
                  "\"}]}]\nroutes: [{route_id: r, match_path: \"/*\", auth: none, upstream: g, "
                  "failover_preamble: {time: 1m}}]\n");
  for (std::size_t round = 0; round < 3; ++round) {
    Endpoint& client = post(scene);
    REQUIRE(
        scene.until([&] { return one.connections.size() + two.connections.size() > 2 * round; }));
    FakeUpstream& first = one.connections.size() > two.connections.size() ? one : two;
    FakeUpstream& other = &first == &one ? two : one;
    const std::string error = std::string(kStreamHead) + "event: error\ndata: {}\n\n";
    asked(scene, first, round).stream->write(error);
    asked(scene, other, round).stream->write(error);
    REQUIRE(scene.until([&] { return holds(client.received, "event: error"); }));
  }
  CHECK(one.connections.size() == 3);
  CHECK(two.connections.size() == 3);
}

TEST_CASE("a client that leaves while its answer is held back frees the upstream") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  FakeUpstream spare(*scene.loop);
  scene.configure(two_routes(upstream, spare, "{bytes: 4KiB, time: 1m}"));
  Endpoint& client = post(scene);
  Endpoint& server = asked(scene, upstream);
  server.stream->write(std::string(kStreamHead) + ": queued\n\n");
  scene.settle();
  client.stream.reset();
  REQUIRE(scene.until([&] { return server.is_over(); }));
  CHECK(scene.open_connections() == 0);
  CHECK(spare.connections.empty());
}

}  // namespace fastgate::test
