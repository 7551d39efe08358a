/// What one worker counts, without locks: written by its thread only, read by whoever renders
/// metrics.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/counter.h"

namespace fastgate::record {

/// A latency histogram with fixed bounds (milliseconds), Prometheus style.
struct LatencyHistogram {
  static constexpr std::array<double, 14> kBoundsMs{1,   2.5, 5,    10,   25,   50,    100,
                                                    250, 500, 1000, 2500, 5000, 10000, 30000};
  std::array<Counter, kBoundsMs.size() + 1> buckets;  ///< not cumulative; the last is +Inf
  Counter count;
  Counter sum_us;
  void observe(std::uint64_t microseconds);
  void add(const LatencyHistogram& other);
};

/// Counts of one route on one worker. Kept by route id over reloads.
struct RouteCounters {
  explicit RouteCounters(std::string id) : route_id(std::move(id)) {}
  const std::string route_id;
  std::array<Counter, 6> by_class;  ///< index status / 100; 0: no status
  LatencyHistogram duration;
  LatencyHistogram first_byte;
  Counter request_bytes;
  Counter response_bytes;
  Counter retries;
  /// Adds what `other` counted; by this object's writer.
  void add(const RouteCounters& other);
};

/// Connections are counted by who accepts and connects; the recorder counts exchanges_open,
/// local_open, streams_open, limits_hit and key_failures itself.
struct WorkerCounters {
  Counter connections_open;  ///< client connections now
  Counter connections_accepted;
  Counter connections_refused;  ///< beyond max_connections
  Counter accept_failures;      ///< for want of descriptors or memory
  Counter exchanges_open;
  Counter local_open;    ///< those of them that a local service answers
  Counter streams_open;  ///< event streams now
  Counter upstream_connections_open;
  Counter upstream_connects;
  Counter upstream_reuses;
  Counter upstream_failures;
  Counter limits_hit;    ///< 429
  Counter key_failures;  ///< 401 for a wrong key
  void add(const WorkerCounters& other);
};

/// The route counters of one worker: see route_counter_table.h.
class RouteCounterTable;

}  // namespace fastgate::record
