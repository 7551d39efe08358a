// The audit record and the access log tell the same of every kind of request, and `gateway_us`
// holds none of the time that others took.

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>
#include <vector>

#include "support/fake_intake.h"
#include "unit/record/sink_file.h"
#include "wire/cases.h"

namespace fastgate::test {
namespace {

using namespace std::chrono_literals;
using record::AuditRow;

constexpr const char* kFormat =
    "$request_id|$route_id|$key_id|$source_path|$request_method|$request_uri|$status|"
    "$body_bytes_sent|$ttfb_ms|$response_time_ms|$gateway_us|$retries|$is_stream|$stream_chunks|"
    "$target_url|$error|$remote_addr|$http_user_agent";

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

/// Microseconds as milliseconds with three decimals.
std::string ms(std::uint64_t us) {
  const std::string part = std::to_string(us % 1000);
  return std::to_string(us / 1000) + "." + std::string(3 - part.size(), '0') + part;
}

/// The line that the access log must have for a record.
std::string line_of(const FakeIntake::Kept& kept) {
  const AuditRow& row = kept.row;
  std::string uri = kept.view(row.path);
  if (row.query.length != 0) uri += "?" + kept.view(row.query);
  std::ostringstream line;
  line << kept.view(row.request_id) << '|' << or_dash(kept.view(row.route_id)) << '|'
       << or_dash(kept.view(row.key_id)) << '|' << or_dash(kept.view(row.source_path)) << '|'
       << or_dash(kept.view(row.method)) << '|' << or_dash(uri) << '|' << row.status_code << '|'
       << row.response_size << '|' << (row.first_response_time ? ms(row.ttfb_us) : "-") << '|'
       << ms(row.response_time_us) << '|' << row.gateway_us << '|' << row.retries << '|'
       << (row.is_stream ? "true" : "false") << '|' << row.stream_chunks << '|'
       << or_dash(kept.view(row.target_url)) << '|' << or_dash(kept.view(row.error_message)) << '|'
       << row.client.text() << '|' << or_dash(kept.view(row.user_agent));
  return line.str();
}

std::multiset<std::string> lines_of(const std::string& text) {
  std::multiset<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.insert(line);
  return lines;
}

/// A scene whose records and access log are kept.
struct RecordBench {
  explicit RecordBench(ClientKind kind) : scene(kind), upstream(*scene.loop) {
    scene.intake = &intake;
    scene.access_sink = access.sink();
    scene.access_format = kFormat;
  }
  Endpoint& ask(const std::string& text) {
    Endpoint& client = scene.connect();
    client.stream->write(text);
    return client;
  }
  void pass(std::chrono::milliseconds time) {
    const MonotonicTime end = scene.loop->now() + time;
    REQUIRE(scene.until([&] { return scene.loop->now() >= end; }));
  }
  /// The record of what ended last.
  const FakeIntake::Kept& last() {
    scene.worker().recorder.flush();
    const auto is_complete = [](const FakeIntake::Kept& kept) {
      return kept.row.stage == record::AuditStage::Complete;
    };
    const auto found = std::find_if(intake.rows.rbegin(), intake.rows.rend(), is_complete);
    REQUIRE(found != intake.rows.rend());
    return *found;
  }

  FakeIntake intake;
  record::SinkFile access;
  ProxyScene scene;
  FakeUpstream upstream;
};

std::string routes(const RecordBench& bench) {
  const std::string target = "target_host: \"" + bench.upstream.address() + "\"";
  return "upstreams:\n  - {name: pair, servers: [{host: \"127.0.0.1:1\"}, {host: \"" +
         bench.upstream.address() + "\"}]}\n" +
         "routes:\n"
         "  - {route_id: open, match_path: /open/*, auth: none, " +
         target + "}\n" + "  - {route_id: closed, match_path: /closed, " + target + "}\n" +
         "  - {route_id: pair, match_path: /pair, auth: none, upstream: pair}\n" +
         "  - {route_id: fixed, match_path: /fixed, auth: none, respond: {status: 418, body: "
         "tea}}\n" +
         "  - {route_id: dead, match_path: /dead, auth: none, target_host: \"127.0.0.1:1\"}\n" +
         "  - {route_id: body, match_path: /body, auth: none, match_body_schema: {a: 1}, " +
         target + "}\n" +
         "  - {route_id: one, match_path: /one, auth: none, max_concurrency: 1, "
         "queue: {max_wait: 20s, size: 3}, " +
         target + "}\n";
}

}  // namespace

TEST_CASE("the record and the access log agree for every kind of request") {
  FOR_BOTH_CLIENTS(kind);
  RecordBench bench(kind);
  ProxyScene& scene = bench.scene;
  scene.configure(routes(bench));

  // Answered, with and without a body, over one connection.
  Endpoint& plain = bench.ask(get("/open/1?a=1&token=s3cret", "User-Agent: probe/1\r\n"));
  Endpoint& server = asked(scene, bench.upstream);
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return plain.received.ends_with("ok"); }));
  server.received.clear();
  plain.received.clear();
  plain.stream->write("POST /open/2 HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"n\":1}");
  REQUIRE(scene.until([&] { return server.received.ends_with("{\"n\":1}"); }));
  server.stream->write("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
  REQUIRE(scene.until([&] { return plain.received.ends_with("busy"); }));
  // An event stream, whole; one that the client leaves; one that the upstream breaks.
  for (const std::string end : {"whole", "left", "broken"}) {
    server.received.clear();
    Endpoint& client = bench.ask(get("/open/stream"));
    REQUIRE(
        scene.until([&] { return ends_with_head(bench.upstream.connections.back()->received); }));
    Endpoint& streaming = *bench.upstream.connections.back();
    streaming.stream->write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        "12\r\ndata: 1\n\ndata: 2\n\n\r\n");
    REQUIRE(scene.until([&] { return holds(client.received, "data: 2"); }));
    if (end == "whole") {
      streaming.stream->write("0\r\n\r\n");
      REQUIRE(scene.until([&] { return client.received.ends_with("0\r\n\r\n"); }));
    } else if (end == "left") {
      client.stream.reset();
      REQUIRE(scene.until([&] { return streaming.is_over(); }));
    } else {
      streaming.stream.reset();
      REQUIRE(scene.until([&] { return client.is_over(); }));
    }
  }
  // Made by the gateway: refusals, a fixed answer, no server, no grammar.
  const std::vector<std::string> own = {get("/nowhere"),
                                        get("/closed"),
                                        get("/closed", "X-API-Key: fg_wrong\r\n"),
                                        get("/fixed"),
                                        get("/dead"),
                                        "GET / HTTP/7.1\r\n\r\n",
                                        "HEAD /fixed HTTP/1.1\r\nHost: x\r\n\r\n"};
  for (const std::string& request : own) {
    Endpoint& client = bench.ask(request);
    REQUIRE(scene.until([&] { return ends_with_head(client.received); }));
  }
  // Another server after one that nobody listens on, perhaps at once.
  const std::size_t before = bench.upstream.connections.size();
  for (int i = 0; i < 2; ++i) {
    Endpoint& client = bench.ask(get("/pair"));
    REQUIRE(scene.until([&] {
      for (std::size_t j = before; j < bench.upstream.connections.size(); ++j) {
        Endpoint& tried = *bench.upstream.connections[j];
        if (!ends_with_head(tried.received)) continue;
        tried.received.clear();
        tried.stream->write(kOk);
      }
      return client.received.ends_with("ok");
    }));
  }
  scene.settle();
  REQUIRE(scene.until([&] {
    scene.worker().recorder.flush();
    std::size_t complete = 0;
    for (const FakeIntake::Kept& kept : bench.intake.rows) {
      if (kept.row.stage == record::AuditStage::Complete) ++complete;
    }
    return complete == 14;
  }));
  std::multiset<std::string> expected;
  std::uint32_t retries = 0;
  for (const FakeIntake::Kept& kept : bench.intake.rows) {
    if (kept.row.stage != record::AuditStage::Complete) continue;
    expected.insert(line_of(kept));
    retries += kept.row.retries;
    CHECK(kept.row.gateway_us <= kept.row.response_time_us);
    CHECK(kept.text.find("s3cret") == std::string::npos);
    if (kept.view(kept.row.path) == "/open/2") CHECK(kept.row.request_size == 7);
  }
  CHECK(lines_of(bench.access.content()) == expected);
  CHECK(retries >= 1);
}

TEST_CASE("a request whose body breaks is told with its head, wherever the break comes") {
  FOR_BOTH_CLIENTS(kind);
  RecordBench bench(kind);
  ProxyScene& scene = bench.scene;
  scene.access_format = "$request_method $request_uri $status $error";
  scene.configure(routes(bench));
  const std::string head = "POST /open/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  Endpoint& at_once = bench.ask(head + "no chunk\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(at_once.received); }));
  Endpoint& later = bench.ask(head);
  static_cast<void>(asked(scene, bench.upstream));
  later.stream->write("no chunk\r\n");
  REQUIRE(scene.until([&] { return ends_with_head(later.received); }));
  CHECK(at_once.received.starts_with("HTTP/1.1 400 "));
  CHECK(later.received.starts_with("HTTP/1.1 400 "));
  scene.worker().recorder.flush();
  const std::string line = "POST /open/x 400 a malformed chunk size line\n";
  CHECK(bench.access.content() == line + line);
  CHECK(line_of(bench.last()).contains("|POST|/open/x|400|"));
}

TEST_CASE("gateway_us has none of the waits for the upstream, the client and a place") {
  FOR_BOTH_CLIENTS(kind);
  RecordBench bench(kind);
  ProxyScene& scene = bench.scene;
  scene.configure(routes(bench));
  constexpr std::chrono::milliseconds kWait = 40ms;
  const auto check_last = [&](const std::string& path) {
    const FakeIntake::Kept& kept = bench.last();
    INFO(path);
    CHECK(kept.view(kept.row.path) == path);
    CHECK(kept.row.response_time_us - kept.row.gateway_us >= 40'000);
  };
  // The upstream takes its time, before and within its answer.
  Endpoint& client = bench.ask(get("/one"));
  Endpoint& server = asked(scene, bench.upstream);
  bench.pass(kWait);
  server.stream->write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
  bench.pass(kWait);
  // Meanwhile another waits for its place.
  Endpoint& queued = bench.ask(get("/one"));
  bench.pass(kWait);
  server.received.clear();
  server.stream->write("k");
  REQUIRE(scene.until([&] { return client.received.ends_with("ok"); }));
  check_last("/one");
  const AuditRow& first = bench.last().row;
  CHECK(first.response_time_us - first.gateway_us >= 120'000);
  REQUIRE(scene.until([&] { return ends_with_head(server.received); }));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return queued.received.ends_with("ok"); }));
  check_last("/one");
  // The client sends a body that has to be read first.
  Endpoint& slow = bench.ask("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n{\"a\"");
  bench.pass(kWait);
  server.received.clear();
  slow.stream->write(":1}");
  REQUIRE(scene.until([&] { return server.received.ends_with("{\"a\":1}"); }));
  server.stream->write(kOk);
  REQUIRE(scene.until([&] { return slow.received.ends_with("ok"); }));
  check_last("/body");
}

}  // namespace fastgate::test
