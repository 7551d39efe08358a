#include "gateway/route_index.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "gateway/path_tree.h"
#include "gateway/route_fit.h"
#include "gateway/text_hash.h"

namespace fastgate::gateway {
namespace {

constexpr std::uint32_t kAnyMethod = 0xffffffff;
/// Longer hosts than DNS knows fit no rule; it bounds the search for wildcard hosts.
constexpr std::size_t kMaxHost = 255;

/// A route or a table with what most requests need of it side by side.
struct Entry {
  const Route* route = nullptr;  ///< the route, or the table's first
  const BodyValueTable* table = nullptr;
  std::uint32_t rank = 0;
  std::uint32_t methods = kAnyMethod;
  bool looks_closer = false;  ///< headers, a port or a method without a bit must be compared
};

Entry entry_of(const Route& route) {
  Entry entry;
  entry.route = &route;
  entry.rank = route.rank;
  if (route.methods != 0 || !route.other_methods.empty()) entry.methods = route.methods;
  if (!route.other_methods.empty()) entry.methods |= method_bit(http::Method::Other);
  entry.looks_closer =
      !route.headers.empty() || !route.other_methods.empty() || !route.host.port.empty();
  return entry;
}

/// Whether the route can be found by the value of its only body field.
bool is_tabular(const Route& route) {
  if (!route.body || route.body->schema || route.body->fields.size() != 1) return false;
  const json::Kind kind = route.body->fields.front().value.view().kind();
  return kind != json::Kind::Array && kind != json::Kind::Object && !entry_of(route).looks_closer;
}

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

/// The routes of one host rule.
struct RouteIndex::Bucket {
  PathTree tree;
  std::vector<std::vector<Entry>> leaves;  ///< by leaf of `tree`, each by rank
  std::vector<Entry> regexes;              ///< by rank
  std::vector<std::unique_ptr<const BodyValueTable>> tables;

  void add(const Route& route) {
    if (route.pattern.kind() == PatternKind::Regex) {
      regexes.push_back(entry_of(route));
      return;
    }
    const std::uint32_t leaf = tree.add(route.pattern);
    if (leaf >= leaves.size()) leaves.resize(leaf + 1);
    leaves[leaf].push_back(entry_of(route));
  }

  /// Puts routes that differ in one body value into tables.
  void group() {
    for (std::vector<Entry>& leaf : leaves) {
      if (leaf.size() > 1) group_leaf(leaf);
    }
  }

  void group_leaf(std::vector<Entry>& leaf) {
    std::map<std::pair<std::uint32_t, std::string_view>, std::vector<const Route*>> alike;
    for (const Entry& entry : leaf) {
      if (!is_tabular(*entry.route)) continue;
      alike[{entry.methods, entry.route->body->fields.front().name}].push_back(entry.route);
    }
    std::erase_if(leaf, [&](const Entry& entry) {
      if (!is_tabular(*entry.route)) return false;
      return alike[{entry.methods, entry.route->body->fields.front().name}].size() > 1;
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
      tables.push_back(std::move(table));
    }
    std::ranges::sort(leaf, {}, &Entry::rank);
  }

  void collect(const RequestFacts& facts, Shortlist& out) const {
    const std::string_view path = facts.target->match_path;
    out.leaves.clear();
    tree.find(path, out.leaves);
    for (const std::uint32_t leaf : out.leaves) {
      for (const Entry& entry : leaves[leaf]) {
        if (fits(entry, facts)) take(entry, out);
      }
    }
    for (const Entry& entry : regexes) {
      if (fits(entry, facts) && entry.route->pattern.matches(path, facts.scratch)) take(entry, out);
    }
  }

 private:
  static bool fits(const Entry& entry, const RequestFacts& facts) {
    if ((entry.methods & method_bit(facts.head->method)) == 0) return false;
    if (!entry.looks_closer) return true;
    const Route& route = *entry.route;
    return method_fits(route, *facts.head) && port_fits(route.host, facts) &&
           headers_fit(route, facts);
  }

  static void take(const Entry& entry, Shortlist& out) {
    if (entry.table != nullptr) {
      out.tables.push_back(entry.table);
    } else {
      out.routes.push_back(entry.route);
    }
  }
};

struct RouteIndex::Hosts {
  using ByHost =
      std::unordered_map<std::string, std::unique_ptr<Bucket>, CaselessHash, CaselessEqual>;
  std::unique_ptr<Bucket> any;  ///< of routes without a host rule; may be null
  ByHost exact;
  ByHost wildcard;  ///< by the part from the dot

  Bucket& bucket_of(const HostRule& rule) {
    std::unique_ptr<Bucket>& bucket = rule.kind == HostRule::Kind::Any     ? any
                                      : rule.kind == HostRule::Kind::Exact ? exact[rule.host]
                                                                           : wildcard[rule.host];
    if (!bucket) bucket = std::make_unique<Bucket>();
    return *bucket;
  }

  static void collect_from(const ByHost& buckets, std::string_view host, const RequestFacts& facts,
                           Shortlist& out) {
    const auto found = buckets.find(host);
    if (found != buckets.end()) found->second->collect(facts, out);
  }
};

RouteIndex::RouteIndex(const std::vector<Route>& routes) {
  auto hosts = std::make_unique<Hosts>();
  for (const Route& route : routes) hosts->bucket_of(route.host).add(route);
  if (hosts->any) hosts->any->group();
  for (auto& [host, bucket] : hosts->exact) bucket->group();
  for (auto& [host, bucket] : hosts->wildcard) bucket->group();
  hosts_ = std::move(hosts);
}

RouteIndex::~RouteIndex() = default;

void RouteIndex::shortlist(const RequestFacts& facts, Shortlist& out) const {
  out.clear();
  if (hosts_->any) hosts_->any->collect(facts, out);
  const std::string_view host = without_final_dot(facts.host);
  if (!hosts_->exact.empty()) Hosts::collect_from(hosts_->exact, host, facts, out);
  if (!hosts_->wildcard.empty() && host.size() <= kMaxHost) {
    for (std::size_t dot = host.find('.', 1); dot < host.size(); dot = host.find('.', dot + 1)) {
      Hosts::collect_from(hosts_->wildcard, host.substr(dot), facts, out);
    }
  }
  if (out.routes.size() > 1) std::ranges::sort(out.routes, {}, &Route::rank);
}

}  // namespace fastgate::gateway
