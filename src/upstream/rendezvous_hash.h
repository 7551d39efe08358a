/// The same server for the same key as long as it is there: each server has a score for each key,
/// and the highest wins (weighted rendezvous hashing, Thaler and Ravishankar 1998; weights by
/// Schindelhauer and Schomaker 2005). When a server leaves, only its own keys move, spread over the
/// rest.
#pragma once

#include <vector>

#include "upstream/balancer.h"

namespace fastgate::upstream {

class RendezvousHash final : public Balancer {
 public:
  /// Complexity: linear in the number of servers.
  [[nodiscard]] std::uint32_t pick(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible,
                                   const PickContext& context) override;

 private:
  std::vector<std::uint64_t> seeds_;  ///< of each server's address, made at the first pick
};

}  // namespace fastgate::upstream
