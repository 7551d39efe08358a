#include "gateway/route_index.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "gateway/route_fit.h"

namespace fastgate::gateway {
namespace {

constexpr std::uint32_t kAnyMethod = 0xffffffff;
/// Longer hosts than DNS knows fit no rule.
constexpr std::size_t kMaxHost = 255;

constexpr TextTable::Scope kExactHost{0, 0};
constexpr TextTable::Scope kWildcardHost{0, 1};

void add_to_table(BodyValueTable& table, const Route& route) {
  const BodyField& field = route.body->fields.front();
  const auto slot = table.values.add(field.value.view());
  FG_ASSERT(slot.has_value());
  if (*slot >= table.routes.size()) table.routes.resize(*slot + 1);
  table.routes[*slot].push_back(&route);
  table.wants_key = table.wants_key && route.auth == config::RouteAuth::Required;
}

}  // namespace

bool Shortlist::needs_body() const {
  const bool front_reads = !routes.empty() && routes.front()->reads_body();
  return front_reads || std::ranges::any_of(tables, [&](const BodyValueTable* table) {
           return routes.empty() || table->best_rank < routes.front()->rank;
         });
}

bool Shortlist::wants_key() const {
  return std::ranges::all_of(
             routes,
             [](const Route* route) { return route->auth == config::RouteAuth::Required; }) &&
         std::ranges::all_of(tables, &BodyValueTable::wants_key);
}

RouteIndex::Entry RouteIndex::entry_of(const Route& route) {
  Entry entry;
  entry.route = &route;
  entry.rank = route.rank;
  const bool is_any = route.methods == 0 && route.other_methods.empty();
  entry.methods = is_any ? kAnyMethod : route.methods;
  if (!route.other_methods.empty()) entry.methods |= method_bit(http::Method::Other);
  entry.looks_closer =
      !route.headers.empty() || !route.other_methods.empty() || !route.host.port.empty();
  return entry;
}

/// Whether the route can be found by the value of its only body field.
bool RouteIndex::is_tabular(const Route& route) {
  if (!route.body || route.body->schema || route.body->fields.size() != 1) return false;
  const json::Kind kind = route.body->fields.front().value.view().kind();
  return kind != json::Kind::Array && kind != json::Kind::Object && !entry_of(route).looks_closer;
}

RouteIndex::RouteIndex(const std::vector<Route>& routes) {
  std::vector<Leaf> leaves;
  regexes_.resize(1);
  for (const Route& route : routes) {
    const std::uint32_t root = root_of(route.host);
    if (route.pattern.kind() == PatternKind::Regex) {
      regexes_[root].push_back(entry_of(route));
      continue;
    }
    const std::uint32_t leaf = tree_.add(route.pattern, root);
    if (leaf >= leaves.size()) leaves.resize(leaf + 1);
    leaves[leaf].push_back(entry_of(route));
  }
  for (Leaf& leaf : leaves) {
    if (leaf.size() > 1) group(leaf);
  }
  flatten(leaves);
}

/// The tree of a host rule, made if no route before had the same.
std::uint32_t RouteIndex::root_of(const HostRule& rule) {
  if (rule.kind == HostRule::Kind::Any) return 0;
  const bool is_wildcard = rule.kind == HostRule::Kind::Wildcard;
  has_wildcard_hosts_ = has_wildcard_hosts_ || is_wildcard;
  std::uint32_t& root = hosts_.at(is_wildcard ? kWildcardHost : kExactHost, rule.host);
  if (root == TextTable::kNone) {
    root = tree_.add_root();
    regexes_.emplace_back();
  }
  return root;
}

/// Puts routes that differ in one body value into tables.
void RouteIndex::group(Leaf& leaf) {
  std::map<std::pair<std::uint32_t, std::string_view>, std::vector<const Route*>> alike;
  const auto key_of = [](const Entry& entry) {
    return std::pair(entry.methods, std::string_view(entry.route->body->fields.front().name));
  };
  for (const Entry& entry : leaf) {
    if (is_tabular(*entry.route)) alike[key_of(entry)].push_back(entry.route);
  }
  std::erase_if(leaf, [&](const Entry& entry) {
    return is_tabular(*entry.route) && alike[key_of(entry)].size() > 1;
  });
  for (const auto& [key, routes] : alike) {
    if (routes.size() < 2) continue;
    auto table = std::make_unique<BodyValueTable>();
    table->field = key.second;
    table->best_rank = routes.front()->rank;
    for (const Route* route : routes) add_to_table(*table, *route);
    Entry entry = entry_of(*routes.front());
    entry.table = table.get();
    leaf.push_back(entry);
    tables_.push_back(std::move(table));
  }
  std::ranges::sort(leaf, {}, &Entry::rank);
}

/// One piece of memory for all leaves, each found without another look-up.
void RouteIndex::flatten(const std::vector<Leaf>& leaves) {
  std::vector<std::uint32_t> places;
  places.reserve(leaves.size());
  for (const Leaf& leaf : leaves) {
    places.push_back(static_cast<std::uint32_t>(entries_.size()));
    entries_.insert(entries_.end(), leaf.begin(), leaf.end());
    entries_.back().is_last = true;
  }
  tree_.renumber(places);
}

bool RouteIndex::fits(const Entry& entry, const RequestFacts& facts) {
  if ((entry.methods & method_bit(facts.head->method)) == 0) return false;
  if (!entry.looks_closer) return true;
  const Route& route = *entry.route;
  return method_fits(route, *facts.head) && port_fits(route.host, facts) &&
         headers_fit(route, facts);
}

void RouteIndex::take(const Entry& entry, Shortlist& out) {
  if (entry.table != nullptr) {
    out.tables.push_back(entry.table);
  } else {
    out.routes.push_back(entry.route);
  }
}

void RouteIndex::collect(std::uint32_t root, const RequestFacts& facts, Shortlist& out) const {
  const std::string_view path = facts.target->match_path;
  out.leaves.clear();
  tree_.find(path, out.leaves, root);
  for (const std::uint32_t place : out.leaves) {
    const Entry* entry = &entries_[place];
    for (;; ++entry) {
      if (fits(*entry, facts)) take(*entry, out);
      if (entry->is_last) break;
    }
  }
  for (const Entry& entry : regexes_[root]) {
    if (fits(entry, facts) && entry.route->pattern.matches(path, facts.scratch)) take(entry, out);
  }
}

void RouteIndex::collect_hosts(const RequestFacts& facts, Shortlist& out) const {
  const std::string_view host = without_final_dot(facts.host);
  if (host.empty() || host.size() > kMaxHost) return;
  std::array<char, kMaxHost> lower;
  std::ranges::transform(host, lower.begin(), [](char c) { return to_lower(c); });
  const std::string_view name(lower.data(), host.size());
  const std::uint32_t exact = hosts_.find(kExactHost, name);
  if (exact != TextTable::kNone) collect(exact, facts, out);
  if (!has_wildcard_hosts_) return;
  for (std::size_t dot = name.find('.', 1); dot < name.size(); dot = name.find('.', dot + 1)) {
    const std::uint32_t wildcard = hosts_.find(kWildcardHost, name.substr(dot));
    if (wildcard != TextTable::kNone) collect(wildcard, facts, out);
  }
}

void RouteIndex::shortlist(const RequestFacts& facts, Shortlist& out) const {
  out.clear();
  collect(0, facts, out);
  if (!hosts_.empty()) collect_hosts(facts, out);
  if (out.routes.size() > 1) std::ranges::sort(out.routes, {}, &Route::rank);
}

}  // namespace fastgate::gateway
