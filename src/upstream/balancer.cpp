#include "upstream/balancer.h"

#include <algorithm>

#include "upstream/least_conn.h"
#include "upstream/random_two.h"
#include "upstream/rendezvous_hash.h"
#include "upstream/round_robin.h"

namespace fastgate::upstream {

std::unique_ptr<Balancer> make_balancer(const config::UpstreamConfig& settings,
                                        FastRandom& random) {
  switch (settings.balance) {
    case config::Balance::RoundRobin:
      break;
    case config::Balance::LeastConn:
      return std::make_unique<LeastConn>(settings.slow_start);
    case config::Balance::Hash:
      return std::make_unique<RendezvousHash>();
    case config::Balance::Random2:
      return std::make_unique<RandomTwo>(settings.slow_start, random);
  }
  return std::make_unique<RoundRobin>(settings.slow_start);
}

std::uint32_t effective_weight(const Server& server, std::chrono::milliseconds slow_start,
                               MonotonicTime now) {
  const std::uint32_t least = std::max(server.config.weight, 1U);
  const std::uint32_t full = least * kWeightUnit;
  if (slow_start.count() == 0 || server.back_since == MonotonicTime{}) return full;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - server.back_since);
  if (since >= slow_start) return full;
  // One that is out still is tried only where all are.
  if (since.count() <= 0) return least;
  const auto share = static_cast<std::uint64_t>(full) * static_cast<std::uint64_t>(since.count()) /
                     static_cast<std::uint64_t>(slow_start.count());
  return std::max(static_cast<std::uint32_t>(share), least);
}

}  // namespace fastgate::upstream
