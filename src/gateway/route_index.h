/// Finds the routes that fit a request's head among many, in order of rank. Immutable part of a
/// Snapshot. Step 4 of the request path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/path_tree.h"
#include "gateway/request_facts.h"
#include "gateway/snapshot.h"
#include "gateway/text_table.h"
#include "json/scalar_index.h"

namespace fastgate::gateway {

/// Routes of one pattern, host and method list whose body rules differ only in the value that one
/// and the same field must have. Choosing among them is one hash look-up.
struct BodyValueTable {
  std::string field;
  json::ScalarIndex values;
  std::vector<std::vector<const Route*>> routes;  ///< by the slot of `values`, each by rank
  std::uint32_t best_rank = 0;
  bool wants_key = true;  ///< every route of it requires a key
};

/// Routes that fit method, host, path and headers. Reused from request to request.
struct Shortlist {
  std::vector<const Route*> routes;           ///< by rank; those of tables are not among them
  std::vector<const BodyValueTable*> tables;  ///< in no particular order
  std::vector<std::uint32_t> leaves;          ///< working memory of the look-up

  void clear() {
    routes.clear();
    tables.clear();
    leaves.clear();
  }
  /// No route fits the head: 404 without looking at a body.
  [[nodiscard]] bool empty() const { return routes.empty() && tables.empty(); }
  /// Whether the choice needs the body: the best-placed route reads it.
  [[nodiscard]] bool needs_body() const;
  /// Whether every route requires a key, so that a request without one can be refused at once.
  [[nodiscard]] bool wants_key() const;
};

class RouteIndex {
 public:
  /// `routes` by rank; must outlive the index and stay where they are.
  explicit RouteIndex(const std::vector<Route>& routes);
  /// Complexity: by the path's length and the number of routes that fit it, not by the number of
  /// routes, hosts, or values of one body field; regular expressions are tried one by one, but only
  /// those that could still fit by method and host. Routes of one pattern that differ by headers
  /// alone are looked at one by one.
  void shortlist(const RequestFacts& facts, Shortlist& out) const;

 private:
  /// A route or a table with what most requests need of it side by side.
  struct Entry {
    const Route* route = nullptr;  ///< the route, or the table's first
    const BodyValueTable* table = nullptr;
    std::uint32_t rank = 0;
    std::uint32_t methods = 0;
    bool looks_closer = false;  ///< headers, a port or a method without a bit must be compared
    bool is_last = false;       ///< of its leaf
  };
  using Leaf = std::vector<Entry>;

  [[nodiscard]] static Entry entry_of(const Route& route);
  [[nodiscard]] static bool is_tabular(const Route& route);
  [[nodiscard]] static bool fits(const Entry& entry, const RequestFacts& facts);
  static void take(const Entry& entry, Shortlist& out);
  [[nodiscard]] std::uint32_t root_of(const HostRule& rule);
  void group(Leaf& leaf);
  void flatten(const std::vector<Leaf>& leaves);
  void collect(std::uint32_t root, const RequestFacts& facts, Shortlist& out) const;
  void collect_hosts(const RequestFacts& facts, Shortlist& out) const;

  PathTree tree_;    ///< a root for each host rule; the first is that of any host
  TextTable hosts_;  ///< roots by lower-case host, or by the part from the dot
  bool has_wildcard_hosts_ = false;
  std::vector<Entry> entries_;  ///< leaf by leaf, each by rank; the tree's leaves are places here
  std::vector<std::vector<Entry>> regexes_;  ///< by root, each by rank
  std::vector<std::unique_ptr<const BodyValueTable>> tables_;
};

}  // namespace fastgate::gateway
