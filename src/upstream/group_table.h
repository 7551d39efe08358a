/// All groups of one worker, found again by identity when a reload brings a new configuration.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "upstream/group.h"

namespace fastgate::upstream {

/// One a worker; single-threaded.
class GroupTable {
 public:
  explicit GroupTable(const UpstreamContext& context) : context_(context) {}

  /// Keeps groups whose identity stays (with their pools, failures and health), makes new ones,
  /// retires the rest. Returns the groups in the order of `settings`.
  [[nodiscard]] std::vector<std::shared_ptr<Group>> adopt(
      const std::vector<GroupSettings>& settings);

  [[nodiscard]] const std::unordered_map<std::string, std::shared_ptr<Group>>& groups() const {
    return groups_;
  }
  /// Closes what is idle: the worker ends.
  void retire_all();

 private:
  UpstreamContext context_;
  std::unordered_map<std::string, std::shared_ptr<Group>> groups_;
};

}  // namespace fastgate::upstream
