// Slow sides hold the other side back; limits and waiting rooms count exactly.

#include "wire/cases.h"

namespace fastgate::test {

TEST_CASE("a client that does not read holds the upstream back, and gets every byte when it does") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {buffer_limit: 16KiB}\n" + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  client.stream->pause_reading();
  // More than the sockets' own buffers of both sides can take.
  constexpr std::size_t kSize = 32U << 20;
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
  server.stream->write(std::string(kSize, 'b'));
  std::size_t before = 0;
  // Turns until nothing moves any more.
  REQUIRE(scene.until([&] {
    const std::size_t now = server.stream->pending();
    const bool stands = now == before;
    before = now;
    scene.settle();
    return stands && now != kSize;
  }));
  CHECK(server.stream->pending() > kSize / 2);
  client.stream->resume_reading();
  REQUIRE(scene.until([&] { return client.received.size() > kSize; }));
  REQUIRE(scene.until(
      [&] { return client.received.size() - client.received.find("\r\n\r\n") - 4 == kSize; }));
}

TEST_CASE(
    "an upstream that does not read holds the client back, and gets every byte when it does") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {buffer_limit: 16KiB}\n" + route_to(upstream));
  Endpoint& client = scene.connect();
  constexpr std::size_t kSize = 32U << 20;
  client.stream->write("PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kSize) +
                       "\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->pause_reading();
  client.stream->write(std::string(kSize, 'u'));
  std::size_t before = 0;
  REQUIRE(scene.until([&] {
    const std::size_t now = client.stream->pending();
    const bool stands = now == before;
    before = now;
    scene.settle();
    return stands && now != kSize;
  }));
  CHECK(client.stream->pending() > kSize / 2);
  server.stream->resume_reading();
  REQUIRE(scene.until([&] { return server.received.size() > kSize; }));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
}

TEST_CASE("a body that breaks behind an early answer does not harm what the client still takes") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {buffer_limit: 64MiB}\n" + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
  Endpoint& server = asked(scene, upstream);
  client.stream->pause_reading();
  constexpr std::size_t kSize = 32U << 20;
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize) + "\r\n\r\n");
  server.stream->write(std::string(kSize, 'b'));
  REQUIRE(scene.until([&] { return server.is_over(); }));
  client.stream->write("no chunk\r\n");
  scene.settle();
  client.stream->write("more");
  scene.settle();
  client.stream->resume_reading();
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));
  CHECK(client.received.size() - client.received.find("\r\n\r\n") - 4 == kSize);
}

TEST_CASE("a body beyond max_body_size is 413, told before or found on the way") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("server: {max_body_size: 10}\n" + route_to(upstream));
  Endpoint& told = scene.connect();
  told.stream->write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(told.received); }));
  CHECK(told.received.starts_with("HTTP/1.1 413 "));
  Endpoint& found = scene.connect();
  found.stream->write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  static_cast<void>(asked(scene, upstream));
  found.stream->write("14\r\n01234567890123456789\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(found.received); }));
  CHECK(found.received.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a request that fails while it waits leaves the queue") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("server: {max_body_size: 4}\n" +
                  route_to(upstream, "max_concurrency: 1, queue: {max_wait: 20s, size: 8}"));
  Endpoint& first = scene.connect();
  first.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  Endpoint& broken = scene.connect();
  Endpoint& large = scene.connect();
  for (Endpoint* client : {&broken, &large}) {
    client->stream->write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  scene.settle();
  broken.stream->write("no chunk\r\n");
  large.stream->write("5\r\n12345\r\n");
  REQUIRE(scene.until(
      [&] { return ends_with_head(broken.received) && ends_with_head(large.received); }));
  CHECK(broken.received.starts_with("HTTP/1.1 400 "));
  CHECK(large.received.starts_with("HTTP/1.1 413 "));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return first.received.ends_with("ok"); }));
  scene.settle();
  CHECK(upstream.connections.size() == 1);
}

TEST_CASE("with one place and a queue the second request waits for the first to end") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream, "max_concurrency: 1, queue: {max_wait: 20s, size: 1}"));
  Endpoint& first = scene.connect();
  Endpoint& second = scene.connect();
  Endpoint& third = scene.connect();
  first.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  second.stream->write("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  scene.settle();
  third.stream->write("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(third.received); }));
  CHECK(third.received.starts_with("HTTP/1.1 429 "));
  CHECK(upstream.connections.size() == 1);
  server.received.clear();
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return first.received.ends_with("ok"); }));
  CHECK(asked(scene, upstream).received.starts_with("GET /2 "));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return second.received.ends_with("ok"); }));
}

TEST_CASE("a client that waits to be asked for its body is not late while its request waits") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("server: {client_body_timeout: 20ms}\n" +
                  route_to(upstream, "max_concurrency: 1, queue: {max_wait: 20s, size: 8}"));
  Endpoint& first = scene.connect();
  first.stream->write(get("/1"));
  Endpoint& server = asked(scene, upstream);
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n";
  Endpoint& waiting = scene.connect();
  waiting.stream->write(post + "Expect: 100-continue\r\n\r\n");
  scene.settle();
  Endpoint& late = scene.connect();
  late.stream->write(post + "\r\n");
  REQUIRE(scene.until([&] { return late.received.starts_with("HTTP/1.1 408 "); }));
  CHECK(waiting.received.empty());
  server.received.clear();
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return ends_with_head(waiting.received); }));
  CHECK(waiting.received == "HTTP/1.1 100 Continue\r\n\r\n");
  waiting.stream->write("body");
  REQUIRE(scene.until([&] { return server.received.ends_with("body"); }));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return waiting.received.ends_with("ok"); }));
}

TEST_CASE("a drained worker answers what is in hand, says close, and has no connection left") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  scene.worker().drain_state = proxy::DrainState::Draining;
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK(holds(client.received, "Connection: close\r\n"));
  CHECK(client.received.ends_with("ok"));
  REQUIRE(scene.until([&] { return scene.open_connections() == 0; }));
}

}  // namespace fastgate::test
