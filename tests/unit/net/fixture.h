/// What the tests of net/ share: a loop that cannot hang, an owner that keeps what it is told, and
/// pairs of joined streams from each maker.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "net/listen_socket.h"
#include "net/loop.h"
#include "net/memory_stream.h"
#include "net/stream.h"
#include "net/tcp_stream.h"
#include "net/timer_wheel.h"
#include "net/tls.h"
#include "unit/net/certificates.h"

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
    for (int i = 0; i < turns; ++i) {
      if (condition()) return true;
      loop_->run_once();
    }
    return false;
  }
  /// Lets everything that is on its way arrive: for showing that something does not happen.
  void settle(int turns = 5) {
    for (int i = 0; i < turns; ++i) loop_->run_once_without_waiting();
    loop_->run_once();
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
  void on_drained() override {
    ++drained;
    if (on_drained_hook) on_drained_hook();
  }
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
  std::function<void()> on_drained_hook;
  std::function<void()> on_end_hook;
  std::function<void()> on_failed_hook;
};

struct StreamPair {
  std::unique_ptr<Stream> near;  ///< for TCP the one that connected
  std::unique_ptr<Stream> far;   ///< for TCP the accepted one
  SocketAddress peer;            ///< of the accepted one
};

inline StreamPair make_tcp_pair(TestLoop& test, const char* host = "127.0.0.1") {
  StreamPair pair;
  auto socket = ListenSocket::open(host, 0, ListenSocket::Sharing::ReusePort);
  REQUIRE(socket.has_value());
  const std::uint16_t port = socket->local_port();
  auto acceptor = Acceptor::start(test.loop(), std::move(*socket),
                                  [&pair](auto stream, const SocketAddress& peer) {
                                    pair.far = std::move(stream);
                                    pair.peer = peer;
                                  });
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
  return {std::move(first), std::move(second), {}};
}

struct TlsPairOptions {
  std::shared_ptr<const TlsServerContext> server;
  std::shared_ptr<const TlsClientContext> client;
};

/// Where the other end of a test's connection is, as error texts name it.
inline const IpAddress kPeer = IpAddress::v4(0x7f000001);

/// What came of a handshake: a stream or an error on each side.
struct TlsHandshake {
  std::unique_ptr<Stream> client;
  std::unique_ptr<Stream> server;
  std::unique_ptr<TestOwner> server_owner;
  Error client_error;
  bool is_done = false;
};

inline TlsHandshake shake_hands(TestLoop& test, StreamPair transports,
                                const TlsPairOptions& options) {
  TlsHandshake result;
  result.server_owner = std::make_unique<TestOwner>();
  result.server = make_tls_server_stream(test.loop(), std::move(transports.far), options.server);
  result.server->start(result.server_owner.get());
  auto connecting = connect_tls(test.loop(), std::move(transports.near), kPeer, options.client,
                                [&result](Result<std::unique_ptr<Stream>> made) {
                                  result.is_done = true;
                                  if (made) {
                                    result.client = std::move(*made);
                                  } else {
                                    result.client_error = std::move(made).error();
                                  }
                                });
  CHECK_FALSE(result.is_done);  // never from inside
  REQUIRE(test.run_until([&result] { return result.is_done; }));
  return result;
}

inline TlsClientSettings client_settings(const TestAuthority& authority, std::string server_name) {
  TlsClientSettings settings;
  settings.ca_file = authority.ca_file();
  settings.server_name = std::move(server_name);
  return settings;
}

inline TlsPairOptions make_tls_contexts(TestAuthority& authority) {
  auto server = TlsServerContext::make({authority.issue("test.example", "DNS:test.example")});
  REQUIRE(server.has_value());
  auto client = TlsClientContext::make(client_settings(authority, "test.example"));
  REQUIRE(client.has_value());
  return {*server, *client};
}

inline StreamPair make_tls_pair(TestLoop& test) {
  TestAuthority authority;
  TlsHandshake result = shake_hands(test, make_tcp_pair(test), make_tls_contexts(authority));
  REQUIRE(result.client != nullptr);
  test.settle(2);  // the server's end has the client's last flight
  return {std::move(result.client), std::move(result.server), {}};
}

/// Bytes without a period that a lost or doubled piece could hide in.
inline std::string numbered_bytes(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
    const std::uint64_t number = (at + 1) * 0x9e3779b97f4a7c15U;
    std::memcpy(out.data() + at, &number, std::min(sizeof number, size - at));
  }
  return out;
}

}  // namespace fastgate::net::testing
