#include "gateway/choose.h"

#include <algorithm>

namespace fastgate::gateway {
namespace {

/// Bytes of a path that a message shows.
constexpr std::size_t kShownPath = 200;

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
  out.are_rules_unread = body == nullptr && !shortlist.tables.empty();
  for (const Route* route : shortlist.routes) {
    if (route->body && !body_fits(*route->body, body)) {
      out.are_rules_unread = out.are_rules_unread || body == nullptr;
      continue;
    }
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

Error no_route(const RequestFacts& facts, Misfit misfit) {
  const std::string_view path = facts.target->raw_path;
  std::string text = "no route matches ";
  text.append(facts.head->method_name()).append(" ").append(path.substr(0, kShownPath));
  if (path.size() > kShownPath) text.append("…");
  if (misfit == Misfit::Body) {
    const bool has_body = facts.head->framing != http::BodyFraming::None;
    text.append(has_body ? " with this body" : " without a body");
  }
  return fail(ErrorKind::NoRoute, std::move(text)).error();
}

}  // namespace fastgate::gateway
