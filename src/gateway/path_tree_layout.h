/// Writes the parts of path patterns into the memory of a PathTree. Lives while one is made.
/// Single-threaded.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/path_parts.h"
#include "gateway/path_tree.h"

namespace fastgate::gateway {

class PathTreeLayout {
 public:
  PathTreeLayout(PathTree& tree, const PathParts& parts, std::span<const PathLeaf> leaves)
      : tree_(tree), parts_(parts), leaves_(leaves) {}
  void write();

 private:
  using Record = PathTree::Record;

  [[nodiscard]] PathLeaf leaf(std::uint32_t number) const;
  void make_room();
  [[nodiscard]] static Record record_of(const PathPart& part, std::uint32_t place);
  std::uint32_t put(const Record& record, std::string_view text);
  std::uint32_t put(std::uint64_t hash, const Record& record, std::string_view text);
  [[nodiscard]] std::uint32_t append(std::size_t bytes);
  [[nodiscard]] std::uint32_t room_behind(std::uint32_t node, const Record& record);
  [[nodiscard]] char* bytes_at(std::uint32_t at);
  void rewrite(std::uint32_t at, const Record& record);
  void write_node(std::uint32_t number, std::uint32_t own, Record record);
  void fill_leaves(const PathPart& part, Record& record);
  PathTree::Extra& extra_of(Record& record);
  PathTree::AnchorSet write_literals(const PathPart& node, std::uint32_t place, PathPartKind kind);

  PathTree& tree_;
  const PathParts& parts_;
  std::span<const PathLeaf> leaves_;
  std::size_t used_ = 0;  ///< bytes of the tree's lines
};

}  // namespace fastgate::gateway
