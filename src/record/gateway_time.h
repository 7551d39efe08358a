/// The time that the gateway itself took of an exchange. Pure; for records and log lines.
#pragma once

#include <cstdint>

#include "record/exchange_record.h"

namespace fastgate::record {

/// Time spent in the gateway itself: total less waiting for the upstream, for the client and in
/// queues, in microseconds; never negative.
[[nodiscard]] std::uint64_t gateway_us(const ExchangeRecord& record);

}  // namespace fastgate::record
