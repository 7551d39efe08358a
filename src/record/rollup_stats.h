/// What statistics of the audit store tell (contract section 6, `/admin/metrics…`).
///
/// Values, made by AuditReader from rollups, never from a scan of records. Only complete records
/// count, in the minute of their request_time.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "record/histogram.h"

namespace fastgate::record {

/// Counts of one set of requests.
struct RollupCounts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  ///< status 400 and above, or none at all
  /// By first digit of the status: [2] is 2xx; [0] is without a status.
  std::array<std::uint64_t, 6> by_class{};
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;
  TimeHistogram response_time;  ///< us; of requests with a status
  TimeHistogram ttfb;           ///< us; of requests that had a first byte

  void merge(const RollupCounts& other);
  /// Percent, 0 to 100; 100 when there were no requests.
  [[nodiscard]] double success_rate() const;
};

/// Counts of one minute, hour or day.
struct RollupPeriod {
  WallTime time{};  ///< its beginning, UTC
  RollupCounts counts;
};

/// Counts under one name: of a route, a key.
struct NamedCounts {
  std::string name;         ///< route_id or key_id; "" stands for requests without one
  std::string source_path;  ///< of a key: whose it was last; else ""
  RollupCounts counts;
};

/// One of the most frequent paths or sources. Exact while there are no more different ones than the
/// list holds; beyond that `requests` may be too high, by no more than `requests_error`.
struct TopEntry {
  std::string name;
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t requests_error = 0;
};

struct RollupSummary {
  RollupCounts total;
  // Most requests first; the top lists are of whole hours. Empty where a route or key was asked
  // for.
  std::vector<NamedCounts> routes;
  std::vector<NamedCounts> keys;
  std::vector<TopEntry> top_paths;
  std::vector<TopEntry> top_sources;
};

/// Whose requests; empty: everybody's.
struct RollupFilter {
  std::string route_id;
  std::string key_id;
};

/// From `start` (inclusive) to `end` (exclusive), both widened to whole minutes; of more than three
/// hours, to whole hours.
struct RollupRange {
  WallTime start{};
  WallTime end{};
};

}  // namespace fastgate::record
