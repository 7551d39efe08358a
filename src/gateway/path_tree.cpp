#include "gateway/path_tree.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "gateway/path_tree_layout.h"
#include "gateway/text_hash.h"

namespace fastgate::gateway {
namespace {

/// The part of a text that a literal of that length would be.
std::string_view literal_of(PathPartKind kind, std::string_view text, std::size_t length) {
  return kind == PathPartKind::Suffix ? text.substr(text.size() - length) : text.substr(0, length);
}

std::vector<PathLeaf> leaves_as_they_are(std::uint32_t count) {
  std::vector<PathLeaf> leaves;
  leaves.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) leaves.push_back({i, 1});
  return leaves;
}

void take(PathLeaf leaf, std::vector<PathLeaf>& leaves) {
  if (leaf.bits != 0) leaves.push_back(leaf);
}

}  // namespace

PathTree::PathTree(const PathParts& parts, std::span<const PathLeaf> leaves) {
  PathTreeLayout(*this, parts, leaves).write();
}

PathTree::PathTree(const PathParts& parts)
    : PathTree(parts, leaves_as_they_are(parts.leaf_count())) {}

const char* PathTree::bytes_at(std::uint32_t record) const {
  return lines_.front().bytes.data() + std::size_t{record} * kUnit;
}

PathTree::Record PathTree::record_at(std::uint32_t record) const {
  Record out;
  std::memcpy(&out, bytes_at(record), sizeof out);
  return out;
}

std::uint32_t PathTree::look_up(PathPartKind kind, std::uint32_t place,
                                std::string_view text) const {
  const std::uint64_t hash = PathTreeLayout::hash_of(kind, place, text);
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot slot = slots_[i];
    if (slot.record == kNone) return kNone;
    if (slot.tag != tag) continue;
    const Record record = record_at(slot.record);
    if (record.place == place && record.kind == static_cast<std::uint8_t>(kind) &&
        record.text_length == text.size() &&
        stands_at(bytes_at(slot.record) + sizeof(Record), text)) {
      return slot.record;
    }
  }
}

std::uint32_t PathTree::find_root(PathRoot kind, std::string_view host) const {
  if (kind == PathRoot::AnyHost) return kAnyHost;
  const bool is_exact = kind == PathRoot::ExactHost;
  return look_up(is_exact ? PathPartKind::ExactHost : PathPartKind::WildcardHost, kNone, host);
}

void PathTree::probe(PathPartKind kind, std::uint32_t place, std::string_view text,
                     std::vector<PathLeaf>& leaves) const {
  const std::uint32_t found = look_up(kind, place, text);
  if (found != kNone) take(record_at(found).leaf, leaves);
}

void PathTree::find(std::string_view path, std::vector<PathLeaf>& leaves,
                    std::uint32_t root) const {
  const Record tree = record_at(root);
  if (tree.extra != kNone) {
    const Extra& extra = extras_[tree.extra];
    take(extra.everything, leaves);
    if (extra.suffixes.count != 0) {
      find_literals({extra.suffixes, PathPartKind::Suffix, root}, path, leaves);
    }
  }
  if ((tree.flags & kHasWholes) != 0) probe(PathPartKind::Whole, root, path, leaves);
  if (path.starts_with('/')) walk(root, path, leaves);
}

/// `left` is empty or begins with the slash behind the node. Recursion is as deep as the deepest
/// pattern at most: PathPattern::kMaxSegments.
void PathTree::walk(std::uint32_t node, std::string_view left,
                    std::vector<PathLeaf>& leaves) const {
  for (;;) {
    const Record here = record_at(node);
    const bool leaf_is_end = (here.flags & kLeafIsEnd) != 0;
    if (left.empty()) {
      if (leaf_is_end) return take(here.leaf, leaves);
      if (here.extra != kNone) take(extras_[here.extra].end, leaves);
      return;
    }
    if (!leaf_is_end) take(here.leaf, leaves);
    left.remove_prefix(1);
    if (here.extra != kNone && extras_[here.extra].wildcards.count != 0) {
      find_literals({extras_[here.extra].wildcards, PathPartKind::Wildcard, node}, left, leaves);
    }
    const bool has_children = (here.flags & kHasChildren) != 0;
    if (!has_children && here.next == kNone) return;
    const std::size_t end = std::min(left.find('/'), left.size());
    const std::uint32_t child =
        has_children ? look_up(PathPartKind::Child, node, left.substr(0, end)) : kNone;
    const std::uint32_t capture = end > 0 ? here.next : kNone;
    left.remove_prefix(end);
    if (child != kNone && capture != kNone) walk(child, left, leaves);
    node = capture != kNone ? capture : child;
    if (node == kNone) return;
  }
}

/// Asks for each length at which the text could hold a literal by the byte at its far end; where
/// these are many, the lengths are searched.
void PathTree::find_literals(const Literals& among, std::string_view text,
                             std::vector<PathLeaf>& leaves) const {
  if (among.lengths.count > PathTreeLayout::kMostFiltered) {
    return search_literals(among, text, leaves);
  }
  std::array<std::uint32_t, PathTreeLayout::kFewLengths> fitting;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < among.lengths.count; ++i) {
    const Length& length = lengths_[among.lengths.first + i];
    if (length.bytes > text.size()) break;
    const bool is_suffix = among.kind == PathPartKind::Suffix;
    const char edge = text[is_suffix ? text.size() - length.bytes : length.bytes - 1];
    if ((length.edges & PathTreeLayout::edge_bit(edge)) == 0) continue;
    if (count == fitting.size()) return search_literals(among, text, leaves);
    fitting[count++] = length.bytes;
  }
  for (std::size_t i = 0; i < count; ++i) {
    probe(among.kind, among.place, literal_of(among.kind, text, fitting[i]), leaves);
  }
}

/// Binary search over the lengths for the longest literal that fits: marks stand where it must turn
/// to longer ones. The shorter ones that fit as well are chained to it.
void PathTree::search_literals(const Literals& among, std::string_view text,
                               std::vector<PathLeaf>& leaves) const {
  std::uint32_t low = 0;
  std::uint32_t high = among.lengths.count;
  std::uint32_t best = kNone;
  while (low < high) {
    const std::uint32_t middle = std::midpoint(low, high);
    const std::uint32_t length = lengths_[among.lengths.first + middle].bytes;
    const std::uint32_t found =
        length <= text.size()
            ? look_up(among.kind, among.place, literal_of(among.kind, text, length))
            : kNone;
    if (found == kNone) {
      high = middle;
    } else {
      best = found;
      low = middle + 1;
    }
  }
  while (best != kNone) {
    const Record record = record_at(best);
    take(record.leaf, leaves);
    best = record.next;
  }
}

}  // namespace fastgate::gateway
