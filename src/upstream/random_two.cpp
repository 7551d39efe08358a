#include "upstream/random_two.h"

namespace fastgate::upstream {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

}  // namespace

std::uint32_t RandomTwo::draw(std::span<Server> servers, std::span<const std::uint32_t> eligible,
                              std::uint32_t without, MonotonicTime now) {
  std::uint64_t total = 0;
  for (const std::uint32_t index : eligible) {
    if (index != without) total += effective_weight(servers[index], slow_start_, now);
  }
  std::uint64_t place = random_.below(total);
  for (const std::uint32_t index : eligible) {
    if (index == without) continue;
    const std::uint64_t weight = effective_weight(servers[index], slow_start_, now);
    if (place < weight) return index;
    place -= weight;
  }
  return eligible.back();
}

std::uint32_t RandomTwo::pick(std::span<Server> servers, std::span<const std::uint32_t> eligible,
                              const PickContext& context) {
  if (eligible.size() == 1) return eligible.front();
  const std::uint32_t first = draw(servers, eligible, kNone, context.now);
  const std::uint32_t second = draw(servers, eligible, first, context.now);
  return servers[second].in_use < servers[first].in_use ? second : first;
}

}  // namespace fastgate::upstream
