/// Finds the routes that fit a request's head among many, in order of rank. Immutable part of a
/// Snapshot. Step 4 of the request path.
#pragma once

#include <memory>
#include <vector>

#include "gateway/request_facts.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// Routes that fit method, host, path and headers, by rank. Reused from request to request.
struct Shortlist {
  std::vector<const Route*> routes;
  /// Whether the choice needs the body: the best-placed route reads it.
  [[nodiscard]] bool needs_body() const { return !routes.empty() && routes.front()->reads_body(); }
};

class RouteIndex {
 public:
  explicit RouteIndex(const std::vector<Route>& routes);
  ~RouteIndex();
  /// Complexity: by the path's length and the number of routes that fit it, not by the number of
  /// routes; regular expressions and suffixes are tried one by one, but only those that could still
  /// fit by method and host.
  void shortlist(const RequestFacts& facts, Shortlist& out) const;

 private:
  struct Trie;
  std::unique_ptr<const Trie> trie_;
};

}  // namespace fastgate::gateway
