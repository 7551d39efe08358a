/// Times of an exchange as records and log lines tell them. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "record/exchange_record.h"

namespace fastgate::record {

/// Whole microseconds; 0 for a time below zero.
[[nodiscard]] inline std::uint64_t to_us(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / 1'000;
}

/// Time spent in the gateway itself: total less waiting for the upstream, for the client and in
/// queues, in microseconds; never negative.
[[nodiscard]] std::uint64_t gateway_us(const ExchangeRecord& record);

}  // namespace fastgate::record
