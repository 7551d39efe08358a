/// The servers of one `upstreams` entry (or of one `target_host`) on one worker: choosing, idle
/// connections, connecting, failures.
///
/// Held by shared_ptr: the worker's table while it is configured, and each lease; a group that a
/// reload retired ends with its last lease. Single-threaded. Step 10 of the request path.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/counter.h"
#include "base/error.h"
#include "base/random.h"
#include "config/model.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "upstream/balancer.h"
#include "upstream/connector.h"
#include "upstream/health_checker.h"
#include "upstream/lease.h"
#include "upstream/outage_log.h"
#include "upstream/server.h"
#include "upstream/tried_servers.h"

namespace fastgate::upstream {

/// What a group is made of; `identity` tells whether a reload may keep the running one, which then
/// takes over what the servers' entries say besides their addresses.
struct GroupSettings {
  std::string identity;
  config::UpstreamConfig upstream;
  std::shared_ptr<const net::TlsClientContext> tls;  ///< null: plain TCP
  std::string tls_stamp;  ///< of the files the context was made from: tells whether they changed
};

/// What a worker lends to its groups.
struct UpstreamContext {
  net::Loop* loop = nullptr;
  net::Resolver* resolver = nullptr;
  FastRandom* random = nullptr;
  Counter* connections_open = nullptr;  ///< of all groups: on loan and idle, not those of checks
  OutageLog* outages = nullptr;         ///< null: nobody is told
};

class Group : public std::enable_shared_from_this<Group> {
 public:
  Group(GroupSettings settings, const UpstreamContext& context);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// The server for the next attempt. Servers that are out, unhealthy or full are passed over;
  /// backup servers come when no other is left; if none is alive at all, all untried ones count as
  /// alive (rather a try than a certain failure). Errors: NoServer.
  [[nodiscard]] Result<std::uint32_t> choose(const TriedServers& tried, std::uint64_t hash);

  /// What choose() would still find among the untried ones. Where no server of the group is alive,
  /// all count as alive.
  [[nodiscard]] Untried untried(const TriedServers& tried);

  /// An idle connection to that server, the most recently used; an empty lease if there is none.
  [[nodiscard]] Lease take_idle(std::uint32_t server);

  /// Connects anew. `done` is never called from inside. Errors: as connect_to().
  [[nodiscard]] std::unique_ptr<Connecting> connect(std::uint32_t server,
                                                    std::chrono::milliseconds timeout,
                                                    std::function<void(Result<Lease>)> done);

  void report_success(std::uint32_t server);
  /// `reason` is for the log, if this failure takes the server out.
  void report_failure(std::uint32_t server, std::string_view reason);

  [[nodiscard]] const Server& server(std::uint32_t index) const { return servers_[index]; }
  [[nodiscard]] std::span<const Server> servers() const { return servers_; }
  [[nodiscard]] const GroupSettings& settings() const { return settings_; }

  /// Closes a connection that may be the one whose event is running, in a later turn.
  void discard(std::unique_ptr<net::Stream> stream);

  /// A reload took it out of the configuration: idle connections close, leases are not taken back.
  void retire();
  /// A reload keeps it: how its servers share the requests is what `settings` says from here on.
  /// They are of the same identity.
  void adopt(const GroupSettings& settings);
  /// Sets what an active health check found. A server that is up again gets traffic at once,
  /// whatever its failures were. `reason` says why it is down.
  enum class Health : std::uint8_t { Up, Down };
  void set_health(std::uint32_t server, Health health, std::string_view reason = {});

 private:
  friend class Lease;
  friend class IdleConnection;
  void take_back(std::uint32_t server, std::unique_ptr<net::Stream> stream, std::uint32_t uses);
  void lease_ended(std::uint32_t server);
  /// discard(), for a connection that take_idle() or connect() gave.
  void close_connection(std::unique_ptr<net::Stream> stream);
  void drop_idle(IdleConnection* idle);
  void tell_down(Server& server, std::string_view reason);
  void tell_up(Server& server);
  enum class Tier : std::uint8_t { Primary, Backup, AnyState };
  void collect_eligible(const TriedServers& tried, Tier tier);

  GroupSettings settings_;
  UpstreamContext context_;
  std::vector<Server> servers_;
  /// Without a connection, for the next ones that become idle: a request costs no allocation. As
  /// many as were ever idle at once at most.
  std::vector<std::unique_ptr<IdleConnection>> unused_;
  std::vector<std::uint32_t> eligible_;
  std::unique_ptr<Balancer> balancer_;
  std::unique_ptr<HealthChecker> health_checker_;  ///< null without `health_check`
  bool is_retired_ = false;
};

}  // namespace fastgate::upstream
