#include "upstream/round_robin.h"

namespace fastgate::upstream {

std::uint32_t RoundRobin::pick(std::span<Server> servers, std::span<const std::uint32_t> eligible,
                               const PickContext& context) {
  std::int64_t total = 0;
  std::uint32_t best = eligible.front();
  for (const std::uint32_t index : eligible) {
    const std::int64_t weight = effective_weight(servers[index], slow_start_, context.now);
    servers[index].round_robin_credit += weight;
    total += weight;
    if (servers[index].round_robin_credit > servers[best].round_robin_credit) best = index;
  }
  servers[best].round_robin_credit -= total;
  return best;
}

}  // namespace fastgate::upstream
