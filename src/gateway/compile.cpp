#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>

#include "base/text.h"
#include "gateway/compile_route.h"
#include "gateway/group_collector.h"
#include "gateway/route_index.h"
#include "gateway/route_tests.h"
#include "gateway/snapshot.h"
#include "gateway/unreachable.h"

namespace fastgate::gateway {
namespace {

/// Gives every route its place: priority, then specificity, then the order in the file.
void rank(std::vector<Route>& routes) {
  std::vector<std::uint32_t> order(routes.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto place = [&](std::uint32_t i) {
    const Route& route = routes[i];
    return std::tuple(route.config.priority, ~route.pattern.specificity(), i);
  };
  std::ranges::sort(order, {}, place);
  std::vector<Route> ranked;
  ranked.reserve(routes.size());
  for (const std::uint32_t i : order) {
    ranked.push_back(std::move(routes[i]));
    ranked.back().index = static_cast<std::uint32_t>(ranked.size() - 1);
    ranked.back().rank = ranked.back().index;
  }
  routes = std::move(ranked);
}

void compile_routes(Snapshot& snapshot, config::Diagnostics& diagnostics) {
  GroupCollector groups(snapshot.config, snapshot.groups);
  snapshot.routes.reserve(snapshot.config.routes.size());
  for (const config::RouteConfig& config : snapshot.config.routes) {
    // A route that is switched off must still be right: somebody will switch it on.
    auto route = compile_route(config, snapshot.config, diagnostics);
    if (!route || !config.is_active) continue;
    route->group = groups.group_of(config);
    snapshot.routes.push_back(*std::move(route));
  }
}

}  // namespace

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

void FieldRemoval::insert(std::string_view name) {
  const http::FieldId id = http::field_id(name);
  if (id != http::FieldId::Other) return ids.insert(id);
  names.push_back(to_lower(name));
}

bool FieldRemoval::contains_name(std::string_view name) const {
  return std::ranges::any_of(
      names, [&](const std::string& removed) { return equals_ignoring_case(removed, name); });
}

void check_routes(const config::Config& config, config::Diagnostics& diagnostics) {
  for (const config::RouteConfig& route : config.routes) {
    static_cast<void>(compile_route(route, config, diagnostics));
  }
}

std::shared_ptr<Snapshot> compile(config::Config config, config::Diagnostics& diagnostics) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->config = std::move(config);
  compile_routes(*snapshot, diagnostics);
  rank(snapshot->routes);
  snapshot->keys = KeyBook(snapshot->config.keys);
  snapshot->index = std::make_unique<RouteIndex>(snapshot->routes);
  if (diagnostics.has_errors()) return nullptr;
  warn_of_unreachable(*snapshot, diagnostics);
  run_route_tests(*snapshot, diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  return snapshot;
}

}  // namespace fastgate::gateway
