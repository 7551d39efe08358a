#include "upstream/least_conn.h"

namespace fastgate::upstream {

std::uint32_t LeastConn::pick(std::span<Server> servers, std::span<const std::uint32_t> eligible,
                              const PickContext& context) {
  equals_.clear();
  std::uint64_t best_load = 0;
  std::uint64_t best_weight = 1;
  for (const std::uint32_t index : eligible) {
    const std::uint64_t load = servers[index].in_use;
    const std::uint64_t weight = effective_weight(servers[index], slow_start_, context.now);
    // load / weight against best_load / best_weight, without division.
    const std::uint64_t mine = load * best_weight;
    const std::uint64_t best = best_load * weight;
    if (equals_.empty() || mine < best) {
      equals_.clear();
      best_load = load;
      best_weight = weight;
    } else if (mine > best) {
      continue;
    }
    equals_.push_back(index);
  }
  if (equals_.size() == 1) return equals_.front();
  return among_equals_.pick(servers, equals_, context);
}

}  // namespace fastgate::upstream
