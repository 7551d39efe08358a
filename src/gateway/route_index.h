/// Finds the routes that fit a request's head among many, in order of rank. Immutable part of a
/// Snapshot. Step 4 of the request path.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/path_tree.h"
#include "gateway/request_facts.h"
#include "gateway/snapshot.h"
#include "json/scalar_index.h"

namespace fastgate::gateway {

/// Asks for the lines of memory that a request reads of its route, all at once: among thousands of
/// routes they are far away.
void fetch_ahead(const Route& route);

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
  bool all_want_key = true;                   ///< every route, also of the tables, requires a key
  std::vector<PathLeaf> leaves;               ///< working memory of the look-up

  void clear() {
    routes.clear();
    tables.clear();
    leaves.clear();
    all_want_key = true;
  }
  /// No route fits the head: 404 without looking at a body.
  [[nodiscard]] bool empty() const { return routes.empty() && tables.empty(); }
  /// Whether the choice needs the body: the best-placed route reads it.
  [[nodiscard]] bool needs_body() const;
  /// The best-placed route that the head fits, whatever the body says; null: there is none.
  [[nodiscard]] const Route* best() const;
  /// Whether every route requires a key, so that a request without one can be refused at once.
  [[nodiscard]] bool wants_key() const { return all_want_key; }
};

class RouteIndex {
 public:
  /// `routes` by rank; must outlive the index and stay where they are.
  explicit RouteIndex(const std::vector<Route>& routes);
  /// Complexity: by the path's length and the number of routes that fit it, not by the number of
  /// routes, hosts, or values of one body field. Regular expressions that begin with `^` and a
  /// literal are tried where that literal fits; others one by one, those of the request's host and
  /// method only. Plain ones (plain_regex.h) cost a pass over the path, others a search. Routes of
  /// one pattern that differ by headers alone are looked at one by one.
  void shortlist(const RequestFacts& facts, Shortlist& out) const;

 private:
  /// A leaf's bits: methods as in method_bit(), and what else must be known before the route itself
  /// is touched. A leaf's target is an index of `entries_` (kMany), `tables_` (kTable) or of the
  /// routes.
  enum Bit : std::uint32_t {
    kAnyMethod = (1U << 20U) - 1,
    kTestsPath = 1U << 26U,  ///< the tree does not tell all of the pattern
    kWantsKey = 1U << 27U,
    kTable = 1U << 28U,
    kLooksCloser = 1U << 29U,  ///< headers, a port or a method without a bit must be compared
    kMany = 1U << 30U,
    kLast = 1U << 31U,  ///< of its run in `entries_`
  };
  using Run = std::vector<PathLeaf>;
  static constexpr std::uint32_t kNoProgram = 0xffffffff;

  [[nodiscard]] static std::uint32_t bits_of(const Route& route);
  [[nodiscard]] static bool is_tabular(const Route& route);
  [[nodiscard]] static std::uint32_t add_to(PathParts& parts, const Route& route);
  void group(Run& run);
  [[nodiscard]] PathLeaf leaf_of(const Run& run);
  void consider(PathLeaf leaf, const RequestFacts& facts, Shortlist& out) const;
  void add_program(std::uint32_t route, const PathPattern& pattern);
  [[nodiscard]] bool fits_closer(PathLeaf leaf, const RequestFacts& facts) const;
  [[nodiscard]] bool fits_path(PathLeaf leaf, const RequestFacts& facts) const;
  void collect(std::uint32_t root, const RequestFacts& facts, Shortlist& out) const;
  void collect_hosts(const RequestFacts& facts, Shortlist& out) const;

  const Route* routes_;  ///< the first
  bool has_hosts_ = false;
  bool has_wildcard_hosts_ = false;
  std::vector<std::unique_ptr<const BodyValueTable>> tables_;
  std::vector<PathLeaf> entries_;          ///< of leaves that many routes share
  std::string programs_;                   ///< of plain regular expressions, one behind the other
  std::vector<std::uint32_t> program_of_;  ///< by route; kNoProgram; empty: none has one
  std::optional<PathTree> tree_;
};

}  // namespace fastgate::gateway
