// What waits for the audit store: requests while it is full, the ends of answers under
// `async_audit: false`.

#include <chrono>

#include "support/fake_intake.h"
#include "unit/record/sink_file.h"
#include "wire/cases.h"

namespace fastgate::test {
namespace {

const std::string kSync = "proxy: {async_audit: false, buffer_limit: 16KiB}\n";

/// The rows of exchanges that are over. Those before, of what is not over, are there too if the
/// machine is slow.
std::vector<record::AuditRow> complete_rows(const FakeIntake& intake) {
  std::vector<record::AuditRow> rows;
  for (const FakeIntake::Kept& kept : intake.rows) {
    if (kept.row.stage == record::AuditStage::Complete) rows.push_back(kept.row);
  }
  return rows;
}

bool is_answered(const Endpoint& client) {
  return client.received.ends_with("ok");
}

}  // namespace

TEST_CASE("an answer ends only once its record is durable, and the next request follows") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/1") + get("/2"));
  Endpoint& server = asked(scene, upstream);
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  scene.settle();
  CHECK(client.received.empty());
  const std::vector<record::AuditRow> rows = complete_rows(intake);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].status_code == 200);
  CHECK(rows[0].response_size == 2);
  server.received.clear();
  intake.store_all();
  REQUIRE(scene.until([&] { return is_answered(client); }));
  CHECK(asked(scene, upstream).received.starts_with("GET /2 "));
  client.received.clear();
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  intake.store_all();
  REQUIRE(scene.until([&] { return is_answered(client); }));
  CHECK(complete_rows(intake).size() == 2);
}

TEST_CASE("of an answer in pieces only the end waits for the record") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  Endpoint& server = asked(scene, upstream);
  server.stream->write(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
      "9\r\ndata: 1\n\n\r\n");
  REQUIRE(scene.until([&] { return holds(client.received, "data: 1"); }));
  CHECK(intake.held.empty());
  server.stream->write("0\r\n\r\n");
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  scene.settle();
  CHECK_FALSE(client.received.ends_with("0\r\n\r\n"));
  CHECK(intake.rows.back().row.stream_chunks == 1);
  intake.store_all();
  REQUIRE(scene.until([&] { return client.received.ends_with("0\r\n\r\n"); }));
}

TEST_CASE("an answer that ends with the connection, and one of our own, wait as well") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync +
                  "routes:\n  - {route_id: r, match_path: /up, auth: none, target_host: \"" +
                  upstream.address() + "\"}\n");
  Endpoint& old = scene.connect();
  old.stream->write("GET /up HTTP/1.0\r\n\r\n");
  Endpoint& server = asked(scene, upstream);
  server.stream->write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
  REQUIRE(scene.until([&] { return is_answered(old); }));
  server.stream->write("0\r\n\r\n");
  Endpoint& lost = scene.connect();
  lost.stream->write(get("/nowhere"));
  REQUIRE(scene.until([&] { return complete_rows(intake).size() == 2; }));
  scene.settle();
  CHECK_FALSE(old.is_over());
  CHECK(lost.received.empty());
  intake.store_all();
  REQUIRE(scene.until([&] { return old.is_over() && ends_with_head(lost.received); }));
  CHECK(lost.received.starts_with("HTTP/1.1 404 "));
}

TEST_CASE("a client that leaves while its answer is held has one record, and harms nobody") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  record::SinkFile access;
  ProxyScene scene(kind);
  scene.intake = &intake;
  scene.access_sink = access.sink();
  scene.access_format = "$status $bytes_sent $body_bytes_sent $error";
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  asked(scene, upstream).stream->write(kOk);
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  client.stream.reset();
  REQUIRE(scene.until([&] { return scene.open_connections() == 0; }));
  intake.store_all();
  scene.settle();
  scene.worker().recorder.flush();
  CHECK(complete_rows(intake).size() == 1);
  // The record was made before; what is told later is what became of it.
  CHECK(access.content() == "499 0 0 the client closed the connection\n");
}

TEST_CASE("an answer that is cut for a store that never answers is told as one that was not sent") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  record::SinkFile access;
  ProxyScene scene(kind);
  scene.intake = &intake;
  scene.access_sink = access.sink();
  scene.access_format = "$status $bytes_sent $body_bytes_sent $error";
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  asked(scene, upstream).stream->write(kOk);
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  scene.worker().recorder.flush();
  CHECK(access.content().empty());
  scene.loop->timers().advance(scene.loop->now() + std::chrono::seconds(31));
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK(client.received.empty());
  scene.worker().recorder.flush();
  CHECK(access.content() == "503 0 0 the audit store does not answer\n");
}

TEST_CASE("a broken answer is cut at once") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  Endpoint& server = asked(scene, upstream);
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
  REQUIRE(scene.until([&] { return client.received.ends_with("ab"); }));
  server.stream.reset();
  REQUIRE(scene.until([&] { return client.is_over(); }));
}

TEST_CASE("a reload that lets answers end at once frees the next ones; what is held waits on") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure(kSync + route_to(upstream));
  Endpoint& first = scene.connect();
  first.stream->write(get("/1"));
  Endpoint& server = asked(scene, upstream);
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  Endpoint& second = scene.connect();
  server.received.clear();
  second.stream->write(get("/2"));
  REQUIRE(scene.until([&] { return ends_with_head(server.received); }));
  scene.configure(route_to(upstream));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return is_answered(second); }));
  CHECK(first.received.empty());
  intake.store_all();
  REQUIRE(scene.until([&] { return is_answered(first); }));
}

TEST_CASE("while the store is full new requests wait with their bodies, running ones go on") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure("proxy: {buffer_limit: 16KiB}\n" + route_to(upstream));
  Endpoint& running = scene.connect();
  running.stream->write(get("/running"));
  Endpoint& server = asked(scene, upstream);
  intake.full = true;
  Endpoint& waiting = scene.connect();
  constexpr std::size_t kSize = 200'000;
  waiting.stream->write("POST /waiting HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                        std::to_string(kSize) + "\r\n\r\n" + std::string(kSize, 'w'));
  Endpoint& leaving = scene.connect();
  leaving.stream->write(get("/leaving"));
  scene.settle();
  leaving.stream.reset();
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return is_answered(running); }));
  REQUIRE(scene.until([&] { return scene.open_connections() == 2; }));
  CHECK(upstream.connections.size() == 1);
  server.received.clear();
  intake.full = false;
  REQUIRE(scene.until([&] { return server.received.size() > kSize; }));
  CHECK(server.received.starts_with("POST /waiting "));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return is_answered(waiting); }));
  scene.worker().recorder.flush();
  CHECK(intake.dropped == 0);
  CHECK(complete_rows(intake).size() >= 2);
}

TEST_CASE("with `on_full: drop` nobody waits for a full store") {
  FOR_BOTH_CLIENTS(kind);
  FakeIntake intake;
  intake.full = true;
  ProxyScene scene(kind);
  scene.intake = &intake;
  FakeUpstream upstream(*scene.loop);
  scene.configure("audit: {on_full: drop}\n" + route_to(upstream));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  asked(scene, upstream).stream->write(kOk);
  REQUIRE(scene.until([&] { return is_answered(client); }));
  scene.worker().recorder.flush();
  CHECK(intake.dropped >= 1);
  CHECK(intake.rows.empty());
}

}  // namespace fastgate::test
