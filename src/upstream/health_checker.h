/// Asks the servers of a group now and then whether they are well (`health_check`).
///
/// Owned by its group, on the worker's loop. Each check is a request on a connection of its own,
/// with its own time limit; checks of one server never overlap.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "config/model.h"
#include "http/http1_parser.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/timer_wheel.h"
#include "net/tls.h"
#include "upstream/connector.h"

namespace fastgate::upstream {

class Group;

/// What a checker needs from its group.
struct HealthCheckSettings {
  config::HealthCheckConfig check;
  std::shared_ptr<const net::TlsClientContext> tls;
};

/// The checks of one server.
class ServerCheck final : public net::StreamOwner {
 public:
  ServerCheck(Group& group, std::uint32_t server, const HealthCheckSettings& settings);
  ~ServerCheck();
  /// The first check comes at a random moment of the first interval, so that not all servers of all
  /// workers are asked at once.
  void begin(net::Loop& loop, net::Resolver& resolver, FastRandom& random);

  void on_bytes(std::string_view bytes) override;
  void on_drained() override {}
  void on_end() override;
  void on_failed(Error error) override;

 private:
  void ask();
  void on_connected(std::unique_ptr<net::Stream> stream);
  void on_timeout();
  void fail_check(const std::string& why);
  void skip_check();
  /// `failure` is empty where the server is well.
  void conclude(const std::string& failure);

  Group& group_;
  const std::uint32_t server_;
  const HealthCheckSettings& settings_;
  net::Loop* loop_ = nullptr;
  net::Resolver* resolver_ = nullptr;
  std::unique_ptr<Connecting> connecting_;
  std::unique_ptr<net::Stream> stream_;
  http::ResponseHead head_;
  http::Http1ResponseParser parser_;
  net::Timer next_;
  net::Timer timeout_;
  std::uint32_t agreeing_ = 0;  ///< results in a row that contradict the server's state
};

class HealthChecker {
 public:
  explicit HealthChecker(HealthCheckSettings settings) : settings_(std::move(settings)) {}
  void begin(Group& group, net::Loop& loop, net::Resolver& resolver, FastRandom& random);

 private:
  HealthCheckSettings settings_;
  std::vector<std::unique_ptr<ServerCheck>> checks_;
};

}  // namespace fastgate::upstream
