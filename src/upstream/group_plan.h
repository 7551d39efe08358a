/// The groups of one configuration, and which of them the one before it has as well: found beside
/// the loops, so that a worker that takes the configuration only moves pointers.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "upstream/group.h"
#include "upstream/server_report.h"

namespace fastgate::upstream {

/// Immutable once made; shared by all workers.
struct GroupPlan {
  static constexpr std::uint32_t kNew = 0xffffffff;

  std::vector<GroupSettings> settings;  ///< by gateway::GroupIndex
  /// For each group its place in the plan before this one, where it keeps its pool, failures and
  /// health; kNew for one that is made.
  std::vector<std::uint32_t> kept;
  /// Places in this plan of those that are kept with other weights, limits or roles of servers.
  std::vector<std::uint32_t> changed;
  /// Places in the plan before of those that end.
  std::vector<std::uint32_t> retired;
  std::shared_ptr<const std::vector<ServerName>> names;  ///< of all servers, in order
};

/// The plan that follows `before`; null: nothing runs yet. A group stays where its identity and its
/// TLS context do: renewed certificates need new connections although the settings are the same.
/// Complexity: linear.
[[nodiscard]] GroupPlan plan_groups(std::vector<GroupSettings> settings, const GroupPlan* before);

}  // namespace fastgate::upstream
