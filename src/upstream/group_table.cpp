#include "upstream/group_table.h"

#include <utility>

namespace fastgate::upstream {

std::vector<std::shared_ptr<Group>> GroupTable::adopt(const std::vector<GroupSettings>& settings) {
  std::unordered_map<std::string, std::shared_ptr<Group>> next;
  std::vector<std::shared_ptr<Group>> in_order;
  in_order.reserve(settings.size());
  for (const GroupSettings& wanted : settings) {
    std::shared_ptr<Group>& slot = next[wanted.identity];
    if (!slot) {
      const auto known = groups_.find(wanted.identity);
      // A changed TLS context (renewed files) needs new connections although the settings are the
      // same.
      const bool can_stay = known != groups_.end() && known->second->settings().tls == wanted.tls;
      slot = can_stay ? known->second : std::make_shared<Group>(wanted, context_);
    }
    in_order.push_back(slot);
  }
  for (auto& [identity, group] : groups_) {
    const auto kept = next.find(identity);
    if (kept == next.end() || kept->second != group) group->retire();
  }
  groups_ = std::move(next);
  return in_order;
}

void GroupTable::retire_all() {
  for (auto& [identity, group] : groups_) group->retire();
  groups_.clear();
}

}  // namespace fastgate::upstream
