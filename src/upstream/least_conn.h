/// The server with the fewest requests in hand for its weight; among equals by smooth round robin.
#pragma once

#include <vector>

#include "upstream/round_robin.h"

namespace fastgate::upstream {

class LeastConn final : public Balancer {
 public:
  explicit LeastConn(std::chrono::milliseconds slow_start)
      : slow_start_(slow_start), among_equals_(slow_start) {}
  [[nodiscard]] std::uint32_t pick(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible,
                                   const PickContext& context) override;

 private:
  std::chrono::milliseconds slow_start_;
  RoundRobin among_equals_;
  std::vector<std::uint32_t> equals_;
};

}  // namespace fastgate::upstream
