/// Of two servers drawn by weight the one with less in hand: nearly as even as least_conn, and
/// without the herd that least_conn sends to a server that just came back.
#pragma once

#include "base/random.h"
#include "upstream/balancer.h"

namespace fastgate::upstream {

class RandomTwo final : public Balancer {
 public:
  RandomTwo(std::chrono::milliseconds slow_start, FastRandom& random)
      : slow_start_(slow_start), random_(random) {}
  [[nodiscard]] std::uint32_t pick(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible,
                                   const PickContext& context) override;

 private:
  /// One of `eligible` by weight, leaving `without` out.
  [[nodiscard]] std::uint32_t draw(std::span<Server> servers,
                                   std::span<const std::uint32_t> eligible, std::uint32_t without,
                                   MonotonicTime now);
  std::chrono::milliseconds slow_start_;
  FastRandom& random_;
};

}  // namespace fastgate::upstream
