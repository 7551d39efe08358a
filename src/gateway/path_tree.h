/// Many path patterns, found by the path that they fit: the part of RouteIndex that looks at
/// nothing but host and path. Built once, then immutable and shared by all workers.
///
/// Trees by segment, one a host rule. Literal children, wildcard literals, whole paths and suffixes
/// all stand in one hash table, so that the number of patterns does not change what a look-up does.
/// With thousands of patterns memory is what costs: the table's slots are eight bytes, and a node
/// or literal with its text and the leaf that it leads to is one record, in one cache line unless
/// its text is long. What follows a node stands behind it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/path_parts.h"

namespace fastgate::gateway {

/// What a pattern leads to: two numbers of the caller's.
struct PathLeaf {
  std::uint32_t target = 0;
  std::uint32_t bits = 0;  ///< not 0, for that means that there is no leaf
  bool operator==(const PathLeaf&) const = default;
};

class PathTree {
 public:
  static constexpr std::uint32_t kNone = PathPart::kNone;
  static constexpr std::uint32_t kAnyHost = 0;

  /// `leaves[i]` is what leaf i of the parts leads to.
  PathTree(const PathParts& parts, std::span<const PathLeaf> leaves);
  /// Leaf i leads to itself: `{i, 1}`.
  explicit PathTree(const PathParts& parts);

  /// The tree of a host rule, in lower case; kNone if there is none.
  [[nodiscard]] std::uint32_t find_root(PathRoot kind, std::string_view host) const;

  /// Appends the leaves of a tree whose pattern fits the path, each once, in no particular order.
  /// Complexity: one probe for the whole path, then one a segment; where wildcard literals or
  /// suffixes have many lengths, as many as the logarithm of their number; captures beside literals
  /// make both ways be walked. Never allocates but for `leaves`.
  void find(std::string_view path, std::vector<PathLeaf>& leaves,
            std::uint32_t root = kAnyHost) const;

 private:
  friend class PathTreeLayout;
  static constexpr std::size_t kLineBytes = 64;
  static constexpr std::size_t kUnit = 8;  ///< offsets count in these

  enum Flag : std::uint8_t {
    kHasChildren = 1,
    kHasWholes = 2,
    kLeafIsEnd = 4,  ///< `leaf` is that of patterns that end here, not that of `/*`
  };

  /// A node or a literal; its text follows.
  struct Record {
    std::uint32_t place = kNone;  ///< the node that it stands behind
    std::uint16_t text_length = 0;
    std::uint8_t kind = 0;
    std::uint8_t flags = 0;
    PathLeaf leaf;
    std::uint32_t next = kNone;   ///< of a node: that behind `/{name}`; of a literal: the longest
                                  ///< shorter one that it begins (of a suffix: ends) with
    std::uint32_t extra = kNone;  ///< what few nodes have
  };
  static_assert(sizeof(Record) == 24);

  /// The lengths of a node's wildcard literals or suffixes, as a part of `lengths_`.
  struct LengthSet {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  /// One length, and the bytes that may stand at a literal's far end: bit `byte % 64`.
  struct Length {
    std::uint64_t edges = 0;
    std::uint32_t bytes = 0;
  };
  struct Extra {
    PathLeaf end;  ///< where `leaf` is another
    PathLeaf everything;
    LengthSet wildcards;
    LengthSet suffixes;
  };
  /// A place of the hash table.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t record = kNone;
  };
  struct alignas(kLineBytes) Line {
    std::array<char, kLineBytes> bytes;
  };
  /// Literals of one node among which a text is looked for.
  struct Literals {
    LengthSet lengths;
    PathPartKind kind = PathPartKind::Wildcard;
    std::uint32_t place = 0;
  };

  [[nodiscard]] const char* bytes_at(std::uint32_t record) const;
  [[nodiscard]] Record record_at(std::uint32_t record) const;
  [[nodiscard]] std::uint32_t look_up(PathPartKind kind, std::uint32_t place,
                                      std::string_view text) const;
  void probe(PathPartKind kind, std::uint32_t place, std::string_view text,
             std::vector<PathLeaf>& leaves) const;
  void walk(std::uint32_t node, std::string_view left, std::vector<PathLeaf>& leaves) const;
  void find_literals(const Literals& among, std::string_view text,
                     std::vector<PathLeaf>& leaves) const;
  void search_literals(const Literals& among, std::string_view text,
                       std::vector<PathLeaf>& leaves) const;

  std::vector<Line> lines_;  ///< records
  std::vector<Slot> slots_;  ///< open addressing; the size is a power of two, at most half is used
  std::vector<Extra> extras_;
  std::vector<Length> lengths_;
};

}  // namespace fastgate::gateway
