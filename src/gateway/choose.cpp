#include "gateway/choose.h"

#include <algorithm>

namespace fastgate::gateway {
namespace {

void take_from_table(const BodyValueTable& table, const json::Document& document, Candidates& out) {
  const auto value = document.find(table.field);
  if (!value) return;
  const auto slot = table.values.find(*value);
  if (!slot) return;
  out.routes.insert(out.routes.end(), table.routes[*slot].begin(), table.routes[*slot].end());
}

}  // namespace

void choose(const Shortlist& shortlist, const CollectedBody* body, Candidates& out) {
  out.routes.clear();
  for (const Route* route : shortlist.routes) {
    if (route->body && !body_fits(*route->body, body)) continue;
    out.routes.push_back(route);
    if (route->respond) break;
  }
  if (body != nullptr && body->document != nullptr && !shortlist.tables.empty()) {
    for (const BodyValueTable* table : shortlist.tables) {
      take_from_table(*table, *body->document, out);
    }
    std::ranges::sort(out.routes, {}, &Route::rank);
  }
  const auto answer = std::ranges::find_if(
      out.routes, [](const Route* route) { return route->respond != nullptr; });
  if (answer != out.routes.end()) out.routes.erase(answer + 1, out.routes.end());
}

}  // namespace fastgate::gateway
