/// One worker's way to the logs, the counters and the audit store: begun, first byte, complete.
///
/// Owned by a worker; single-threaded, but for counters(), which any thread may read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/app_log.h"
#include "net/loop.h"
#include "record/access_format.h"
#include "record/audit_feed.h"
#include "record/counters.h"
#include "record/exchange_record.h"
#include "record/gateway_time.h"
#include "record/line_batch.h"
#include "record/route_counter_table.h"

namespace fastgate::record {

/// What of the recorder follows the configuration; replaced at each reload.
struct RecorderSettings {
  std::shared_ptr<const AccessFormat> access_format{};
  LogSink* access_sink = nullptr;  ///< null: off
  LogSink* app_sink = nullptr;     ///< for `Request forwarded` lines; null: off
  LogLevel level = LogLevel::Info;
  std::shared_ptr<const RouteIds> route_ids{};  ///< null: no routes
  AuditSettings audit{};
};

class Recorder {
 public:
  /// `first_exchange` keeps the exchanges of different workers apart in the audit store.
  explicit Recorder(net::Loop& loop, std::uint64_t first_exchange = 0);
  /// For tests: answers never wait for the audit store. `timers` must outlive the recorder.
  explicit Recorder(net::TimerWheel& timers);
  ~Recorder();  ///< hands over what waits; the sinks and the audit store must still live
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Lines that wait go to the sinks in force so far.
  void adopt(const RecorderSettings& settings);

  /// Stage 1: a head (or what there is of one) arrived.
  void begin(ExchangeRecord& record);
  /// A LocalService answers it. Once.
  void mark_local(ExchangeRecord& record);
  /// Whether the access log tells what the gateway's own answers hold: ExchangeRecord::own_response
  /// is worth its making.
  [[nodiscard]] bool reads_own_response() const;
  /// The route is known: asks for the memory that counting it will need. Any number of times.
  void fetch_ahead(const ExchangeRecord& record) const;
  /// Stage 2: the first byte of the answer went to the client.
  void first_byte(ExchangeRecord& record);
  /// Stage 3: it is over, well or not. Both exactly once for each begin(), in any order.
  /// Complexity: no allocation, no system call, no clock. store() gives the audit store its row.
  void store(ExchangeRecord& record);
  /// Writes the access-log line, counts, and at level info one `Request forwarded` line (WARN when
  /// the upstream failed) with request_id, route_id, method, path, status_code, upstream and, last,
  /// response_time_ms; none for a local service.
  void tell(const ExchangeRecord& record);

  void flush();
  [[nodiscard]] WorkerCounters& counters();
  /// Holding requests back while the audit store is full, and answers until they are recorded.
  [[nodiscard]] AuditFeed& audit();

  /// What /metrics tells of the process beside what is counted.
  struct ProcessFacts {
    std::string version;
    WallTime started{};
    std::uint64_t reloads_ok = 0;
    std::uint64_t reloads_failed = 0;
    WallTime last_reload{};
    std::uint64_t snapshots_alive = 0;
  };
  /// Appends the counts of all recorders in Prometheus' text format, summed. Any thread.
  static void append_metrics(std::string& out, const std::vector<const Recorder*>& recorders,
                             const ProcessFacts& facts);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fastgate::record
