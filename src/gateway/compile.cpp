#include <algorithm>
#include <tuple>

#include "base/large_pages.h"
#include "base/text.h"
#include "gateway/compile_route.h"
#include "gateway/group_collector.h"
#include "gateway/route_index.h"
#include "gateway/route_tests.h"
#include "gateway/snapshot.h"
#include "gateway/unreachable.h"

namespace fastgate::gateway {
namespace {

/// Priority (smaller first), specificity (inverted), place in the file; unique.
using Place = std::tuple<std::int32_t, std::uint32_t, std::uint32_t>;

/// Moves every route to the place that `order` names it for, within their own memory: room for as
/// many again costs more than all the moves.
void arrange(std::vector<Route>& routes, const std::vector<Place>& order) {
  std::vector<bool> is_placed(routes.size());
  for (std::uint32_t start = 0; start < routes.size(); ++start) {
    if (is_placed[start] || std::get<2>(order[start]) == start) continue;
    Route first = std::move(routes[start]);
    std::uint32_t to = start;
    for (std::uint32_t from = std::get<2>(order[to]); from != start;
         from = std::get<2>(order[to])) {
      routes[to] = std::move(routes[from]);
      is_placed[to] = true;
      to = from;
    }
    routes[to] = std::move(first);
    is_placed[to] = true;
  }
}

/// Gives every route its place: priority, then specificity, then the order in the file.
void rank(std::vector<Route>& routes) {
  std::vector<Place> order;
  order.reserve(routes.size());
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    order.emplace_back(routes[i].config->priority, ~routes[i].pattern.specificity(), i);
  }
  std::ranges::sort(order);
  arrange(routes, order);
  for (std::uint32_t i = 0; i < routes.size(); ++i) routes[i].index = routes[i].rank = i;
}

void compile_routes(Snapshot& snapshot, config::Diagnostics& diagnostics) {
  GroupCollector groups(snapshot.config, snapshot.groups);
  snapshot.routes.reserve(snapshot.config.routes.size());
  prefer_large_pages(snapshot.routes.data(), snapshot.routes.capacity() * sizeof(Route));
  for (const config::RouteConfig& config : snapshot.config.routes) {
    // A route that is switched off must still be right: somebody will switch it on.
    auto route = compile_route(config, snapshot.config, diagnostics, snapshot.policies);
    if (!route || !config.is_active) continue;
    route->group = groups.group_of(config);
    snapshot.routes.push_back(*std::move(route));
  }
}

}  // namespace

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

void check_routes(const config::Config& config, config::Diagnostics& diagnostics) {
  RoutePolicies policies;
  for (const config::RouteConfig& route : config.routes) {
    static_cast<void>(compile_route(route, config, diagnostics, policies));
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
