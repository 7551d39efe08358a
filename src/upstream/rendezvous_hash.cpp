#include "upstream/rendezvous_hash.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace fastgate::upstream {
namespace {

/// FNV-1a: the same on every worker and after every restart, which std::hash does not promise.
std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

/// The finalizer of SplitMix64: every bit of the result depends on every bit of the input.
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

double score(std::uint64_t hash, double weight) {
  // A uniform number in (0, 1), from the upper 53 bits.
  const double uniform = (static_cast<double>(hash >> 11) + 0.5) * 0x1.0p-53;
  return -weight / std::log(uniform);
}

}  // namespace

std::uint32_t RendezvousHash::pick(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible,
                                   const PickContext& context) {
  if (seeds_.size() != servers.size()) {
    seeds_.clear();
    for (const Server& server : servers) seeds_.push_back(seed_of(server.address));
  }
  std::uint32_t best = eligible.front();
  double best_score = -1;
  for (const std::uint32_t index : eligible) {
    const double weight = std::max(servers[index].config.weight, 1U);
    const double mine = score(mix(context.hash ^ mix(seeds_[index])), weight);
    if (mine <= best_score) continue;
    best = index;
    best_score = mine;
  }
  return best;
}

}  // namespace fastgate::upstream
