#include "record/counters.h"

namespace fastgate::record {
namespace {

constexpr auto kBoundsUs = [] {
  std::array<std::uint64_t, LatencyHistogram::kBoundsMs.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = static_cast<std::uint64_t>(LatencyHistogram::kBoundsMs[i] * 1000);
  }
  return bounds;
}();

}  // namespace

void LatencyHistogram::observe(std::uint64_t microseconds) {
  // Most exchanges are short: from the front the bound is found in a few steps.
  std::size_t bucket = 0;
  while (bucket < kBoundsUs.size() && microseconds > kBoundsUs[bucket]) ++bucket;
  buckets[bucket].add();
  count.add();
  sum_us.add(microseconds);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i].add(other.buckets[i].value());
  count.add(other.count.value());
  sum_us.add(other.sum_us.value());
}

void RouteCounters::add(const RouteCounters& other) {
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i].add(other.by_class[i].value());
  duration.add(other.duration);
  first_byte.add(other.first_byte);
  request_bytes.add(other.request_bytes.value());
  response_bytes.add(other.response_bytes.value());
  retries.add(other.retries.value());
}

void WorkerCounters::add(const WorkerCounters& other) {
  connections_open.add(other.connections_open.value());
  connections_accepted.add(other.connections_accepted.value());
  connections_refused.add(other.connections_refused.value());
  accept_failures.add(other.accept_failures.value());
  exchanges_open.add(other.exchanges_open.value());
  local_open.add(other.local_open.value());
  streams_open.add(other.streams_open.value());
  upstream_connections_open.add(other.upstream_connections_open.value());
  upstream_connects.add(other.upstream_connects.value());
  upstream_reuses.add(other.upstream_reuses.value());
  upstream_failures.add(other.upstream_failures.value());
  limits_hit.add(other.limits_hit.value());
  key_failures.add(other.key_failures.value());
}

}  // namespace fastgate::record
