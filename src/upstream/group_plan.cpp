#include "upstream/group_plan.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "upstream/server.h"

namespace fastgate::upstream {
namespace {

std::shared_ptr<const std::vector<ServerName>> names_of(
    const std::vector<GroupSettings>& settings) {
  auto names = std::make_shared<std::vector<ServerName>>();
  for (std::uint32_t number = 0; number < settings.size(); ++number) {
    const config::UpstreamConfig& upstream = settings[number].upstream;
    for (const config::UpstreamServerConfig& server : upstream.servers) {
      names->push_back({.group = upstream.name.value,
                        .address = address_text(server),
                        .group_number = number,
                        .balance = upstream.balance,
                        .weight = server.weight,
                        .is_backup = server.backup});
    }
  }
  return names;
}

/// Whether the servers, of the same addresses, are used in the same way.
bool share_alike(const GroupSettings& one, const GroupSettings& other) {
  const auto use_of = [](const config::UpstreamServerConfig& server) {
    return std::tuple(server.weight, server.backup, server.down, server.max_conns);
  };
  return std::ranges::equal(one.upstream.servers, other.upstream.servers, {}, use_of, use_of);
}

}  // namespace

GroupPlan plan_groups(std::vector<GroupSettings> settings, const GroupPlan* before) {
  GroupPlan plan;
  plan.settings = std::move(settings);
  plan.kept.assign(plan.settings.size(), GroupPlan::kNew);
  plan.names = names_of(plan.settings);
  if (before == nullptr) return plan;
  std::unordered_map<std::string_view, std::uint32_t> known;
  known.reserve(before->settings.size());
  for (std::uint32_t i = 0; i < before->settings.size(); ++i) {
    known.emplace(before->settings[i].identity, i);
  }
  for (std::uint32_t i = 0; i < plan.settings.size(); ++i) {
    const auto found = known.find(plan.settings[i].identity);
    if (found == known.end()) continue;
    const GroupSettings& running = before->settings[found->second];
    if (running.tls != plan.settings[i].tls) continue;
    plan.kept[i] = found->second;
    if (!share_alike(running, plan.settings[i])) plan.changed.push_back(i);
    known.erase(found);
  }
  for (const auto& [identity, place] : known) plan.retired.push_back(place);
  return plan;
}

}  // namespace fastgate::upstream
