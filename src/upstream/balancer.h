/// Which of several servers takes the next request.
///
/// One Balancer a group and worker; single-threaded. It chooses among servers that the group found
/// fit; it never says no.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/random.h"
#include "config/model.h"
#include "upstream/server.h"

namespace fastgate::upstream {

struct PickContext {
  MonotonicTime now;
  std::uint64_t hash = 0;  ///< of the header, key or client, for Balance::Hash
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  /// `eligible` holds indexes into `servers`, at least one. Returns one of them.
  [[nodiscard]] virtual std::uint32_t pick(std::span<Server> servers,
                                           std::span<const std::uint32_t> eligible,
                                           const PickContext& context) = 0;
};

/// The balancer that `settings.balance` asks for. `random` must outlive it.
[[nodiscard]] std::unique_ptr<Balancer> make_balancer(const config::UpstreamConfig& settings,
                                                      FastRandom& random);

/// What a weight of 1 is in effective_weight(): a server of that weight has to start slowly too.
constexpr std::uint32_t kWeightUnit = 100;

/// The weight of a server now, in parts of kWeightUnit: its own, less while it starts slowly after
/// coming back, but never none.
[[nodiscard]] std::uint32_t effective_weight(const Server& server,
                                             std::chrono::milliseconds slow_start,
                                             MonotonicTime now);

}  // namespace fastgate::upstream
