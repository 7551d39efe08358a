#include "gateway/route_index.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "gateway/path_parts.h"
#include "gateway/plain_regex.h"
#include "gateway/regex_stem.h"
#include "gateway/route_fit.h"

namespace fastgate::gateway {
namespace {

/// Longer hosts than DNS knows fit no rule.
constexpr std::size_t kMaxHost = 255;

void add_to_table(BodyValueTable& table, const Route& route) {
  const BodyField& field = route.body->fields.front();
  const auto slot = table.values.add(field.value.view());
  FG_ASSERT(slot.has_value());
  if (*slot >= table.routes.size()) table.routes.resize(*slot + 1);
  table.routes[*slot].push_back(&route);
  table.wants_key = table.wants_key && route.policy->auth == config::RouteAuth::Required;
}

std::uint32_t root_of(PathParts& parts, const HostRule& rule) {
  switch (rule.kind) {
    case HostRule::Kind::Any:
      break;
    case HostRule::Kind::Exact:
      return parts.root(PathRoot::ExactHost, rule.host);
    case HostRule::Kind::Wildcard:
      return parts.root(PathRoot::WildcardHost, rule.host);
  }
  return PathTree::kAnyHost;
}

}  // namespace

void fetch_ahead(const Route& route) {
  const char* first = reinterpret_cast<const char*>(&route);
  for (std::size_t at = 0; at < Route::kReadAlways; at += alignof(Route)) {
    __builtin_prefetch(first + at);
  }
}

bool Shortlist::needs_body() const {
  const bool front_reads = !routes.empty() && routes.front()->reads_body();
  return front_reads || std::ranges::any_of(tables, [&](const BodyValueTable* table) {
           return routes.empty() || table->best_rank < routes.front()->rank;
         });
}

const Route* Shortlist::best() const {
  const Route* best = routes.empty() ? nullptr : routes.front();
  for (const BodyValueTable* table : tables) {
    // A table's first slot is made of its best-placed route.
    if (best == nullptr || table->best_rank < best->rank) best = table->routes.front().front();
  }
  return best;
}

std::uint32_t RouteIndex::bits_of(const Route& route) {
  const bool is_any = route.methods == 0 && route.other_methods.empty();
  std::uint32_t bits = is_any ? std::uint32_t{kAnyMethod} : route.methods;
  if (!route.other_methods.empty()) bits |= method_bit(http::Method::Other);
  if (!route.headers.empty() || !route.other_methods.empty() || !route.host.port.empty()) {
    bits |= kLooksCloser;
  }
  if (!PathParts::can_hold(route.pattern)) bits |= kTestsPath;
  if (route.policy->auth == config::RouteAuth::Required) bits |= kWantsKey;
  return bits;
}

/// Whether the route can be found by the value of its only body field.
bool RouteIndex::is_tabular(const Route& route) {
  if (!route.body || route.body->schema || route.body->fields.size() != 1) return false;
  const json::Kind kind = route.body->fields.front().value.view().kind();
  return kind != json::Kind::Array && kind != json::Kind::Object &&
         (bits_of(route) & (kLooksCloser | kTestsPath)) == 0;
}

std::uint32_t RouteIndex::add_to(PathParts& parts, const Route& route) {
  const std::uint32_t root = root_of(parts, route.host);
  if (PathParts::can_hold(route.pattern)) return parts.add(route.pattern, root);
  const std::string stem = regex_stem(route.pattern.text());
  return stem.starts_with('/') ? parts.add_beginning(stem, root) : parts.add(PathPattern(), root);
}

RouteIndex::RouteIndex(const std::vector<Route>& routes) : routes_(routes.data()) {
  PathParts parts;
  std::vector<Run> runs;
  for (std::uint32_t i = 0; i < routes.size(); ++i) {
    const Route& route = routes[i];
    has_hosts_ = has_hosts_ || route.host.kind != HostRule::Kind::Any;
    has_wildcard_hosts_ = has_wildcard_hosts_ || route.host.kind == HostRule::Kind::Wildcard;
    const std::uint32_t leaf = add_to(parts, route);
    if (leaf >= runs.size()) runs.resize(leaf + 1);
    runs[leaf].push_back({.target = i, .bits = bits_of(route)});
    if ((runs[leaf].back().bits & kTestsPath) != 0) add_program(i, route.pattern);
  }
  std::vector<PathLeaf> leaves;
  leaves.reserve(runs.size());
  for (Run& run : runs) {
    if (run.size() > 1) group(run);
    leaves.push_back(leaf_of(run));
  }
  tree_.emplace(parts, leaves);
}

/// Puts routes that differ in one body value into tables.
void RouteIndex::group(Run& run) {
  std::map<std::pair<std::uint32_t, std::string_view>, std::vector<const Route*>> alike;
  const auto key_of = [&](PathLeaf entry) {
    const std::string_view field = routes_[entry.target].body->fields.front().name;
    return std::pair(entry.bits & kAnyMethod, field);
  };
  const auto is_alone = [&](PathLeaf entry) {
    return !is_tabular(routes_[entry.target]) || alike[key_of(entry)].size() < 2;
  };
  for (const PathLeaf entry : run) {
    const Route& route = routes_[entry.target];
    if (is_tabular(route)) alike[key_of(entry)].push_back(&route);
  }
  std::erase_if(run, [&](PathLeaf entry) { return !is_alone(entry); });
  for (const auto& [key, routes] : alike) {
    if (routes.size() < 2) continue;
    auto table = std::make_unique<BodyValueTable>();
    table->field = key.second;
    table->best_rank = routes.front()->rank;
    for (const Route* route : routes) add_to_table(*table, *route);
    const std::uint32_t wants_key = table->wants_key ? std::uint32_t{kWantsKey} : 0;
    run.push_back({.target = static_cast<std::uint32_t>(tables_.size()),
                   .bits = key.first | kTable | wants_key});
    tables_.push_back(std::move(table));
  }
}

/// One route stands in the leaf itself; several stand one behind the other.
PathLeaf RouteIndex::leaf_of(const Run& run) {
  if (run.size() == 1) return run.front();
  const PathLeaf leaf{.target = static_cast<std::uint32_t>(entries_.size()), .bits = kMany};
  entries_.insert(entries_.end(), run.begin(), run.end());
  entries_.back().bits |= kLast;
  return leaf;
}

void RouteIndex::add_program(std::uint32_t route, const PathPattern& pattern) {
  const std::optional<std::string> program = plain_regex(pattern.text());
  if (!program) return;
  program_of_.resize(route + 1, kNoProgram);
  program_of_[route] = static_cast<std::uint32_t>(programs_.size());
  programs_.append(*program);
}

bool RouteIndex::fits_path(PathLeaf leaf, const RequestFacts& facts) const {
  const std::string_view path = facts.target->match_path;
  if (leaf.target < program_of_.size() && program_of_[leaf.target] != kNoProgram) {
    return plain_regex_matches(programs_.data() + program_of_[leaf.target], path);
  }
  return routes_[leaf.target].pattern.matches(path, facts.scratch);
}

/// The path first: it needs less of the route's memory, or nothing.
bool RouteIndex::fits_closer(PathLeaf leaf, const RequestFacts& facts) const {
  if ((leaf.bits & kTestsPath) != 0 && !fits_path(leaf, facts)) return false;
  if ((leaf.bits & kLooksCloser) == 0) return true;
  const Route& route = routes_[leaf.target];
  return method_fits(route, *facts.head) && port_fits(route.host, facts) &&
         headers_fit(route, facts);
}

void RouteIndex::consider(PathLeaf leaf, const RequestFacts& facts, Shortlist& out) const {
  if ((leaf.bits & method_bit(facts.head->method)) == 0) return;
  if ((leaf.bits & kTable) != 0) {
    out.tables.push_back(tables_[leaf.target].get());
  } else {
    // The route's place is known without a look at it.
    const Route* route = routes_ + leaf.target;
    const bool is_plain = (leaf.bits & (kLooksCloser | kTestsPath)) == 0;
    if (!is_plain && !fits_closer(leaf, facts)) return;
    out.routes.push_back(route);
  }
  out.all_want_key = out.all_want_key && (leaf.bits & kWantsKey) != 0;
}

void RouteIndex::collect(std::uint32_t root, const RequestFacts& facts, Shortlist& out) const {
  out.leaves.clear();
  tree_->find(facts.target->match_path, out.leaves, root);
  for (const PathLeaf leaf : out.leaves) {
    if ((leaf.bits & kMany) == 0) {
      consider(leaf, facts, out);
      continue;
    }
    const PathLeaf* entry = &entries_[leaf.target];
    for (;; ++entry) {
      consider(*entry, facts, out);
      if ((entry->bits & kLast) != 0) break;
    }
  }
}

void RouteIndex::collect_hosts(const RequestFacts& facts, Shortlist& out) const {
  const std::string_view host = without_final_dot(facts.host);
  if (host.empty() || host.size() > kMaxHost) return;
  std::array<char, kMaxHost> lower;
  std::ranges::transform(host, lower.begin(), [](char c) { return to_lower(c); });
  const std::string_view name(lower.data(), host.size());
  const std::uint32_t exact = tree_->find_root(PathRoot::ExactHost, name);
  if (exact != PathTree::kNone) collect(exact, facts, out);
  if (!has_wildcard_hosts_) return;
  for (std::size_t dot = name.find('.', 1); dot < name.size(); dot = name.find('.', dot + 1)) {
    const std::uint32_t wildcard = tree_->find_root(PathRoot::WildcardHost, name.substr(dot));
    if (wildcard != PathTree::kNone) collect(wildcard, facts, out);
  }
}

void RouteIndex::shortlist(const RequestFacts& facts, Shortlist& out) const {
  out.clear();
  collect(PathTree::kAnyHost, facts, out);
  if (has_hosts_) collect_hosts(facts, out);
  // Routes stand in memory by rank.
  if (out.routes.size() > 1) std::ranges::sort(out.routes);
  if (!out.routes.empty()) fetch_ahead(*out.routes.front());
}

}  // namespace fastgate::gateway
