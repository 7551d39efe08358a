#include "record/route_counter_table.h"

#include <algorithm>

namespace fastgate::record {

RouteCounterTable::RouteCounterTable()
    : other_(std::string(kOther)), none_(std::string(kNoRoute)), local_(std::string(kLocal)) {}

void RouteCounterTable::adopt(const RouteIds& route_ids) {
  by_index_.assign(route_ids.size(), {});
  if (by_id_.size() < kMaxRoutes) return;
  const std::lock_guard lock(mutex_);
  std::erase_if(by_id_, [&](const auto& entry) {
    if (route_ids.contains(entry.second->route_id)) return false;
    other_.add(*entry.second);
    return true;
  });
}

RouteCounters& RouteCounterTable::find(std::string_view route_id) {
  if (route_id.empty()) return none_;
  auto found = by_id_.find(route_id);
  if (found == by_id_.end()) {
    if (by_id_.size() >= kMaxRoutes) return other_;
    auto counters = std::make_unique<RouteCounters>(std::string(route_id));
    const std::string_view key = counters->route_id;
    const std::lock_guard lock(mutex_);
    found = by_id_.emplace(key, std::move(counters)).first;
  }
  return *found->second;
}

}  // namespace fastgate::record
