#include "gateway/path_tree_layout.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "gateway/path_anchors.h"

namespace fastgate::gateway {
namespace {

// Five of seven places are taken: searches stay short, and little memory is left empty.
constexpr std::size_t kPlacesEach = 7;
constexpr std::size_t kTaken = 5;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::string reversed(std::string_view text) {
  return {text.rbegin(), text.rend()};
}

bool is_found_by_hash(const PathPart& part) {
  return part.kind != PathPartKind::AnyHost && part.kind != PathPartKind::Capture;
}

}  // namespace

void PathTreeLayout::write() {
  make_room();
  const std::vector<PathPart>& parts = parts_.all();
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind > PathPartKind::WildcardHost) continue;
    const Record root = record_of(parts[i], PathPart::kNone);
    const bool is_named = is_found_by_hash(parts[i]);
    write_node(i, is_named ? put(root, parts[i].text) : PathTree::kAnyHost, root);
  }
}

/// The lines of the table, known in number before anything is put in.
void PathTreeLayout::make_room() {
  const auto count =
      static_cast<std::size_t>(std::ranges::count_if(parts_.all(), is_found_by_hash));
  tree_.places_ = std::max(PathTree::kTagsAtOnce, count * kPlacesEach / kTaken + 1);
  tree_.tags_.resize(tree_.places_ + PathTree::kTagsAtOnce);
  tree_.lines_.resize(1 + tree_.places_);
  used_ = tree_.lines_.size() * PathTree::kLineBytes;
}

PathLeaf PathTreeLayout::leaf(std::uint32_t number) const {
  return number == PathPart::kNone ? PathLeaf{} : leaves_[number];
}

PathTreeLayout::Record PathTreeLayout::record_of(const PathPart& part, std::uint32_t place) {
  return {.place = place,
          .text_length = static_cast<std::uint16_t>(part.text.size()),
          .kind = static_cast<std::uint8_t>(part.kind),
          .leaf = {}};
}

/// Puts a record into the table, found by its text.
std::uint32_t PathTreeLayout::put(const Record& record, std::string_view text) {
  return put(PathTree::hash_of(static_cast<PathPartKind>(record.kind), record.place, text), record,
             text);
}

std::uint32_t PathTreeLayout::put(std::uint64_t hash, const Record& record, std::string_view text) {
  std::size_t place = tree_.home_of(hash);
  while (tree_.tags_[place] != 0) place = place + 1 == tree_.places_ ? 0 : place + 1;
  tree_.tags_[place] = PathTree::tag_of(hash);
  if (place < PathTree::kTagsAtOnce) tree_.tags_[tree_.places_ + place] = PathTree::tag_of(hash);
  const auto at = static_cast<std::uint32_t>((place + 1) * PathTree::kLineUnits);
  rewrite(at, record);
  if (text.empty()) return at;
  if (text.size() <= PathTree::kInlineText) {
    std::memcpy(bytes_at(at) + sizeof(Record), text.data(), text.size());
  } else {
    const std::uint32_t elsewhere = append(text.size());
    std::memcpy(bytes_at(elsewhere), text.data(), text.size());
    std::memcpy(bytes_at(at) + sizeof(Record), &elsewhere, sizeof elsewhere);
  }
  return at;
}

/// Room behind the table. What fits a line does not reach over the end of one.
std::uint32_t PathTreeLayout::append(std::size_t bytes) {
  std::size_t at = rounded_up(used_, PathTree::kUnit);
  const std::size_t line_left = PathTree::kLineBytes - at % PathTree::kLineBytes;
  if (line_left < std::min(bytes, PathTree::kLineBytes)) at += line_left;
  used_ = at + bytes;
  const std::size_t lines = rounded_up(used_, PathTree::kLineBytes) / PathTree::kLineBytes;
  if (lines > tree_.lines_.capacity()) tree_.lines_.reserve(2 * lines);
  tree_.lines_.resize(lines);
  const std::size_t unit = at / PathTree::kUnit;
  FG_ASSERT(unit < PathPart::kNone);
  return static_cast<std::uint32_t>(unit);
}

/// Where the node behind a capture stands: in the line of the node before it, if its text leaves
/// room.
std::uint32_t PathTreeLayout::room_behind(std::uint32_t node, const Record& record) {
  const std::size_t end = rounded_up(sizeof(Record) + record.text_length, PathTree::kUnit);
  // Behind the table nodes stand close together.
  const bool is_behind = node >= (1 + tree_.places_) * PathTree::kLineUnits;
  const bool has_line = !is_behind && node % PathTree::kLineUnits == 0;
  if (!has_line || end + sizeof(Record) > PathTree::kLineBytes) return append(sizeof(Record));
  return node + static_cast<std::uint32_t>(end / PathTree::kUnit);
}

char* PathTreeLayout::bytes_at(std::uint32_t at) {
  return tree_.lines_.front().bytes.data() + std::size_t{at} * PathTree::kUnit;
}

void PathTreeLayout::rewrite(std::uint32_t at, const Record& record) {
  std::memcpy(bytes_at(at), &record, sizeof record);
}

PathTree::Extra& PathTreeLayout::extra_of(Record& record) {
  if (record.extra == PathPart::kNone) {
    record.extra = static_cast<std::uint32_t>(tree_.extras_.size());
    tree_.extras_.emplace_back();
  }
  return tree_.extras_[record.extra];
}

void PathTreeLayout::fill_leaves(const PathPart& part, Record& record) {
  record.leaf = leaf(part.leaf);
  if (part.everything != PathPart::kNone) extra_of(record).everything = leaf(part.everything);
  if (part.end == PathPart::kNone) return;
  if (part.leaf != PathPart::kNone) {
    extra_of(record).end = leaf(part.end);
  } else {
    record.leaf = leaf(part.end);
    record.flags |= PathTree::kLeafIsEnd;
  }
}

/// Writes a node, for which there is room at `own`, and all that stands behind it. As deep as the
/// deepest pattern.
void PathTreeLayout::write_node(std::uint32_t number, std::uint32_t own, Record record) {
  const PathPart& part = parts_.all()[number];
  fill_leaves(part, record);
  if (part.capture != PathPart::kNone) {
    record.next = room_behind(own, record);
    write_node(part.capture, record.next, record_of(parts_.all()[part.capture], own));
  }
  for (const std::uint32_t behind : part.behind) {
    const PathPart& next = parts_.all()[behind];
    Record one = record_of(next, own);
    if (next.kind == PathPartKind::Child) {
      write_node(behind, put(one, next.text), one);
      record.flags |= PathTree::kHasChildren;
    } else if (next.kind == PathPartKind::Whole) {
      one.leaf = leaf(next.leaf);
      put(one, next.text);
      record.flags |= PathTree::kHasWholes;
    }
  }
  if (const auto anchors = write_literals(part, own, PathPartKind::Wildcard); anchors.count > 0) {
    extra_of(record).wildcards = anchors;
    record.flags |= PathTree::kHasWildcards;
  }
  if (const auto anchors = write_literals(part, own, PathPartKind::Suffix); anchors.count > 0) {
    extra_of(record).suffixes = anchors;
  }
  rewrite(own, record);
}

/// Writes a node's wildcard literals or suffixes, each under its anchor.
PathTree::AnchorSet PathTreeLayout::write_literals(const PathPart& node, std::uint32_t place,
                                                   PathPartKind kind) {
  const bool is_suffix = kind == PathPartKind::Suffix;
  // Suffixes are parted by their ends.
  std::vector<std::pair<std::string, const PathPart*>> literals;
  for (const std::uint32_t behind : node.behind) {
    const PathPart& part = parts_.all()[behind];
    if (part.kind != kind) continue;
    literals.emplace_back(is_suffix ? reversed(part.text) : part.text, &part);
  }
  if (literals.empty()) return {};
  std::ranges::sort(literals);
  std::vector<std::string> texts;
  texts.reserve(literals.size());
  for (const auto& [text, part] : literals) texts.push_back(text);
  const auto first = static_cast<std::uint32_t>(tree_.anchors_.size());
  for (const std::uint32_t bytes : anchors_of(texts)) tree_.anchors_.push_back({.bytes = bytes});
  const auto anchors = std::span(tree_.anchors_).subspan(first);
  for (const auto& [text, part] : literals) {
    const auto longer =
        std::ranges::upper_bound(anchors, text.size(), {}, &PathTree::Anchor::bytes);
    PathTree::Anchor& anchor = *std::prev(longer);
    anchor.edges |= PathTree::edge_bit(text[anchor.bytes - 1]);
    Record record = record_of(*part, place);
    record.leaf = leaf(part->leaf);
    record.next = anchor.bytes;
    const std::string_view whole = part->text;
    const std::string_view begin =
        is_suffix ? whole.substr(whole.size() - anchor.bytes) : whole.substr(0, anchor.bytes);
    put(PathTree::hash_of(kind, place, begin), record, whole);
  }
  return {first, static_cast<std::uint32_t>(anchors.size())};
}

}  // namespace fastgate::gateway
