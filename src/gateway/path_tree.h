/// Many path patterns, found by the path that they fit: the part of RouteIndex that looks at
/// nothing but the path. Built once, then immutable and shared by all workers.
///
/// A tree by segment whose literal children, wildcard literals, whole paths and suffixes all stand
/// in one hash table, so that the number of patterns does not change what a look-up does. Patterns
/// that fit the same paths share a leaf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/path_pattern.h"

namespace fastgate::gateway {

class PathTree {
 public:
  PathTree();

  /// The leaf of that pattern: leaves count from 0. Regular expressions have none and are refused
  /// by an assertion: they are tried one by one by the caller.
  std::uint32_t add(const PathPattern& pattern);

  /// Appends the leaves whose pattern fits the path, each once, in no particular order.
  /// Complexity: one probe for the whole path, then one a segment and distinct length of wildcard
  /// literals; captures beside literals make both ways be walked. Never allocates but for `leaves`.
  void find(std::string_view path, std::vector<std::uint32_t>& leaves) const;

  [[nodiscard]] std::uint32_t leaf_count() const { return leaf_count_; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// What a slot's text is relative to its node.
  enum class Key : std::uint8_t { Whole, Suffix, Child, Wildcard };

  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t node = kNone;
    std::uint32_t text_offset = 0;
    std::uint32_t text_length = 0;
    std::uint32_t value = kNone;  ///< leaf or child node; kNone: the slot is free
    Key key = Key::Whole;
  };

  struct Node {
    std::uint32_t end = kNone;      ///< leaf of patterns that end here
    std::uint32_t below = kNone;    ///< leaf of `/*` behind this node
    std::uint32_t capture = kNone;  ///< node behind `/{name}`
    bool has_children = false;
    std::vector<std::uint32_t> wildcard_lengths;  ///< of the literals of `/abc*` behind this node
  };

  struct Place {
    Key key;
    std::uint32_t node;
    std::string_view text;
    [[nodiscard]] std::uint64_t hash() const;
  };

  [[nodiscard]] std::uint32_t probe(const Place& place) const;
  std::uint32_t& slot_for(const Place& place);
  void grow();
  std::uint32_t leaf_at(std::uint32_t& value);
  std::uint32_t add_node();
  std::uint32_t node_of(const PathPattern& pattern);
  void walk(std::uint32_t node, std::string_view left, std::vector<std::uint32_t>& leaves) const;
  void find_wildcards(std::uint32_t node, std::string_view left,
                      std::vector<std::uint32_t>& leaves) const;

  std::vector<Slot> slots_;  ///< open addressing; the size is a power of two
  std::size_t used_ = 0;
  std::string text_;         ///< the slots' texts one behind the other
  std::vector<Node> nodes_;  ///< the first is the root
  std::vector<std::uint32_t> suffix_lengths_;
  std::uint32_t everything_ = kNone;  ///< leaf of `*`
  std::uint32_t leaf_count_ = 0;
  bool has_whole_paths_ = false;
};

}  // namespace fastgate::gateway
