#include "upstream/group_table.h"

#include <utility>

namespace fastgate::upstream {

void GroupTable::adopt(const GroupPlan& plan) {
  for (const std::uint32_t place : plan.retired) groups_.at(place)->retire();
  std::vector<std::shared_ptr<Group>> next;
  next.reserve(plan.settings.size());
  for (std::size_t i = 0; i < plan.settings.size(); ++i) {
    if (plan.kept[i] == GroupPlan::kNew) {
      next.push_back(std::make_shared<Group>(plan.settings[i], context_));
    } else {
      next.push_back(std::move(groups_.at(plan.kept[i])));
    }
  }
  groups_ = std::move(next);
  for (const std::uint32_t place : plan.changed) groups_[place]->adopt(plan.settings[place]);
}

void GroupTable::retire_all() {
  for (const std::shared_ptr<Group>& group : groups_) group->retire();
  groups_.clear();
}

}  // namespace fastgate::upstream
