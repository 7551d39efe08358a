/// Many path patterns, found by the path that they fit: the part of RouteIndex that looks at
/// nothing but the path. Built once, then immutable and shared by all workers.
///
/// Trees by segment (one a host rule) whose literal children, wildcard literals, whole paths and
/// suffixes all stand in one hash table, so that the number of patterns does not change what a
/// look-up does. Patterns of one tree that fit the same paths share a leaf.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/path_pattern.h"
#include "gateway/text_table.h"

namespace fastgate::gateway {

class PathTree {
 public:
  /// With one tree in it, number 0.
  PathTree();

  /// Another tree; its number.
  std::uint32_t add_root();

  /// The leaf of that pattern in a tree: leaves count from 0, over all trees. Regular expressions
  /// have none and are refused by an assertion: they are tried one by one by the caller.
  std::uint32_t add(const PathPattern& pattern, std::uint32_t root = 0);

  /// Appends the leaves of a tree whose pattern fits the path, each once, in no particular order.
  /// Complexity: one probe for the whole path, then one a segment and distinct length of wildcard
  /// literals; captures beside literals make both ways be walked. Never allocates but for `leaves`.
  void find(std::string_view path, std::vector<std::uint32_t>& leaves,
            std::uint32_t root = 0) const;

  [[nodiscard]] std::uint32_t leaf_count() const { return leaf_count_; }

  /// From now on leaf `i` is called `numbers[i]`. Nothing may be added behind it.
  void renumber(const std::vector<std::uint32_t>& numbers);

 private:
  static constexpr std::uint32_t kNone = TextTable::kNone;

  /// What a text of the table is; its place is a node, or a root for the first two.
  enum class Kind : std::uint8_t { Whole, Suffix, Child, Wildcard };

  /// A set of text lengths: a bit each, those from 63 on share the last bit and one list.
  struct Lengths {
    std::uint64_t bits = 0;
  };

  struct Node {
    Lengths wildcards;              ///< of the literals of `/abc*` behind this node
    std::uint32_t end = kNone;      ///< leaf of patterns that end here
    std::uint32_t below = kNone;    ///< leaf of `/*` behind this node
    std::uint32_t capture = kNone;  ///< node behind `/{name}`
    bool has_children = false;
  };

  struct Root {
    Lengths suffixes;
    std::uint32_t node = 0;
    std::uint32_t everything = kNone;  ///< leaf of `*`
    bool has_whole_paths = false;
  };

  static TextTable::Scope scope(Kind kind, std::uint32_t place) {
    return {place, static_cast<std::uint8_t>(kind)};
  }
  void insert(Lengths& lengths, std::size_t length);
  template <class Visit>
  void for_each(Lengths lengths, std::size_t most, Visit visit) const;
  std::uint32_t leaf_at(std::uint32_t& value);
  std::uint32_t add_node();
  std::uint32_t node_of(const PathPattern& pattern, std::uint32_t root);
  void walk(std::uint32_t node, std::string_view left, std::vector<std::uint32_t>& leaves) const;
  void probe(TextTable::Scope scope, std::string_view text,
             std::vector<std::uint32_t>& leaves) const;

  TextTable table_;
  std::vector<Node> nodes_;
  std::vector<Root> roots_;
  std::vector<std::uint32_t> long_lengths_;
  std::uint32_t leaf_count_ = 0;
};

}  // namespace fastgate::gateway
