#include "gateway/path_parts.h"

#include "base/error.h"

namespace fastgate::gateway {
namespace {

constexpr std::size_t kMaxText = 0xffff;

std::string key_of(PathPartKind kind, std::uint32_t parent, std::string_view text) {
  std::string key(sizeof parent + 1, static_cast<char>(kind));
  for (std::size_t i = 0; i < sizeof parent; ++i) {
    key[i] = static_cast<char>(parent >> (8 * i));
  }
  return key.append(text);
}

PathPartKind kind_of(PathRoot kind) {
  switch (kind) {
    case PathRoot::AnyHost:
      break;
    case PathRoot::ExactHost:
      return PathPartKind::ExactHost;
    case PathRoot::WildcardHost:
      return PathPartKind::WildcardHost;
  }
  return PathPartKind::AnyHost;
}

}  // namespace

PathParts::PathParts() {
  part(PathPartKind::AnyHost, PathPart::kNone, {});
}

/// The number of a part, made if there was none.
std::uint32_t PathParts::part(PathPartKind kind, std::uint32_t parent, std::string_view text) {
  const auto next = static_cast<std::uint32_t>(parts_.size());
  const auto [at, is_new] = numbers_.try_emplace(key_of(kind, parent, text), next);
  if (!is_new) return at->second;
  parts_.push_back({.kind = kind, .parent = parent, .text = std::string(text), .behind = {}});
  if (parent != PathPart::kNone) parts_[parent].behind.push_back(next);
  return next;
}

std::uint32_t PathParts::root(PathRoot kind, std::string_view host) {
  return part(kind_of(kind), PathPart::kNone, kind == PathRoot::AnyHost ? "" : host);
}

bool PathParts::can_hold(const PathPattern& pattern) {
  return pattern.kind() != PatternKind::Regex && pattern.text().size() <= kMaxText;
}

std::uint32_t PathParts::leaf_at(std::uint32_t& value) {
  if (value == PathPart::kNone) value = leaf_count_++;
  return value;
}

/// The node behind the pattern's segments, made where it is missing.
std::uint32_t PathParts::node_of(const PathPattern& pattern, std::uint32_t root) {
  std::uint32_t node = root;
  for (const PatternSegment& segment : pattern.segments()) {
    if (!segment.is_capture) {
      node = part(PathPartKind::Child, node, segment.text);
      continue;
    }
    if (parts_[node].capture == PathPart::kNone) {
      // Not one of the node's literals: it is found without a look-up.
      const auto capture = static_cast<std::uint32_t>(parts_.size());
      parts_.push_back({.kind = PathPartKind::Capture, .parent = node, .text = {}, .behind = {}});
      parts_[node].capture = capture;
    }
    node = parts_[node].capture;
  }
  return node;
}

std::uint32_t PathParts::add(const PathPattern& pattern, std::uint32_t root) {
  FG_ASSERT(can_hold(pattern));
  if (pattern.kind() == PatternKind::Exact) {
    return leaf_at(parts_[part(PathPartKind::Whole, root, pattern.text())].leaf);
  }
  const std::string_view literal = pattern.wildcard_text();
  if (pattern.kind() == PatternKind::Suffix) {
    return leaf_at(parts_[part(PathPartKind::Suffix, root, literal)].leaf);
  }
  if (pattern.text().front() == '*') return leaf_at(parts_[root].everything);
  const std::uint32_t node = node_of(pattern, root);
  if (pattern.tail() == PatternTail::None) return leaf_at(parts_[node].end);
  if (pattern.tail() == PatternTail::BelowSlash) return leaf_at(parts_[node].leaf);
  return leaf_at(parts_[part(PathPartKind::Wildcard, node, literal)].leaf);
}

std::uint32_t PathParts::add_beginning(std::string_view text, std::uint32_t root) {
  FG_ASSERT(text.starts_with('/') && text.size() <= kMaxText);
  if (text.size() == 1) return leaf_at(parts_[root].leaf);
  return leaf_at(parts_[part(PathPartKind::Wildcard, root, text.substr(1))].leaf);
}

}  // namespace fastgate::gateway
