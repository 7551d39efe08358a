/// Many path patterns, found by the path that they fit: the part of RouteIndex that looks at
/// nothing but host and path. Built once, then immutable and shared by all workers.
///
/// Trees by segment, one a host rule. Literal children, wildcard literals, whole paths and suffixes
/// all stand in one hash table, so that the number of patterns does not change what a look-up does.
/// With thousands of patterns memory is what costs: a node or literal with its text and the leaf
/// that it leads to is one record in one cache line, and that line is the place of the hash table
/// itself. Which lines are worth a look is told by one byte each, kept apart: those of ten thousand
/// patterns are 14 KB. So what is not there costs no line, and what is there costs its own.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/path_parts.h"
#include "gateway/text_hash.h"

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
  /// Complexity: one probe for the whole path, then one a segment, and for wildcard literals and
  /// suffixes one for each anchor that the path could have (see path_anchors.h), at most
  /// kMostAnchors; captures beside literals make both ways be walked. Never allocates but for
  /// `leaves`.
  void find(std::string_view path, std::vector<PathLeaf>& leaves,
            std::uint32_t root = kAnyHost) const;

 private:
  friend class PathTreeLayout;
  static constexpr std::size_t kLineBytes = 64;
  static constexpr std::size_t kUnit = 8;  ///< numbers of records count in these
  static constexpr std::size_t kLineUnits = kLineBytes / kUnit;
  static constexpr std::size_t kTagsAtOnce = 8;

  enum Flag : std::uint8_t {
    kHasChildren = 1,
    kHasWholes = 2,
    kLeafIsEnd = 4,  ///< `leaf` is that of patterns that end here, not that of `/*`
    kHasWildcards = 8,
  };

  /// A node or a literal. Its text follows, or, if that is longer than kInlineText, the unit at
  /// which it stands.
  struct Record {
    std::uint32_t place = kNone;  ///< the node that it stands behind
    std::uint16_t text_length = 0;
    std::uint8_t kind = 0;
    std::uint8_t flags = 0;
    PathLeaf leaf;
    std::uint32_t next = kNone;   ///< of a node: that behind `/{name}`; of a wildcard literal or
                                  ///< suffix: its anchor's length
    std::uint32_t extra = kNone;  ///< what few nodes have
  };
  static_assert(sizeof(Record) == 24);
  static constexpr std::size_t kInlineText = kLineBytes - sizeof(Record);

  /// The anchors of a node's wildcard literals or suffixes, as a part of `anchors_`.
  struct AnchorSet {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  /// A length by which literals are looked up, and the bytes that may stand at its far end: bit
  /// `byte % 64`.
  struct Anchor {
    std::uint64_t edges = 0;
    std::uint32_t bytes = 0;
  };
  struct Extra {
    PathLeaf end;  ///< where `leaf` is another
    PathLeaf everything;
    AnchorSet wildcards;
    AnchorSet suffixes;
  };
  struct alignas(kLineBytes) Line {
    std::array<char, kLineBytes> bytes;
  };
  /// Literals of one node among which a text is looked for.
  struct Literals {
    AnchorSet anchors;
    PathPartKind kind = PathPartKind::Wildcard;
    std::uint32_t place = 0;
  };

  [[nodiscard]] const char* bytes_at(std::uint32_t record) const {
    return lines_.front().bytes.data() + std::size_t{record} * kUnit;
  }
  [[nodiscard]] Record record_at(std::uint32_t record) const;
  [[nodiscard]] bool text_is(std::uint32_t record, std::string_view text) const;
  [[nodiscard]] static std::uint64_t hash_of(PathPartKind kind, std::uint32_t place,
                                             std::string_view text) {
    return text_hash(text, std::uint64_t{place} << 8U | static_cast<std::uint8_t>(kind));
  }
  [[nodiscard]] static std::uint64_t edge_bit(char edge) {
    return std::uint64_t{1} << (static_cast<unsigned char>(edge) % 64U);
  }
  /// Of a full place; an empty one has 0.
  [[nodiscard]] static std::uint8_t tag_of(std::uint64_t hash) {
    return static_cast<std::uint8_t>(hash | 0x80U);
  }
  /// The place at which the search for a hash begins.
  [[nodiscard]] std::size_t home_of(std::uint64_t hash) const {
    return (hash >> 32U) * places_ >> 32U;
  }
  template <class Visit>
  void each_likely(std::uint64_t hash, Visit visit) const;
  [[nodiscard]] std::uint32_t look_up(PathPartKind kind, std::uint32_t place,
                                      std::string_view text) const;
  void walk(std::uint32_t node, std::string_view left, std::vector<PathLeaf>& leaves) const;
  void find_literals(const Literals& among, std::string_view text,
                     std::vector<PathLeaf>& leaves) const;

  std::size_t places_ = 0;  ///< of the hash table; open addressing
  /// One a place; the first kTagsAtOnce of them stand behind the last once more, so that as many
  /// can be read from any.
  std::vector<std::uint8_t> tags_;
  /// The tree of any host, then the places of the hash table, then what no hash finds: nodes behind
  /// captures, and long texts.
  std::vector<Line> lines_;
  std::vector<Extra> extras_;
  std::vector<Anchor> anchors_;
};

}  // namespace fastgate::gateway
