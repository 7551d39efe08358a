#include "record/rollup_stats.h"

namespace fastgate::record {

void RollupCounts::merge(const RollupCounts& other) {
  requests += other.requests;
  errors += other.errors;
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
  request_bytes += other.request_bytes;
  response_bytes += other.response_bytes;
  response_time.merge(other.response_time);
  ttfb.merge(other.ttfb);
}

double RollupCounts::success_rate() const {
  if (requests == 0) return 100;
  return 100.0 * static_cast<double>(requests - errors) / static_cast<double>(requests);
}

}  // namespace fastgate::record
