/// What the services ask of the process: an interface that the server implements.
///
/// Called on any worker's thread while others run; an implementation must neither block nor take
/// long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/recorder.h"
#include "upstream/server_report.h"

namespace fastgate::admin {

enum class ServingState : std::uint8_t { Serving, Draining };

/// Of the audit store. A failing one is tried again and again; traffic goes on meanwhile.
enum class StoreState : std::uint8_t { Off, Starting, Ok, Failing };

/// Upstream servers by health, over all groups.
struct UpstreamCounts {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
};

/// What `/health` tells.
struct HealthFacts {
  std::string version;
  std::chrono::seconds uptime{0};
  ServingState state = ServingState::Serving;
  std::uint64_t routes = 0;
  std::uint64_t keys = 0;
  std::uint64_t workers = 0;
  std::optional<UpstreamCounts> upstreams{};  ///< absent: not known
  StoreState store = StoreState::Off;
};

/// One server of an upstream group, over all workers; at most a second old.
struct UpstreamServerFacts {
  std::string address;
  bool is_up = true;
  std::uint32_t weight = 1;
  bool is_backup = false;
  std::uint64_t connections_open = 0;  ///< in use
  std::uint64_t idle = 0;
  std::uint64_t failures = 0;
};

struct UpstreamFacts {
  std::string name;
  std::string balance;
  std::vector<UpstreamServerFacts> servers;
};

/// How the audit store keeps up.
struct StoreFacts {
  bool is_failing = false;    ///< the disk refuses what is written
  std::uint64_t queued = 0;   ///< rows that wait
  std::uint64_t dropped = 0;  ///< rows that were given up
};

/// How the log files fare.
struct LogFacts {
  std::uint64_t failing = 0;  ///< files that cannot be written
  std::uint64_t dropped = 0;  ///< batches of lines that were given up
};

/// What the process is doing, for `/admin/status`.
struct StatusFacts {
  HealthFacts health;
  WallTime started{};
  std::uint64_t connections_open = 0;
  std::uint64_t requests_open = 0;  ///< but for those that the gateway answers by itself
  std::uint64_t streams_open = 0;
  std::vector<UpstreamFacts> upstreams;
};

/// Owned by the server, outlives every service.
class ProcessFactsSource {
 public:
  virtual ~ProcessFactsSource() = default;
  [[nodiscard]] virtual HealthFacts health_facts() const = 0;
  [[nodiscard]] virtual record::Recorder::ProcessFacts metric_facts() const = 0;
  /// Upstream servers as server_report() has them.
  [[nodiscard]] virtual StatusFacts status_facts() const { return {}; }
  [[nodiscard]] virtual StoreFacts store_facts() const { return {}; }
  /// One a worker. Lifetime: as long as any worker runs.
  [[nodiscard]] virtual std::vector<const record::Recorder*> recorders() const = 0;
  /// Families beyond those of the recorders (log drops, the audit store); whole ones, by
  /// record::PrometheusText.
  virtual void append_further_metrics(std::string& out) const { static_cast<void>(out); }
  /// The servers of the configuration in force, over all workers; at most a second old.
  [[nodiscard]] virtual upstream::ServerReport server_report() const { return {}; }
};

}  // namespace fastgate::admin
