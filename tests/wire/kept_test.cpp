// Answers whose end is kept for the turn's end, or waits in the socket: what is closed, and when,
// and what is recorded of those that could not be sent.

#include <chrono>
#include <string>
#include <utility>

#include "net/memory_stream.h"
#include "support/fake_intake.h"
#include "unit/record/sink_file.h"
#include "wire/cases.h"

namespace fastgate::test {
namespace {

/// Keeps what is written for the turn's end, as net/outbox does; it may break, or take little.
class KeepingStream final : public net::Stream {
 public:
  KeepingStream(net::Loop& loop, std::unique_ptr<net::Stream> under)
      : loop_(loop), under_(std::move(under)) {}

  void write(std::span<const std::string_view> pieces) override {
    for (const std::string_view piece : pieces) kept_ += piece;
    loop_.call_later<&KeepingStream::send_kept>(turn_end_, this);
  }
  void send_kept() override {
    if (kept_.empty()) return;
    if (breaks_when_sending) {
      is_failed_ = true;
      kept_.clear();
      return;
    }
    const std::string bytes = std::exchange(kept_, {});
    under_->net::Stream::write(bytes);
  }
  [[nodiscard]] std::size_t pending() const override { return is_failed_ ? 0 : under_->pending(); }
  [[nodiscard]] bool is_failed() const override { return is_failed_ || under_->is_failed(); }
  void end_writing() override {
    send_kept();
    under_->end_writing();
  }
  void reset_on_close() override {
    send_kept();
    under_->reset_on_close();
  }
  void start(net::StreamOwner* owner) override { under_->start(owner); }
  void set_owner(net::StreamOwner* owner) override { under_->set_owner(owner); }
  void pause_reading() override { under_->pause_reading(); }
  void resume_reading() override { under_->resume_reading(); }
  void set_high_mark(std::size_t bytes) override { under_->set_high_mark(bytes); }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t length) const override {
    return under_->nothing_acknowledged_of_last(length);
  }

  bool breaks_when_sending = false;

 private:
  net::Loop& loop_;
  std::unique_ptr<net::Stream> under_;
  net::LaterCall turn_end_;
  std::string kept_;
  bool is_failed_ = false;
};

/// A client whose connection takes `room` bytes until it reads.
struct KeepingClient {
  KeepingClient(ProxyScene& scene, std::size_t room) {
    net::MemoryStreamOptions options;
    options.capacity = room;
    auto [near, far] = net::make_memory_streams(*scene.loop, options);
    auto keeping = std::make_unique<KeepingStream>(*scene.loop, std::move(far));
    stream = keeping.get();
    end = &scene.connect_over(std::move(near), std::move(keeping));
  }
  KeepingStream* stream = nullptr;
  Endpoint* end = nullptr;
};

constexpr std::size_t kRoom = 100;  // less than any answer

std::string fixed(const std::string& server) {
  return "server: {" + server + "}\n" +
         "routes: [{route_id: r, match_path: /, auth: none, respond: {status: 200, body: done}}]\n";
}

}  // namespace

TEST_CASE("a client that takes nothing of a last answer is closed after send_timeout") {
  ProxyScene scene(ClientKind::Memory);
  scene.configure(fixed("send_timeout: 50ms"));
  const KeepingClient client(scene, kRoom);
  client.end->stream->write(get("/", "Connection: close\r\n"));
  client.end->stream->pause_reading();
  CHECK(scene.until([&] { return scene.open_connections() == 0; }));
}

TEST_CASE("a connection is not idle while the end of its last answer is being taken") {
  ProxyScene scene(ClientKind::Memory);
  record::SinkFile access;
  scene.access_sink = access.sink();
  scene.configure(fixed("keepalive_timeout: 50ms, client_header_timeout: 50ms"));
  const KeepingClient slow(scene, kRoom);
  slow.end->stream->write(get("/"));
  slow.end->stream->pause_reading();
  scene.settle();
  REQUIRE(scene.open_connections() == 1);
  // Another one that came later, and is closed for being idle.
  Endpoint& idle = scene.connect();
  idle.stream->write(get("/"));
  REQUIRE(scene.until([&] { return idle.is_over(); }));
  CHECK(scene.open_connections() == 1);
  slow.end->stream->resume_reading();
  REQUIRE(scene.until([&] { return slow.end->is_over(); }));
  CHECK(slow.end->received.ends_with("\r\n\r\ndone"));
}

TEST_CASE("a request that came in time is taken though the loop looks at its timers first") {
  FOR_BOTH_CLIENTS(kind);
  ProxyScene scene(kind);
  scene.configure(fixed("port: 1"));
  Endpoint& client = scene.connect();
  client.stream->write(get("/"));
  REQUIRE(scene.until([&] { return client.received.ends_with("done"); }));
  client.received.clear();
  scene.drain();
  client.stream->write(get("/"));
  // As after a turn that took longer than an idle connection is left to a worker that drains.
  scene.loop->timers().advance(scene.loop->now() + std::chrono::seconds(1));
  REQUIRE(scene.until([&] { return client.is_over(); }));
  CHECK(holds(client.received, "Connection: close\r\n"));
  CHECK(client.received.ends_with("done"));
}

TEST_CASE("an answer whose last bytes could not be sent does not stand as a whole one") {
  ProxyScene scene(ClientKind::Memory);
  record::SinkFile access;
  scene.access_sink = access.sink();
  scene.access_format = "$status $error";
  scene.configure(fixed("port: 1"));
  const KeepingClient client(scene, kRoom);
  client.stream->breaks_when_sending = true;
  client.end->stream->write(get("/", "Connection: close\r\n"));
  REQUIRE(scene.until([&] { return scene.open_connections() == 0; }));
  scene.worker().recorder.flush();
  CHECK(access.content() == "200 the client closed the connection\n");
}

TEST_CASE("an answer held for its record while its worker began to drain is told once it is sent") {
  FakeIntake intake;
  record::SinkFile access;
  ProxyScene scene(ClientKind::Memory);
  scene.intake = &intake;
  scene.access_sink = access.sink();
  scene.access_format = "$status";
  scene.configure("proxy: {async_audit: false}\n" + fixed("port: 1"));
  const KeepingClient client(scene, kRoom);
  client.end->stream->write(get("/"));
  client.end->stream->pause_reading();
  REQUIRE(scene.until([&] { return intake.held.size() == 1; }));
  scene.worker().drain_state = proxy::DrainState::Draining;
  intake.store_all();
  scene.settle();
  scene.worker().recorder.flush();
  CHECK(access.content().empty());
  client.end->stream->resume_reading();
  REQUIRE(scene.until([&] { return client.end->is_over(); }));
  CHECK(client.end->received.ends_with("\r\n\r\ndone"));
  scene.worker().recorder.flush();
  CHECK(access.content() == "200\n");
}

}  // namespace fastgate::test
