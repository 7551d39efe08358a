#include "gateway/path_tree.h"

#include <algorithm>

#include "base/error.h"
#include "gateway/text_hash.h"

namespace fastgate::gateway {
namespace {

void insert_length(std::vector<std::uint32_t>& lengths, std::size_t length) {
  const auto value = static_cast<std::uint32_t>(length);
  if (std::ranges::find(lengths, value) == lengths.end()) lengths.push_back(value);
}

}  // namespace

PathTree::PathTree() : slots_(8), nodes_(1) {}

std::uint64_t PathTree::Place::hash() const {
  return text_hash(text, std::uint64_t{node} << 8 | static_cast<std::uint64_t>(key));
}

std::uint32_t PathTree::probe(const Place& place) const {
  const std::uint64_t hash = place.hash();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.value == kNone) return kNone;
    if (slot.hash == hash && slot.node == place.node && slot.key == place.key &&
        std::string_view(text_).substr(slot.text_offset, slot.text_length) == place.text) {
      return slot.value;
    }
  }
}

/// The value of the slot for `place`, made if there is none: then it is kNone and must be filled.
std::uint32_t& PathTree::slot_for(const Place& place) {
  // At most half full, so that a probe that fails ends soon.
  if ((used_ + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = place.hash();
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  for (; slots_[i].value != kNone; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.hash == hash && slot.node == place.node && slot.key == place.key &&
        std::string_view(text_).substr(slot.text_offset, slot.text_length) == place.text) {
      return slots_[i].value;
    }
  }
  Slot& slot = slots_[i];
  slot.hash = hash;
  slot.node = place.node;
  slot.key = place.key;
  slot.text_offset = static_cast<std::uint32_t>(text_.size());
  slot.text_length = static_cast<std::uint32_t>(place.text.size());
  text_.append(place.text);
  ++used_;
  return slot.value;
}

void PathTree::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  const std::size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.value == kNone) continue;
    std::size_t i = slot.hash & mask;
    while (larger[i].value != kNone) i = (i + 1) & mask;
    larger[i] = slot;
  }
  slots_ = std::move(larger);
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
std::uint32_t PathTree::node_of(const PathPattern& pattern) {
  std::uint32_t node = 0;
  for (const PatternSegment& segment : pattern.segments()) {
    std::uint32_t next = kNone;
    if (segment.is_capture) {
      next = nodes_[node].capture;
      if (next == kNone) {
        next = add_node();
        nodes_[node].capture = next;
      }
    } else {
      std::uint32_t& child = slot_for({Key::Child, node, segment.text});
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

std::uint32_t PathTree::add(const PathPattern& pattern) {
  FG_ASSERT(pattern.kind() != PatternKind::Regex);
  const std::string_view literal = pattern.wildcard_text();
  if (pattern.kind() == PatternKind::Exact) {
    has_whole_paths_ = true;
    return leaf_at(slot_for({Key::Whole, 0, pattern.text()}));
  }
  if (pattern.kind() == PatternKind::Suffix) {
    insert_length(suffix_lengths_, literal.size());
    return leaf_at(slot_for({Key::Suffix, 0, literal}));
  }
  if (pattern.text().front() == '*') return leaf_at(everything_);
  const std::uint32_t node = node_of(pattern);
  if (pattern.tail() == PatternTail::None) return leaf_at(nodes_[node].end);
  if (pattern.tail() == PatternTail::BelowSlash) return leaf_at(nodes_[node].below);
  insert_length(nodes_[node].wildcard_lengths, literal.size());
  return leaf_at(slot_for({Key::Wildcard, node, literal}));
}

void PathTree::find(std::string_view path, std::vector<std::uint32_t>& leaves) const {
  if (everything_ != kNone) leaves.push_back(everything_);
  for (const std::uint32_t length : suffix_lengths_) {
    if (length > path.size()) continue;
    const std::uint32_t leaf = probe({Key::Suffix, 0, path.substr(path.size() - length)});
    if (leaf != kNone) leaves.push_back(leaf);
  }
  if (has_whole_paths_) {
    const std::uint32_t leaf = probe({Key::Whole, 0, path});
    if (leaf != kNone) leaves.push_back(leaf);
  }
  if (path.starts_with('/')) walk(0, path, leaves);
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
  if (!here.wildcard_lengths.empty()) find_wildcards(node, left, leaves);
  if (!here.has_children && here.capture == kNone) return;
  const std::size_t end = std::min(left.find('/'), left.size());
  if (here.has_children) {
    const std::uint32_t child = probe({Key::Child, node, left.substr(0, end)});
    if (child != kNone) walk(child, left.substr(end), leaves);
  }
  if (here.capture != kNone && end > 0) walk(here.capture, left.substr(end), leaves);
}

void PathTree::find_wildcards(std::uint32_t node, std::string_view left,
                              std::vector<std::uint32_t>& leaves) const {
  for (const std::uint32_t length : nodes_[node].wildcard_lengths) {
    if (length > left.size()) continue;
    const std::uint32_t leaf = probe({Key::Wildcard, node, left.substr(0, length)});
    if (leaf != kNone) leaves.push_back(leaf);
  }
}

}  // namespace fastgate::gateway
