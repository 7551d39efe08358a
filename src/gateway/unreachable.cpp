#include "gateway/unreachable.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "gateway/own_paths.h"
#include "gateway/path_tree.h"

namespace fastgate::gateway {
namespace {

/// Better-placed routes that one route is compared with at most, a leaf.
constexpr std::size_t kMaxCompared = 64;

/// Stands for whatever a capture may take: no pattern's literal holds it.
constexpr std::string_view kAnySegment = "\x01";

/// The shortest path that the pattern fits, captures filled; empty for regular expressions.
std::string probe_of(const PathPattern& pattern) {
  if (pattern.kind() == PatternKind::Regex) return {};
  if (pattern.kind() == PatternKind::Exact) return std::string(pattern.text());
  if (pattern.kind() == PatternKind::Suffix || pattern.text().front() == '*') return "/";
  std::string probe;
  for (const PatternSegment& segment : pattern.segments()) {
    probe.append("/").append(segment.is_capture ? kAnySegment : std::string_view(segment.text));
  }
  if (pattern.tail() != PatternTail::None) probe.append("/").append(pattern.wildcard_text());
  return probe;
}

/// Whether `wide` fits every path that `narrow` fits, as far as it can be told.
bool covers(const PathPattern& wide, const PathPattern& narrow, std::string_view probe) {
  if (wide.text() == narrow.text() || wide.text().front() == '*') {
    if (wide.kind() != PatternKind::Suffix || wide.text() == narrow.text()) return true;
  }
  if (wide.text() == "/*" || wide.text() == "/**") return true;
  switch (narrow.kind()) {
    case PatternKind::Exact:
      return wide.matches(probe);
    case PatternKind::Suffix:
      return wide.kind() == PatternKind::Suffix &&
             narrow.wildcard_text().ends_with(wide.wildcard_text());
    case PatternKind::Segments:
    case PatternKind::Prefix:
      break;
    case PatternKind::Regex:
      return false;
  }
  if (wide.kind() == PatternKind::Regex || wide.kind() == PatternKind::Suffix) return false;
  // A wildcard is covered by another wildcard only: what fits its shortest path fits all longer
  // ones.
  if (narrow.tail() != PatternTail::None && wide.tail() == PatternTail::None) return false;
  return wide.matches(probe);
}

bool methods_cover(const Route& wide, const Route& narrow) {
  if (wide.methods == 0 && wide.other_methods.empty()) return true;
  if (narrow.methods == 0 && narrow.other_methods.empty()) return false;
  return (narrow.methods & ~wide.methods) == 0 &&
         std::ranges::all_of(narrow.other_methods, [&](const std::string& name) {
           return std::ranges::find(wide.other_methods, name) != wide.other_methods.end();
         });
}

bool host_covers(const HostRule& wide, const HostRule& narrow) {
  if (!wide.port.empty() && wide.port != narrow.port) return false;
  if (wide.kind == HostRule::Kind::Any) return true;
  if (wide.kind == narrow.kind && wide.host == narrow.host) return true;
  return wide.kind == HostRule::Kind::Wildcard && narrow.kind != HostRule::Kind::Any &&
         narrow.host.size() > wide.host.size() && narrow.host.ends_with(wide.host);
}

bool headers_cover(const Route& wide, const Route& narrow) {
  return std::ranges::all_of(wide.headers, [&](const HeaderRule& rule) {
    return std::ranges::any_of(narrow.headers, [&](const HeaderRule& other) {
      return equals_ignoring_case(other.name, rule.name) && other.text == rule.text;
    });
  });
}

/// Whether both ask for the same, so that the worse-placed one is the other's failover target.
bool asks_for_the_same(const Route& a, const Route& b) {
  return a.pattern.text() == b.pattern.text() && methods_cover(b, a) &&
         host_covers(b.host, a.host) && headers_cover(b, a) && !b.body;
}

/// The routes without a body rule, by the paths that they fit.
class ShadowSearch {
 public:
  explicit ShadowSearch(const Snapshot& snapshot)
      : failover_(snapshot.config.proxy.failover), tree_(tree_of(snapshot)) {}

  /// The best-placed route that shadows `route`; null if there is none.
  [[nodiscard]] const Route* shadow_of(const Route& route) {
    const std::string probe = probe_of(route.pattern);
    leaves_.clear();
    tree_.find(probe.empty() ? "/" : probe, leaves_);
    const Route* best = best_of(regexes_, route, probe, nullptr);
    for (const PathLeaf leaf : leaves_) best = best_of(routes_[leaf.target], route, probe, best);
    if (route.pattern.kind() == PatternKind::Suffix) best = best_suffix(route, best);
    return best;
  }

 private:
  PathTree tree_of(const Snapshot& snapshot) {
    PathParts parts;
    for (const Route& route : snapshot.routes) {
      if (route.body) continue;
      if (!PathParts::can_hold(route.pattern)) {
        if (regexes_.size() < kMaxCompared) regexes_.push_back(&route);
        continue;
      }
      const std::uint32_t leaf = parts.add(route.pattern);
      if (leaf >= routes_.size()) routes_.resize(leaf + 1);
      if (routes_[leaf].size() < kMaxCompared) routes_[leaf].push_back(&route);
    }
    return PathTree(parts);
  }

  /// Shorter suffixes do not fit the probe of a longer one.
  const Route* best_suffix(const Route& route, const Route* best) {
    leaves_.clear();
    tree_.find(route.pattern.wildcard_text(), leaves_);
    for (const PathLeaf leaf : leaves_) best = best_of(routes_[leaf.target], route, "/", best);
    return best;
  }

  const Route* best_of(const std::vector<const Route*>& wider, const Route& route,
                       std::string_view probe, const Route* best) const {
    for (const Route* wide : wider) {
      if (wide->rank >= route.rank || (best != nullptr && wide->rank >= best->rank)) break;
      if (shadows(*wide, route, probe)) return wide;
    }
    return best;
  }

  [[nodiscard]] bool shadows(const Route& wide, const Route& route, std::string_view probe) const {
    if (!covers(wide.pattern, route.pattern, probe) || !methods_cover(wide, route) ||
        !host_covers(wide.host, route.host) || !headers_cover(wide, route)) {
      return false;
    }
    const bool never_fails = wide.respond != nullptr || !failover_;
    return never_fails || !asks_for_the_same(wide, route);
  }

  bool failover_;
  std::vector<std::vector<const Route*>> routes_;  ///< by leaf, each by rank
  std::vector<const Route*> regexes_;
  PathTree tree_;
  std::vector<PathLeaf> leaves_;
};

}  // namespace

void warn_of_unreachable(const Snapshot& snapshot, config::Diagnostics& diagnostics) {
  ShadowSearch search(snapshot);
  for (const Route& route : snapshot.routes) {
    if (const auto own = own_path_field(snapshot.config.admin, route.pattern); !own.empty()) {
      diagnostics.warning(route.config->mark, "route `" + route.id +
                                                  "` is never chosen: the gateway answers its path "
                                                  "itself (`" +
                                                  std::string(own) + "`)");
      continue;
    }
    const Route* shadow = search.shadow_of(route);
    if (shadow == nullptr) continue;
    diagnostics.warning(route.config->mark, "route `" + route.id + "` is never chosen: route `" +
                                                shadow->id +
                                                "` is better placed and matches all that it does");
  }
}

}  // namespace fastgate::gateway
