// What goes wrong on either side, and what the other side sees of it.

#include "wire/cases.h"

namespace fastgate::test {

TEST_CASE("an answer that is cut never looks whole") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
  REQUIRE(scene.until([&] { return holds(client.received, "part"); }));
  upstream.connections[0]->stream.reset();
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK_FALSE(client.received.ends_with("0\r\n\r\n"));
}

TEST_CASE("an answer without length to HTTP/1.0 that is cut ends in a reset") {
  ProxyScene scene(ClientKind::Socket);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /s HTTP/1.0\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
  REQUIRE(scene.until([&] { return holds(client.received, "part"); }));
  upstream.connections[0]->stream.reset();
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK(client.has_failed);
}

TEST_CASE("a client that leaves frees the upstream, also between two events") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  client.stream.reset();
  REQUIRE(scene.until([&] { return server.is_over(); }));
  CHECK(scene.open_connections() == 0);
}

TEST_CASE("a client that leaves while another request of it waits frees the upstream") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  client.stream.reset();
  REQUIRE(scene.until([&] { return server.is_over(); }));
  CHECK(scene.open_connections() == 0);
  CHECK(upstream.connections.size() == 1);
}

TEST_CASE(
    "bytes of requests that wait are held up to a bound, and all of them are read in the end") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  constexpr std::size_t kSize = 32U << 20;
  client.stream->write("PUT /2 HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kSize) +
                       "\r\n\r\n");
  client.stream->write(std::string(kSize, 'u'));
  scene.settle();
  CHECK(client.stream->pending() > kSize / 2);
  server.received.clear();
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return server.received.size() > kSize; }));
  CHECK(server.received.starts_with("PUT /2 "));
}

TEST_CASE("what cannot be understood is refused and nothing of it reaches an upstream") {
  FOR_BOTH_CLIENTS(kind);
  for (const std::string_view request :
       {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /../.. HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n"}) {
    CAPTURE(request);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    scene.configure(route_to(upstream));
    Endpoint& client = scene.connect();
    client.stream->write(request);
    REQUIRE(scene.until([&] { return client.is_over(); }));
    CHECK(client.received.starts_with("HTTP/1.1 400 "));
    CHECK(holds(client.received, "\"request_id\":\"req_"));
    CHECK(upstream.connections.empty());
  }
}

TEST_CASE("an idle upstream connection that died is no error of the next request") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  asked(scene, upstream).stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  // Closed and asked in the same turn: the gateway cannot know yet.
  upstream.connections[0]->stream.reset();
  client.received.clear();
  std::string body = "body";
  SUBCASE("a short body") {}
  SUBCASE("a body beyond buffer_limit") {
    body.insert(0, 200'000, 'x');
  }
  client.stream->write("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                       std::to_string(body.size()) + "\r\n\r\n" + body);
  Endpoint& second = asked(scene, upstream, 1);
  REQUIRE(scene.until([&] { return second.received.ends_with("\r\n\r\n" + body); }));
  second.stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a body up to inspect_limit is sent again to the only server") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {inspect_limit: 256KiB}\n" + route_to(upstream, "retry_on: [\"503\"]"));
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  const auto post = [](const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  };
  const std::string body(256U << 10, 'x');
  Endpoint& client = scene.connect();
  client.stream->write(post(body));
  for (std::size_t number = 0; number < 2; ++number) {
    Endpoint& server = asked(scene, upstream, number);
    REQUIRE(scene.until([&] { return server.received.ends_with("\r\n\r\n" + body); }));
    server.stream->write(number == 0 ? kBusy : kOk);
  }
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));

  client.received.clear();
  upstream.connections[1]->received.clear();
  client.stream->write(post(body + "x"));
  Endpoint& server = asked(scene, upstream, 1);
  REQUIRE(scene.until([&] { return server.received.ends_with(body + "x"); }));
  server.stream->write(kBusy);
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 503 "));
}

TEST_CASE("another server of the group answers when the first cannot be reached") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream good(*scene.loop);
  std::string dead;
  {
    FakeUpstream gone(*scene.loop);
    dead = gone.address();
  }
  scene.configure("upstreams: [{name: g, servers: [{host: \"" + dead + "\"}, {host: \"" +
                  good.address() +
                  "\"}]}]\nroutes: [{route_id: r, match_path: \"/*\", auth: none, upstream: g}]\n");
  for (int i = 0; i < 4; ++i) {
    Endpoint& client = scene.connect();
    client.stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
    REQUIRE(scene.until([&] {
      return !good.connections.empty() && good.connections[0]->received.ends_with("hi");
    }));
    good.connections[0]->received.clear();
    good.connections[0]->stream->write(kOk);
    REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  }
}

TEST_CASE("the next matching route answers when the first route's server is down or says 503") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream busy(*scene.loop);
  FakeUpstream backup(*scene.loop);
  scene.configure(
      "routes:\n"
      "  - {route_id: a, match_path: \"/*\", auth: none, priority: 1, target_host: \"" +
      busy.address() +
      "\"}\n  - {route_id: b, match_path: \"/*\", auth: none, priority: 2, target_host: \"" +
      backup.address() + "\"}\n");
  Endpoint& client = scene.connect();
  client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked(scene, busy).stream->write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  asked(scene, backup).stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));

  // A POST was taken by the first one: its answer is passed on.
  client.received.clear();
  busy.connections[0]->received.clear();
  client.stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  asked(scene, busy).stream->write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 503 "));
}

TEST_CASE("the next matching route answers for as long as the first route's server is down") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream backup(*scene.loop);
  scene.configure(
      "routes:\n"
      "  - {route_id: a, match_path: \"/*\", auth: none, priority: 1, target_host: "
      "\"127.0.0.1:1\"}\n"
      "  - {route_id: b, match_path: \"/*\", auth: none, priority: 2, target_host: \"" +
      backup.address() + "\"}\n");
  Endpoint& client = scene.connect();
  // More than the retry budget has.
  for (std::uint32_t number = 0; number < 2 * proxy::RetryBudget::kReserve; ++number) {
    client.received.clear();
    client.stream->write(
        number % 2 == 0 ? get("/") : "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    Endpoint& server = asked(scene, backup);
    server.received.clear();
    server.stream->write(kOk);
    REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  }
}

TEST_CASE("a next route that is not open to the client does not answer for the one that failed") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  const auto ask = [&](const std::string& first, const std::string& last) -> Endpoint& {
    scene.configure(
        "routes:\n"
        "  - {route_id: a, match_path: \"/*\", auth: none, priority: 1, target_host: \"" +
        first + "\"}\n" +
        "  - {route_id: b, match_path: \"/*\", priority: 2, target_host: \"127.0.0.1:1\"}\n" +
        last);
    Endpoint& client = scene.connect();
    client.stream->write(get("/"));
    return client;
  };
  SUBCASE("its server cannot be reached") {
    Endpoint& client = ask("127.0.0.1:1", "");
    REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
    CHECK(client.received.starts_with("HTTP/1.1 502 "));
  }
  SUBCASE("its server is busy") {
    Endpoint& client = ask(upstream.address(), "");
    asked(scene, upstream).stream->write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
    REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
    CHECK(client.received.starts_with("HTTP/1.1 503 Busy\r\n"));
  }
  SUBCASE("there is a further one") {
    Endpoint& client = ask("127.0.0.1:1",
                           "  - {route_id: c, match_path: \"/*\", auth: none, priority: 3, "
                           "target_host: \"" +
                               upstream.address() + "\"}\n");
    asked(scene, upstream).stream->write(kOk);
    REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  }
}

TEST_CASE("an interim answer ends the upstream's silence") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  constexpr std::chrono::seconds kTimeout{10};
  constexpr std::chrono::milliseconds kPause{100};
  scene.configure(route_to(upstream, "timeout: 10s"));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  Endpoint& server = asked(scene, upstream);
  const MonotonicTime asked_at = scene.loop->now();
  REQUIRE(scene.until([&] { return scene.loop->now() >= asked_at + kPause; }));
  server.stream->write("HTTP/1.1 102 Processing\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  // When the silence from the beginning would be too long, that since the interim answer is not.
  scene.loop->timers().advance(asked_at + kTimeout + kPause / 2);
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  CHECK(client.received.starts_with("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a request that was taken is not made again when the answer does not come in time") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream silent(*scene.loop);
  FakeUpstream backup(*scene.loop);
  scene.configure(
      "routes:\n"
      "  - {route_id: a, match_path: \"/*\", auth: none, priority: 1, first_byte_timeout: 50ms, "
      "target_host: \"" +
      silent.address() +
      "\"}\n  - {route_id: b, match_path: \"/*\", auth: none, priority: 2, target_host: \"" +
      backup.address() + "\"}\n");
  Endpoint& client = scene.connect();
  client.stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 504 "));
  CHECK(backup.connections.empty());
}

TEST_CASE("a silent upstream is 504, a broken head 502") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream, "first_byte_timeout: 50ms"));
  Endpoint& client = scene.connect();
  client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 504 "));

  Endpoint& other = scene.connect();
  other.stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  asked(scene, upstream, 1).stream->write("HTTP/1.1 200 OK\r\nBad header\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(other.received); }));
  CHECK(other.received.starts_with("HTTP/1.1 502 "));
}

TEST_CASE("a 101 is taken only for an upgrade that was passed on") {
  FOR_BOTH_CLIENTS(kind);
  for (const std::string_view fields :
       {"", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n"}) {
    CAPTURE(fields);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    scene.configure(route_to(upstream, "retry_count: 0"));
    Endpoint& client = scene.connect();
    client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    Endpoint& server = asked(scene, upstream);
    CHECK_FALSE(holds(server.received, "pgrade"));
    server.stream->write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
    CHECK(client.received.starts_with("HTTP/1.1 502 "));
  }
}

TEST_CASE("an answer is passed on when the servers that are left are switched off") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("upstreams: [{name: g, servers: [{host: \"" + upstream.address() +
                  "\"}, {host: \"127.0.0.1:9\", down: true}]}]\n"
                  "routes: [{route_id: r, match_path: \"/*\", auth: none, upstream: g}]\n");
  Endpoint& client = scene.connect();
  client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked(scene, upstream)
      .stream->write("HTTP/1.1 503 Busy\r\nX-Mine: 1\r\nContent-Length: 0\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 503 Busy\r\n"));
  CHECK(holds(client.received, "X-Mine: 1\r\n"));
}

}  // namespace fastgate::test
