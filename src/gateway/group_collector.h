/// Gathers the upstream groups that routes use, each once. Part of compile; off the loops.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/snapshot.h"

namespace fastgate::gateway {

class GroupCollector {
 public:
  /// `config` and its routes must outlive the collector; `groups` is what it fills.
  GroupCollector(const config::Config& config, std::vector<GroupSpec>& groups);

  /// The group of a route: that of its `upstreams` entry or of its `target_host`, made if no route
  /// before had the same with the same protocol and TLS settings. None for `respond`, and for an
  /// unknown name, which was reported when the configuration was read.
  [[nodiscard]] GroupIndex group_of(const config::RouteConfig& route);

 private:
  [[nodiscard]] GroupIndex add_group_of(const config::RouteConfig& route);

  const config::Config& config_;
  std::vector<GroupSpec>& groups_;
  std::unordered_map<std::string, const config::UpstreamConfig*> named_;
  std::unordered_map<std::string, GroupIndex> known_;  ///< by GroupSpec::identity
  /// Of routes without TLS to their upstream, by its name or host in the configuration.
  std::unordered_map<std::string_view, GroupIndex> plain_named_;
  std::unordered_map<std::string_view, GroupIndex> plain_hosts_;
};

}  // namespace fastgate::gateway
