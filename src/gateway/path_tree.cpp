#include "gateway/path_tree.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace fastgate::gateway {
namespace {

/// The bit of all lengths that have none of their own.
constexpr std::size_t kLongBit = 63;

}  // namespace

PathTree::PathTree() {
  add_root();
}

std::uint32_t PathTree::add_root() {
  roots_.push_back({.suffixes = {}, .node = add_node(), .everything = kNone});
  return static_cast<std::uint32_t>(roots_.size() - 1);
}

void PathTree::insert(Lengths& lengths, std::size_t length) {
  lengths.bits |= std::uint64_t{1} << std::min(length, kLongBit);
  const auto value = static_cast<std::uint32_t>(length);
  if (length >= kLongBit && std::ranges::find(long_lengths_, value) == long_lengths_.end()) {
    long_lengths_.push_back(value);
  }
}

template <class Visit>
void PathTree::for_each(Lengths lengths, std::size_t most, Visit visit) const {
  for (std::uint64_t bits = lengths.bits; bits != 0; bits &= bits - 1) {
    const auto length = static_cast<std::size_t>(std::countr_zero(bits));
    if (length > most) return;
    if (length < kLongBit) {
      visit(length);
      continue;
    }
    for (const std::uint32_t long_length : long_lengths_) {
      if (long_length <= most) visit(long_length);
    }
  }
}

std::uint32_t PathTree::leaf_at(std::uint32_t& value) {
  if (value == kNone) value = leaf_count_++;
  return value;
}

std::uint32_t PathTree::add_node() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

/// The node behind the pattern's segments, made where it is missing.
std::uint32_t PathTree::node_of(const PathPattern& pattern, std::uint32_t root) {
  std::uint32_t node = roots_[root].node;
  for (const PatternSegment& segment : pattern.segments()) {
    std::uint32_t next = kNone;
    if (segment.is_capture) {
      next = nodes_[node].capture;
      if (next == kNone) {
        next = add_node();
        nodes_[node].capture = next;
      }
    } else {
      std::uint32_t& child = table_.at(scope(Kind::Child, node), segment.text);
      if (child == kNone) {
        child = add_node();
        nodes_[node].has_children = true;
      }
      next = child;
    }
    node = next;
  }
  return node;
}

std::uint32_t PathTree::add(const PathPattern& pattern, std::uint32_t root) {
  FG_ASSERT(pattern.kind() != PatternKind::Regex);
  const std::string_view literal = pattern.wildcard_text();
  if (pattern.kind() == PatternKind::Exact) {
    roots_[root].has_whole_paths = true;
    return leaf_at(table_.at(scope(Kind::Whole, root), pattern.text()));
  }
  if (pattern.kind() == PatternKind::Suffix) {
    insert(roots_[root].suffixes, literal.size());
    return leaf_at(table_.at(scope(Kind::Suffix, root), literal));
  }
  if (pattern.text().front() == '*') return leaf_at(roots_[root].everything);
  const std::uint32_t node = node_of(pattern, root);
  if (pattern.tail() == PatternTail::None) return leaf_at(nodes_[node].end);
  if (pattern.tail() == PatternTail::BelowSlash) return leaf_at(nodes_[node].below);
  insert(nodes_[node].wildcards, literal.size());
  return leaf_at(table_.at(scope(Kind::Wildcard, node), literal));
}

void PathTree::renumber(const std::vector<std::uint32_t>& numbers) {
  const auto rename = [&](std::uint32_t& leaf) {
    if (leaf != kNone) leaf = numbers[leaf];
  };
  table_.renumber(numbers,
                  [](std::uint8_t kind) { return kind != static_cast<std::uint8_t>(Kind::Child); });
  for (Root& root : roots_) rename(root.everything);
  for (Node& node : nodes_) {
    rename(node.end);
    rename(node.below);
  }
}

void PathTree::probe(TextTable::Scope scope, std::string_view text,
                     std::vector<std::uint32_t>& leaves) const {
  const std::uint32_t leaf = table_.find(scope, text);
  if (leaf != kNone) leaves.push_back(leaf);
}

void PathTree::find(std::string_view path, std::vector<std::uint32_t>& leaves,
                    std::uint32_t root) const {
  const Root& tree = roots_[root];
  if (tree.everything != kNone) leaves.push_back(tree.everything);
  for_each(tree.suffixes, path.size(), [&](std::size_t length) {
    probe(scope(Kind::Suffix, root), path.substr(path.size() - length), leaves);
  });
  if (tree.has_whole_paths) probe(scope(Kind::Whole, root), path, leaves);
  if (path.starts_with('/')) walk(tree.node, path, leaves);
}

/// `left` is empty or begins with the slash behind the node. Recursion is as deep as the deepest
/// pattern at most: PathPattern::kMaxSegments.
void PathTree::walk(std::uint32_t node, std::string_view left,
                    std::vector<std::uint32_t>& leaves) const {
  const Node& here = nodes_[node];
  if (left.empty()) {
    if (here.end != kNone) leaves.push_back(here.end);
    return;
  }
  if (here.below != kNone) leaves.push_back(here.below);
  left.remove_prefix(1);
  for_each(here.wildcards, left.size(), [&](std::size_t length) {
    probe(scope(Kind::Wildcard, node), left.substr(0, length), leaves);
  });
  if (!here.has_children && here.capture == kNone) return;
  const std::size_t end = std::min(left.find('/'), left.size());
  if (here.has_children) {
    const std::uint32_t child = table_.find(scope(Kind::Child, node), left.substr(0, end));
    if (child != kNone) walk(child, left.substr(end), leaves);
  }
  if (here.capture != kNone && end > 0) walk(here.capture, left.substr(end), leaves);
}

}  // namespace fastgate::gateway
