/// What the gateway tells Prometheus (contract section 8): the workers' counts, summed.
///
/// Runs on whichever thread answers `GET /metrics`; the workers go on counting meanwhile.
#pragma once

#include <map>
#include <string>

#include "record/recorder.h"
#include "record/route_counter_table.h"

namespace fastgate::record {

/// The counts of all workers together. Lives for one rendering.
struct MetricTotals {
  WorkerCounters workers;
  std::map<std::string, RouteCounters, std::less<>> routes;  ///< by the label's value
  void add(const WorkerCounters& counters, const RouteCounterTable& table);
};

void append_process_metrics(std::string& out, const Recorder::ProcessFacts& facts);
void append_worker_metrics(std::string& out, const MetricTotals& totals, std::size_t workers);
/// Routes that have not been asked for have no series.
void append_route_metrics(std::string& out, const MetricTotals& totals);

}  // namespace fastgate::record
