/// What the tests of net/ share: a loop that cannot hang, an owner that keeps what it is told, and
/// pairs of joined streams from each maker.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "net/listen_socket.h"
#include "net/loop.h"
#include "net/memory_stream.h"
#include "net/stream.h"
#include "net/tcp_stream.h"
#include "net/timer_wheel.h"

namespace fastgate::net::testing {

/// A loop run turn by turn; each turn ends by itself after kHeartbeat, the number of turns is
/// bounded.
class TestLoop {
 public:
  static constexpr std::chrono::milliseconds kHeartbeat{20};

  TestLoop() : loop_(std::move(Loop::make()).value()) {
    std::signal(SIGPIPE, SIG_IGN);  // as the process does
    beat();
  }
  [[nodiscard]] Loop& loop() { return *loop_; }
  /// Whether `condition` came true within `turns`.
  bool run_until(const std::function<bool()>& condition, int turns = 1000) {
    for (int i = 0; i < turns && !condition(); ++i) loop_->run_once();
    return condition();
  }
  /// Lets everything that is on its way arrive: for showing that something does not happen.
  void settle(int turns = 5) {
    for (int i = 0; i < turns; ++i) loop_->run_once();
  }

 private:
  void beat() { heartbeat_.arm<&TestLoop::beat>(loop_->timers(), kHeartbeat, this); }
  std::unique_ptr<Loop> loop_;
  Timer heartbeat_;
};

/// Keeps what a stream tells it. `on_bytes_hook` runs inside the event.
class TestOwner final : public StreamOwner {
 public:
  void on_bytes(std::string_view bytes) override {
    received += bytes;
    ++reads;
    if (on_bytes_hook) on_bytes_hook();
  }
  void on_drained() override { ++drained; }
  void on_end() override {
    ++ended;
    if (on_end_hook) on_end_hook();
  }
  void on_failed(Error error) override {
    ++failed;
    failure = std::move(error);
    if (on_failed_hook) on_failed_hook();
  }

  std::string received;
  int reads = 0;
  int drained = 0;
  int ended = 0;
  int failed = 0;
  Error failure;
  std::function<void()> on_bytes_hook;
  std::function<void()> on_end_hook;
  std::function<void()> on_failed_hook;
};

struct StreamPair {
  std::unique_ptr<Stream> near;  ///< for TCP the one that connected
  std::unique_ptr<Stream> far;   ///< for TCP the accepted one
};

inline StreamPair make_tcp_pair(TestLoop& test, const char* host = "127.0.0.1") {
  StreamPair pair;
  auto socket = ListenSocket::open(host, 0, ListenSocket::Sharing::ReusePort);
  REQUIRE(socket.has_value());
  const std::uint16_t port = socket->local_port();
  auto acceptor = Acceptor::start(test.loop(), std::move(*socket),
                                  [&pair](auto stream) { pair.far = std::move(stream); });
  REQUIRE(acceptor.has_value());
  auto connecting = connect_tcp(test.loop(), IpAddress::parse(host).value(), port,
                                [&pair](Result<std::unique_ptr<Stream>> stream) {
                                  REQUIRE(stream.has_value());
                                  pair.near = std::move(*stream);
                                });
  REQUIRE(test.run_until([&pair] { return pair.near != nullptr && pair.far != nullptr; }));
  return pair;
}

inline StreamPair make_memory_pair(TestLoop& test) {
  auto [first, second] = make_memory_streams(test.loop());
  return {std::move(first), std::move(second)};
}

/// Bytes without a period that a lost or doubled piece could hide in.
inline std::string numbered_bytes(std::size_t size) {
  std::string out;
  out.reserve(size + 16);
  for (std::uint64_t i = 0; out.size() < size; ++i) out += std::to_string(i * 2654435761U) + ",";
  out.resize(size);
  return out;
}

}  // namespace fastgate::net::testing
