// Requests and answers through the proxy: framing both ways, reuse, pipelining, streams.

#include "wire/cases.h"

namespace fastgate::test {

TEST_CASE("a request reaches the upstream, its answer the client, and both connections stay") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  for (int round = 0; round < 3; ++round) {
    client.received.clear();
    client.stream->write("GET /a?b HTTP/1.1\r\nHost: x\r\nX-One: 1\r\n\r\n");
    Endpoint& server = asked(scene, upstream);
    CHECK(server.received.starts_with("GET /a?b HTTP/1.1\r\n"));
    CHECK(holds(server.received, "X-One: 1\r\n"));
    server.received.clear();
    server.stream->write(kOk);
    REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
    CHECK(client.received.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(holds(client.received, "X-Request-Id: req_"));
  }
  CHECK(upstream.connections.size() == 1);
  CHECK(scene.open_connections() == 1);
  CHECK(holds(scene.metrics(), "fastgate_requests_total{route=\"r\",status=\"2xx\"} 3"));
}

TEST_CASE("any split of a request gives the same request") {
  FOR_BOTH_CLIENTS(kind);
  const std::string request =
      "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= request.size(); step += 13) {
    CAPTURE(step);
    ProxyScene scene(kind);
    FakeUpstream upstream(*scene.loop);
    scene.configure(route_to(upstream));
    Endpoint& client = scene.connect();
    for (std::size_t at = 0; at < request.size(); at += step) {
      client.stream->write(request.substr(at, step));
      scene.settle();
    }
    Endpoint& server = asked(scene, upstream);
    const auto body = [&] {
      const std::string& text = server.received;
      std::string payload;
      for (const char c : text.substr(text.find("\r\n\r\n"))) {
        if (c >= 'a' && c <= 'e') payload += c;
      }
      return payload;
    };
    REQUIRE(scene.until([&] { return body() == "abcde"; }));
    server.stream->write(kOk);
    REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  }
}

TEST_CASE("pipelined requests are answered in their order, one at a time") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  scene.settle();
  CHECK_FALSE(holds(server.received, "/2"));
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
  REQUIRE(scene.until([&] { return holds(server.received, "GET /2 "); }));
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo");
  REQUIRE(scene.until([&] { return client.received.ends_with("two"); }));
  CHECK(client.received.find("one") < client.received.find("two"));
}

TEST_CASE("each event of a stream is passed on before the next is made") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /s HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    const std::string event = "data: " + std::to_string(i) + "\n\n";
    server.stream->write("9\r\n" + event + "\r\n");
    REQUIRE(scene.until([&] { return client.received.ends_with(event + "\r\n"); }));
  }
  server.stream->write("0\r\n\r\n");
  REQUIRE(scene.until([&] { return client.received.ends_with("\r\n0\r\n\r\n"); }));
}

TEST_CASE("an upgrade becomes a tunnel, both ways, to its end") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(
      "GET /w HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  CHECK(holds(server.received, "Upgrade: echo\r\n"));
  server.stream->write(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello");
  REQUIRE(scene.until([&] { return client.received.ends_with("hello"); }));
  client.stream->write("ping");
  REQUIRE(scene.until([&] { return server.received.ends_with("ping"); }));
  server.stream->write("pong");
  REQUIRE(scene.until([&] { return client.received.ends_with("pong"); }));
  server.stream->end_writing();
  REQUIRE(scene.until([&] { return client.is_over(); }));
  client.stream->end_writing();
  REQUIRE(scene.until([&] { return scene.open_connections() == 0; }));
}

}  // namespace fastgate::test
