#include "gateway/path_tree.h"

#include <algorithm>
#include <cstring>

#include "gateway/path_tree_layout.h"

namespace fastgate::gateway {
namespace {

// Eight tags are looked at as one word, the first one in its lowest byte.
static_assert(std::endian::native == std::endian::little);
constexpr std::uint64_t kLowBits = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

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

PathTree::Record PathTree::record_at(std::uint32_t record) const {
  Record out;
  std::memcpy(&out, bytes_at(record), sizeof out);
  return out;
}

/// Whether a record's text, as long as `text`, is that one.
bool PathTree::text_is(std::uint32_t record, std::string_view text) const {
  const char* at = bytes_at(record) + sizeof(Record);
  if (text.size() > kInlineText) {
    at = bytes_at(static_cast<std::uint32_t>(word_at<std::uint32_t>(at)));
  }
  return stands_at(at, text);
}

/// Calls `visit(record)` for the records that may have been put in under a hash, until it says
/// true. Who was put in stands before the first empty place behind the hash's own.
template <class Visit>
void PathTree::each_likely(std::uint64_t hash, Visit visit) const {
  const std::uint64_t wanted = tag_of(hash) * kLowBits;
  for (std::size_t at = home_of(hash);;) {
    const auto tags = word_at<std::uint64_t>(reinterpret_cast<const char*>(tags_.data()) + at);
    const std::uint64_t other = tags ^ wanted;
    const std::uint64_t empty = ~tags & kHighBits;
    // What stands behind an empty place is not looked at: in a small table the search may have
    // begun there, and would tell of it twice.
    const std::uint64_t before_empty = (empty & (~empty + 1)) - 1;
    // The high bit of each byte that is 0, and maybe of some above it.
    for (std::uint64_t hits = (other - kLowBits) & ~other & kHighBits & before_empty; hits != 0;
         hits &= hits - 1) {
      std::size_t place = at + static_cast<std::size_t>(std::countr_zero(hits)) / 8;
      if (place >= places_) place -= places_;
      if (visit(static_cast<std::uint32_t>((place + 1) * kLineUnits))) return;
    }
    if (empty != 0) return;
    at += kTagsAtOnce;
    if (at >= places_) at -= places_;
  }
}

std::uint32_t PathTree::look_up(PathPartKind kind, std::uint32_t place,
                                std::string_view text) const {
  std::uint32_t found = kNone;
  each_likely(hash_of(kind, place, text), [&](std::uint32_t at) {
    const Record record = record_at(at);
    const bool is_it = record.place == place && record.kind == static_cast<std::uint8_t>(kind) &&
                       record.text_length == text.size() && text_is(at, text);
    if (is_it) found = at;
    return is_it;
  });
  return found;
}

std::uint32_t PathTree::find_root(PathRoot kind, std::string_view host) const {
  if (kind == PathRoot::AnyHost) return kAnyHost;
  const bool is_exact = kind == PathRoot::ExactHost;
  return look_up(is_exact ? PathPartKind::ExactHost : PathPartKind::WildcardHost, kNone, host);
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
  if ((tree.flags & kHasWholes) != 0) {
    const std::uint32_t whole = look_up(PathPartKind::Whole, root, path);
    if (whole != kNone) take(record_at(whole).leaf, leaves);
  }
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
    if ((here.flags & kHasWildcards) != 0) {
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

/// All literals of one anchor were put in under one hash: what stands there is compared whole.
void PathTree::find_literals(const Literals& among, std::string_view text,
                             std::vector<PathLeaf>& leaves) const {
  const auto anchors = std::span(anchors_).subspan(among.anchors.first, among.anchors.count);
  for (const Anchor& anchor : anchors) {
    if (anchor.bytes > text.size()) return;
    const bool is_suffix = among.kind == PathPartKind::Suffix;
    const char edge = text[is_suffix ? text.size() - anchor.bytes : anchor.bytes - 1];
    if ((anchor.edges & edge_bit(edge)) == 0) continue;
    const std::string_view begin = literal_of(among.kind, text, anchor.bytes);
    each_likely(hash_of(among.kind, among.place, begin), [&](std::uint32_t at) {
      const Record record = record_at(at);
      // By its anchor's length too: one that another anchor finds must not be taken twice.
      if (record.place == among.place && record.kind == static_cast<std::uint8_t>(among.kind) &&
          record.next == anchor.bytes && record.text_length <= text.size() &&
          text_is(at, literal_of(among.kind, text, record.text_length))) {
        take(record.leaf, leaves);
      }
      return false;
    });
  }
}

}  // namespace fastgate::gateway
