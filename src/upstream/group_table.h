/// All groups of one worker, kept over reloads as the plans say.
#pragma once

#include <memory>
#include <vector>

#include "upstream/group.h"
#include "upstream/group_plan.h"

namespace fastgate::upstream {

/// One a worker; single-threaded.
class GroupTable {
 public:
  explicit GroupTable(const UpstreamContext& context) : context_(context) {}

  /// Takes the plan that follows the one that was taken last: keeps, makes and retires groups as it
  /// says. Complexity: a pointer for each that stays, and the settings of those that change.
  void adopt(const GroupPlan& plan);

  /// In the order of the plan's settings.
  [[nodiscard]] const std::vector<std::shared_ptr<Group>>& groups() const { return groups_; }
  /// Closes what is idle: the worker ends.
  void retire_all();

 private:
  UpstreamContext context_;
  std::vector<std::shared_ptr<Group>> groups_;
};

}  // namespace fastgate::upstream
