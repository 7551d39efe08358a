/// What the workers see of their upstream servers, for /health, /metrics and the admin API.
///
/// Each worker publishes its view on a board now and then; any thread reads it. Views of workers
/// that use the same configuration are put together server by server.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "upstream/group.h"

namespace fastgate::upstream {

/// One server as configured.
struct ServerName {
  std::string group;               ///< the `upstreams` entry's name, or the `target_host`
  std::string address;             ///< `host:port`
  std::uint32_t group_number = 0;  ///< of its group, which need not have a name of its own
  config::Balance balance = config::Balance::RoundRobin;  ///< of its group
  std::uint32_t weight = 1;
  bool is_backup = false;
  bool operator==(const ServerName&) const = default;
};

/// How it is now.
struct ServerNow {
  bool is_up = true;           ///< neither out after failures, nor unhealthy, nor configured `down`
  std::uint32_t in_use = 0;    ///< connections that serve a request
  std::uint32_t idle = 0;      ///< connections that wait for one
  std::uint32_t failures = 0;  ///< within the current `fail_timeout`
};

/// All servers of a configuration, group by group in their order.
struct ServerReport {
  std::shared_ptr<const std::vector<ServerName>> names;
  std::vector<ServerNow> servers;  ///< as long as `names`
};

/// Sets `report.servers`; `groups` are those that the names came from. Allocates only the first
/// time.
void look_at(std::span<const std::shared_ptr<Group>> groups, MonotonicTime now,
             ServerReport& report);

/// The reports of several workers as one: up where any worker finds it up, the numbers summed.
/// Reports of another configuration than the first one's are left out.
[[nodiscard]] ServerReport merged(const std::vector<ServerReport>& reports);

/// Where a worker lays its report. Written by the worker, read by any thread.
class ReportBoard {
 public:
  void publish(const ServerReport& report);
  [[nodiscard]] ServerReport read() const;

 private:
  mutable std::mutex mutex_;
  ServerReport report_;
};

}  // namespace fastgate::upstream
