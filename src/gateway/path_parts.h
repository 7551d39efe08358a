/// Path patterns taken apart and put together where they begin alike: what a PathTree is laid out
/// from. Lives while a configuration is compiled. Single-threaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/path_pattern.h"

namespace fastgate::gateway {

/// What stands at the head of a tree: each host rule has a tree of its own.
enum class PathRoot : std::uint8_t { AnyHost, ExactHost, WildcardHost };

/// What a text stands for. The first five are nodes: more may stand behind them.
enum class PathPartKind : std::uint8_t {
  AnyHost,
  ExactHost,
  WildcardHost,
  Child,     ///< a literal segment
  Capture,   ///< `/{name}`
  Whole,     ///< a whole path without wildcards or captures
  Wildcard,  ///< the literal of `/abc*`, slashes in it at a root only
  Suffix,    ///< the literal of `*.json`
};

/// One node or literal. Numbers are indices of PathParts::all(), leaves are the caller's numbers.
struct PathPart {
  static constexpr std::uint32_t kNone = 0xffffffff;

  PathPartKind kind = PathPartKind::AnyHost;
  std::uint32_t parent = kNone;
  std::string text;
  std::uint32_t leaf = kNone;         ///< of a literal; of a node: of `/*` behind it
  std::uint32_t end = kNone;          ///< of a node: of patterns that end there
  std::uint32_t everything = kNone;   ///< of a root: of `*`
  std::uint32_t capture = kNone;      ///< of a node: the node behind `/{name}`
  std::vector<std::uint32_t> behind;  ///< of a node: literals and children
};

class PathParts {
 public:
  /// With the tree of any host in it, number 0.
  PathParts();

  /// The tree of a host rule (lower case; of a wildcard the part from the dot), made if there is
  /// none.
  [[nodiscard]] std::uint32_t root(PathRoot kind, std::string_view host);

  /// Whether the pattern can be found by its parts. Regular expressions cannot, nor can texts
  /// beyond 64 KiB: the caller adds them as `*` and compares them itself.
  [[nodiscard]] static bool can_hold(const PathPattern& pattern);

  /// The leaf of a pattern in a tree. Patterns that fit the same paths share one; leaves count from
  /// 0, over all trees. Other patterns than can_hold() says are refused by an assertion.
  std::uint32_t add(const PathPattern& pattern, std::uint32_t root = 0);
  /// The leaf of all paths that begin with a text, which begins with a slash and is at most 64 KiB
  /// long. It is found in one step, however many segments the text has.
  std::uint32_t add_beginning(std::string_view text, std::uint32_t root = 0);

  [[nodiscard]] std::uint32_t leaf_count() const { return leaf_count_; }
  [[nodiscard]] const std::vector<PathPart>& all() const { return parts_; }

 private:
  std::uint32_t part(PathPartKind kind, std::uint32_t parent, std::string_view text);
  std::uint32_t node_of(const PathPattern& pattern, std::uint32_t root);
  std::uint32_t leaf_at(std::uint32_t& value);

  std::vector<PathPart> parts_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  ///< by parent, kind and text
  std::uint32_t leaf_count_ = 0;
};

}  // namespace fastgate::gateway
