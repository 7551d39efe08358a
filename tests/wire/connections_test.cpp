// Connections to upstream servers over their life, and over reloads.

#include "wire/cases.h"

namespace fastgate::test {

TEST_CASE("connections to upstream servers are counted, idle ones too") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure(route_to(upstream));
  const auto open = [&] {
    const std::string text = scene.metrics();
    const std::string name = "\nfastgate_upstream_connections ";
    return text.substr(text.find(name) + name.size(), 1);
  };
  CHECK(open() == "0");
  Endpoint& one = scene.connect();
  one.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked(scene, upstream);
  CHECK(open() == "1");
  Endpoint& two = scene.connect();
  two.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  asked(scene, upstream, 1);
  CHECK(open() == "2");
  for (const auto& connection : upstream.connections) connection->stream->write(kOk);
  REQUIRE(
      scene.until([&] { return one.received.ends_with("ok") && two.received.ends_with("ok"); }));
  CHECK(open() == "2");
  upstream.connections[0]->stream.reset();
  REQUIRE(scene.until([&] { return open() == "1"; }));
  scene.groups().retire_all();
  CHECK(open() == "0");
}

TEST_CASE("a reload's limits of answers' heads hold for exchanges that were under way") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {max_response_header_size: 1KiB}\n" + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  scene.configure("proxy: {max_response_header_size: 8KiB}\n" + route_to(upstream));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  client.received.clear();
  server.received.clear();
  // The pool has that one exchange and no other.
  client.stream->write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(scene.until([&] {
    return ends_with_head(server.received) ||
           (upstream.connections.size() > 1 && ends_with_head(upstream.connections[1]->received));
  }));
  upstream.connections.back()->stream->write(
      "HTTP/1.1 200 OK\r\nX-Large: " + std::string(4000, 'x') + "\r\nContent-Length: 2\r\n\r\nok");
  REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  CHECK(client.received.starts_with("HTTP/1.1 200 "));
}

}  // namespace fastgate::test
