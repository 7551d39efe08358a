/// One upstream server as one worker sees it: address, failures, connections in use and idle.
///
/// Owned by its Group; single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/model.h"
#include "net/timer_wheel.h"
#include "upstream/failure_window.h"

namespace fastgate::upstream {

class IdleConnection;

/// `host:port` as configured, IPv6 in brackets: logs and Host.
[[nodiscard]] std::string address_text(const config::UpstreamServerConfig& config);

struct Server {
  Server(const config::UpstreamServerConfig& settings, std::uint32_t max_fails,
         std::chrono::milliseconds fail_timeout);
  ~Server();
  Server(Server&&) noexcept;

  config::UpstreamServerConfig config;
  std::string address;  ///< address_text(config)
  FailureWindow failures;
  bool is_healthy = true;               ///< what active checks say; true without them
  bool is_told_down = false;            ///< OutageLog heard that it is down
  MonotonicTime back_since{};           ///< when it came or will come back, for slow start; zero:
                                        ///< always there
  std::uint32_t in_use = 0;             ///< leases out
  std::uint32_t next_address = 0;       ///< rotates over the addresses of one name
  std::int64_t round_robin_credit = 0;  ///< smooth weighted round robin
  std::vector<std::unique_ptr<IdleConnection>> idle;  ///< the most recently used last
};

}  // namespace fastgate::upstream
