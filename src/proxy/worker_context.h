/// What a worker lends to its connections and exchanges: its loop, its recorder, the configuration
/// in force, and scratch space that lives as long as one call.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/app_log.h"
#include "base/random.h"
#include "base/regex.h"
#include "gateway/admit.h"
#include "gateway/body_reader.h"
#include "gateway/failure_guard.h"
#include "gateway/key_usage.h"
#include "gateway/path_pattern.h"
#include "gateway/route_index.h"
#include "gateway/snapshot.h"
#include "http/date.h"
#include "http/hop_by_hop.h"
#include "json/document.h"
#include "net/loop.h"
#include "proxy/connection_work.h"
#include "proxy/exchange_pool.h"
#include "proxy/local_service.h"
#include "proxy/retry_budget.h"
#include "proxy/waiting_lines.h"
#include "record/recorder.h"
#include "upstream/group.h"

namespace fastgate::proxy {

/// One configuration as one worker uses it. Pinned by each exchange from its head to its end.
struct ActiveConfig {
  std::shared_ptr<const gateway::Snapshot> snapshot;
  std::vector<std::shared_ptr<upstream::Group>> groups;  ///< by gateway::GroupIndex
  std::shared_ptr<const gateway::AdmissionLimits> limits;
  std::shared_ptr<const gateway::WorkerKeyUsage> key_usage;
  std::shared_ptr<LocalService> local_service;  ///< may be null
};

class DownstreamConnection;

/// Who keeps the connections of a worker.
class ConnectionKeeper {
 public:
  /// The connection is done: take it out of the list and dispose of it in a later turn.
  virtual void on_connection_closed(DownstreamConnection& connection) = 0;

 protected:
  ~ConnectionKeeper() = default;
};

enum class DrainState : std::uint8_t { Serving, Draining };

/// Owned by a Worker, outlives its connections; single-threaded.
struct WorkerContext {
  WorkerContext(net::Loop& worker_loop, record::Recorder& worker_recorder, AppLog& process_log,
                gateway::FailureGuard& process_guard, ConnectionKeeper& worker_keeper)
      : loop(worker_loop),
        recorder(worker_recorder),
        log(process_log),
        failure_guard(process_guard),
        keeper(worker_keeper),
        waiting(worker_loop),
        exchanges(*this) {}

  net::Loop& loop;
  record::Recorder& recorder;
  AppLog& log;
  gateway::FailureGuard& failure_guard;  ///< shared by all workers
  ConnectionKeeper& keeper;
  FastRandom random = FastRandom::from_system();
  http::DateCache dates;
  std::shared_ptr<const ActiveConfig> active;
  DrainState drain_state = DrainState::Serving;
  std::uint64_t connections_seen =
      0;  ///< numbers connections, together with first_connection_number
  std::uint64_t first_connection_number = 0;
  WaitingLines waiting;
  RetryBudget retry_budget;
  ExchangePool exchanges;
  ConnectionWorkPool connection_work;

  // Scratch of the call that runs now; nothing in it outlives that call.
  std::string head_scratch;
  std::string frame_scratch;
  std::vector<std::string_view> body_pieces;
  std::vector<std::string_view> write_pieces;
  http::HopByHop hop_by_hop;
  gateway::Captures captures;
  gateway::Shortlist shortlist;
  json::DocumentParser json_parser;
  json::DocumentParser event_parser;  ///< for merged messages of event streams
  gateway::BodyReader body_reader{json_parser};
  RegexScratch regex_scratch;
};

}  // namespace fastgate::proxy
