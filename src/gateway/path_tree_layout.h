/// Writes the parts of path patterns into the memory of a PathTree. Lives while one is made.
/// Single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/path_parts.h"
#include "gateway/path_tree.h"
#include "gateway/text_hash.h"

namespace fastgate::gateway {

class PathTreeLayout {
 public:
  /// Up to so many lengths of literals are asked for one by one.
  static constexpr std::size_t kFewLengths = 4;
  /// Beyond so many lengths the far ends are not looked at before the search.
  static constexpr std::size_t kMostFiltered = 32;

  PathTreeLayout(PathTree& tree, const PathParts& parts, std::span<const PathLeaf> leaves)
      : tree_(tree), parts_(parts), leaves_(leaves) {}
  void write();

  [[nodiscard]] static std::uint64_t hash_of(PathPartKind kind, std::uint32_t place,
                                             std::string_view text) {
    return text_hash(text, std::uint64_t{place} << 8U | static_cast<std::uint8_t>(kind));
  }
  [[nodiscard]] static std::uint64_t edge_bit(char edge) {
    return std::uint64_t{1} << (static_cast<unsigned char>(edge) % 64U);
  }

 private:
  /// A literal, or a mark of the search where none ends.
  struct Literal {
    PathLeaf leaf;
    std::uint32_t record = PathPart::kNone;
  };
  /// By text, that of suffixes from its end: what a literal begins with stands before it.
  using LiteralMap = std::map<std::string, Literal>;
  using Record = PathTree::Record;

  [[nodiscard]] PathLeaf leaf(std::uint32_t number) const;
  std::uint32_t write_record(Record record, std::string_view text);
  void rewrite(std::uint32_t place, const Record& record);
  std::uint32_t write_node(std::uint32_t number, std::uint32_t place);
  void fill_leaves(const PathPart& part, Record& record);
  PathTree::Extra& extra_of(Record& record);
  PathTree::LengthSet write_literals(const PathPart& node, std::uint32_t place, PathPartKind kind);
  [[nodiscard]] std::vector<PathTree::Length> lengths_of(const LiteralMap& literals) const;
  static void add_marks(LiteralMap& literals, std::span<const PathTree::Length> lengths);
  void write_map(LiteralMap& literals, std::uint32_t place, PathPartKind kind);
  void fill_slots();

  PathTree& tree_;
  const PathParts& parts_;
  std::span<const PathLeaf> leaves_;
  std::size_t used_ = 0;                ///< bytes of the tree's lines
  std::vector<std::uint32_t> records_;  ///< those that are found by a hash
};

}  // namespace fastgate::gateway
