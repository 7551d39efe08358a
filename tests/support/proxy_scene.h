/// A worker's insides on one loop: a client, the proxy, and upstream servers that do what a test
/// says.
///
/// The client's side is a pair of memory streams or a real socket; the same cases run over both.
/// The upstream's side is always a socket of the loopback, on a free port. Everything runs on one
/// loop that the test turns until what it waits for is there, or a bound is reached.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/app_log.h"
#include "base/clock.h"
#include "gateway/failure_guard.h"
#include "gateway/key_usage.h"
#include "gateway/limit_book.h"
#include "net/listen_socket.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "proxy/downstream_connection.h"
#include "proxy/worker_context.h"
#include "record/audit_batch.h"
#include "record/recorder.h"
#include "upstream/group_table.h"

namespace fastgate::test {

/// One end of a connection: collects what arrives.
class Endpoint final : public net::StreamOwner {
 public:
  explicit Endpoint(std::unique_ptr<net::Stream> given) : stream(std::move(given)) {}
  void on_bytes(std::string_view bytes) override { received.append(bytes); }
  void on_drained() override {}
  void on_end() override { has_ended = true; }
  void on_failed(Error) override { has_failed = true; }
  [[nodiscard]] bool is_over() const { return has_ended || has_failed; }

  std::unique_ptr<net::Stream> stream;
  std::string received;
  bool has_ended = false;
  bool has_failed = false;
};

/// A server on a free port that accepts and lets the test speak.
class FakeUpstream {
 public:
  explicit FakeUpstream(net::Loop& loop);
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The connections so far, in order.
  std::vector<std::unique_ptr<Endpoint>> connections;

 private:
  std::uint16_t port_ = 0;
  std::unique_ptr<net::Acceptor> acceptor_;
};

enum class ClientKind : std::uint8_t { Memory, Socket };

class ProxyScene final : public proxy::ConnectionKeeper {
 public:
  explicit ProxyScene(ClientKind kind);
  ~ProxyScene();

  /// Puts a configuration in force (YAML; `server`, `routes`, …). Fails the test if it has errors.
  void configure(const std::string& yaml);
  /// A new client connection.
  Endpoint& connect();
  /// The same over two ends that the test made.
  Endpoint& connect_over(std::unique_ptr<net::Stream> near, std::unique_ptr<net::Stream> far);
  /// What a worker does when it begins to drain.
  void drain();
  /// Turns the loop until `condition` holds; false when a bound is reached first.
  [[nodiscard]] bool until(const std::function<bool()>& condition);
  /// Turns the loop for a while in which nothing should happen.
  void settle();

  void on_connection_closed(proxy::DownstreamConnection& connection) override;
  [[nodiscard]] std::size_t open_connections() const { return connections_.size(); }
  [[nodiscard]] std::string metrics() const;
  [[nodiscard]] upstream::GroupTable& groups() { return *groups_; }
  [[nodiscard]] proxy::WorkerContext& worker() { return *context_; }

  /// Lent before configure(): where records go, and the access log. Must outlive the scene.
  record::AuditIntake* intake = nullptr;
  LogSink* access_sink = nullptr;
  std::string access_format = "combined";

  std::unique_ptr<net::Loop> loop;
  std::deque<std::unique_ptr<Endpoint>> clients;

 private:
  void tick();
  void take(std::unique_ptr<net::Stream> stream);

  ClientKind kind_;
  SystemClock clock_;
  AppLog log_{clock_, nullptr, LogLevel::Info};
  gateway::LimitBook limits_;
  gateway::FailureGuard guard_;
  gateway::KeyUsageBook usage_{1};
  std::unique_ptr<record::Recorder> recorder_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<proxy::WorkerContext> context_;
  std::unique_ptr<upstream::GroupTable> groups_;
  upstream::GroupPlan plan_;  ///< what groups_ took last
  std::unique_ptr<net::Acceptor> acceptor_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<proxy::DownstreamConnection>> connections_;
  net::Timer tick_timer_;
};

}  // namespace fastgate::test
