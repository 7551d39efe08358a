/// Smooth weighted round robin (the rule nginx made known): every server gets its share, spread
/// evenly.
#pragma once

#include "upstream/balancer.h"

namespace fastgate::upstream {

class RoundRobin final : public Balancer {
 public:
  explicit RoundRobin(std::chrono::milliseconds slow_start) : slow_start_(slow_start) {}
  [[nodiscard]] std::uint32_t pick(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible,
                                   const PickContext& context) override;

 private:
  std::chrono::milliseconds slow_start_;
};

}  // namespace fastgate::upstream
