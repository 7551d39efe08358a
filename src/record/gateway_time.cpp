#include "record/gateway_time.h"

#include <algorithm>
#include <chrono>

namespace fastgate::record {
namespace {

using std::chrono::nanoseconds;

nanoseconds waited_for_upstream(const ExchangeRecord& record) {
  if (!record.upstream_started) return nanoseconds{0};
  const MonotonicTime end = record.upstream_done.value_or(record.finished);
  const nanoseconds waited = std::max(end - *record.upstream_started, nanoseconds{0});
  if (!record.upstream_head || !record.first_byte) return waited;
  // Turning the upstream's head into the client's is the gateway's own work.
  return waited - std::clamp<nanoseconds>(*record.first_byte - *record.upstream_head,
                                          nanoseconds{0}, waited);
}

}  // namespace

std::uint64_t gateway_us(const ExchangeRecord& record) {
  const nanoseconds own = record.finished - record.started - record.client_wait -
                          record.queue_wait - record.earlier_attempts - waited_for_upstream(record);
  return to_us(own);
}

}  // namespace fastgate::record
