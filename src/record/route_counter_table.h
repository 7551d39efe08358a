/// The route counters of one worker, found by Snapshot route index, kept by route id over reloads.
///
/// Owned by the worker's recorder. The worker alone writes and looks up; any thread may visit().
/// The lock is taken when a route counts for the first time and at reloads, never for a route seen
/// before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "record/counters.h"

namespace fastgate::record {

/// The ids of all routes of a Snapshot; gathered beside the loops.
using RouteIds = std::unordered_set<std::string>;

class RouteCounterTable {
 public:
  /// Routes with counters of their own, by first use; the rest are counted together as kOther.
  static constexpr std::size_t kMaxRoutes = 1000;
  static constexpr std::string_view kOther = "_other";
  static constexpr std::string_view kNoRoute = "_none";  ///< 404, 400 and their like
  static constexpr std::string_view kLocal = "_local";   ///< answered by the gateway's own services

  RouteCounterTable();

  /// A reload. Counts stay; only when the table is full do routes that are gone make room, and what
  /// they counted goes to kOther, so that no sum ever falls. Complexity: kMaxRoutes, however many
  /// there are, but for an empty place each.
  void adopt(const RouteIds& route_ids);
  /// The counters of a route. `index` may be one of an older snapshot: the id decides.
  [[nodiscard]] RouteCounters& of(std::uint32_t index, std::string_view route_id) {
    if (index >= by_index_.size()) return find(route_id);
    Found& last = by_index_[index];
    const std::size_t id_hash = std::hash<std::string_view>()(route_id);
    if (last.counters == nullptr || last.id_hash != id_hash) last = {&find(route_id), id_hash};
    return *last.counters;
  }
  /// Asks for the memory that of() will read first, which is far away where there are thousands.
  void fetch_ahead(std::uint32_t index) const {
    if (index < by_index_.size()) __builtin_prefetch(&by_index_[index]);
  }
  [[nodiscard]] RouteCounters& local() { return local_; }

  /// Calls `visitor(const RouteCounters&)` for each, under the lock. Any thread.
  template <class Visitor>
  void visit(Visitor visitor) const {
    const std::lock_guard lock(mutex_);
    visitor(other_);
    visitor(none_);
    visitor(local_);
    for (const auto& [id, counters] : by_id_) visitor(*counters);
  }

 private:
  /// What of() found last at an index. By the hash it is told apart from another snapshot's route
  /// without a look at the counters' id, and so also where kOther stands for it.
  struct Found {
    RouteCounters* counters = nullptr;  ///< null: nothing yet
    std::size_t id_hash = 0;
  };

  [[nodiscard]] RouteCounters& find(std::string_view route_id);

  RouteCounters other_;
  RouteCounters none_;
  RouteCounters local_;
  std::vector<Found> by_index_;
  mutable std::mutex mutex_;  ///< guards changes of by_id_ against visit()
  std::unordered_map<std::string_view, std::unique_ptr<RouteCounters>> by_id_;
};

}  // namespace fastgate::record
