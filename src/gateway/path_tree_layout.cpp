#include "gateway/path_tree_layout.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "base/error.h"

namespace fastgate::gateway {
namespace {

constexpr std::size_t kFirstSlots = 8;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::string reversed(std::string_view text) {
  return {text.rbegin(), text.rend()};
}

}  // namespace

void PathTreeLayout::write() {
  const std::vector<PathPart>& parts = parts_.all();
  for (std::uint32_t i = 0; i < parts.size(); ++i) {
    if (parts[i].kind <= PathPartKind::WildcardHost) write_node(i, PathPart::kNone);
  }
  fill_slots();
}

PathLeaf PathTreeLayout::leaf(std::uint32_t number) const {
  return number == PathPart::kNone ? PathLeaf{} : leaves_[number];
}

/// Puts a record where it does not reach over the end of a line, unless it is longer than one.
std::uint32_t PathTreeLayout::write_record(Record record, std::string_view text) {
  const std::size_t bytes = sizeof(Record) + text.size();
  std::size_t at = rounded_up(used_, PathTree::kUnit);
  const std::size_t line_left = PathTree::kLineBytes - at % PathTree::kLineBytes;
  if (line_left < std::min(bytes, PathTree::kLineBytes)) at += line_left;
  used_ = at + bytes;
  const std::size_t lines = rounded_up(used_, PathTree::kLineBytes) / PathTree::kLineBytes;
  if (lines > tree_.lines_.capacity()) tree_.lines_.reserve(2 * lines);
  tree_.lines_.resize(lines);
  const auto place = static_cast<std::uint32_t>(at / PathTree::kUnit);
  FG_ASSERT(place != PathPart::kNone);
  record.text_length = static_cast<std::uint16_t>(text.size());
  rewrite(place, record);
  char* first = tree_.lines_.front().bytes.data();
  if (!text.empty()) std::memcpy(first + at + sizeof(Record), text.data(), text.size());
  if (record.kind != static_cast<std::uint8_t>(PathPartKind::Capture) &&
      record.kind != static_cast<std::uint8_t>(PathPartKind::AnyHost)) {
    records_.push_back(place);
  }
  return place;
}

void PathTreeLayout::rewrite(std::uint32_t place, const Record& record) {
  char* first = tree_.lines_.front().bytes.data();
  std::memcpy(first + std::size_t{place} * PathTree::kUnit, &record, sizeof record);
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

/// Writes a node and all that stands behind it, what is asked for next first. As deep as the
/// deepest pattern.
std::uint32_t PathTreeLayout::write_node(std::uint32_t number, std::uint32_t place) {
  const PathPart& part = parts_.all()[number];
  Record record{.place = place, .kind = static_cast<std::uint8_t>(part.kind), .leaf = {}};
  fill_leaves(part, record);
  const std::uint32_t own = write_record(record, part.text);
  record.text_length = static_cast<std::uint16_t>(part.text.size());
  if (part.capture != PathPart::kNone) record.next = write_node(part.capture, own);
  for (const std::uint32_t behind : part.behind) {
    const PathPart& next = parts_.all()[behind];
    if (next.kind == PathPartKind::Child) {
      write_node(behind, own);
      record.flags |= PathTree::kHasChildren;
    } else if (next.kind == PathPartKind::Whole) {
      const auto kind = static_cast<std::uint8_t>(next.kind);
      write_record({.place = own, .kind = kind, .leaf = leaf(next.leaf)}, next.text);
      record.flags |= PathTree::kHasWholes;
    }
  }
  if (const auto lengths = write_literals(part, own, PathPartKind::Wildcard); lengths.count > 0) {
    extra_of(record).wildcards = lengths;
  }
  if (const auto lengths = write_literals(part, own, PathPartKind::Suffix); lengths.count > 0) {
    extra_of(record).suffixes = lengths;
  }
  rewrite(own, record);
  return own;
}

PathTree::LengthSet PathTreeLayout::write_literals(const PathPart& node, std::uint32_t place,
                                                   PathPartKind kind) {
  LiteralMap literals;
  for (const std::uint32_t behind : node.behind) {
    const PathPart& part = parts_.all()[behind];
    if (part.kind != kind) continue;
    const bool is_suffix = kind == PathPartKind::Suffix;
    literals[is_suffix ? reversed(part.text) : part.text].leaf = leaf(part.leaf);
  }
  const std::vector<PathTree::Length> lengths = lengths_of(literals);
  const PathTree::LengthSet set{static_cast<std::uint32_t>(tree_.lengths_.size()),
                                static_cast<std::uint32_t>(lengths.size())};
  tree_.lengths_.insert(tree_.lengths_.end(), lengths.begin(), lengths.end());
  if (lengths.size() > kFewLengths) add_marks(literals, lengths);
  write_map(literals, place, kind);
  return set;
}

std::vector<PathTree::Length> PathTreeLayout::lengths_of(const LiteralMap& literals) const {
  std::map<std::size_t, std::uint64_t> edges;
  for (const auto& [text, literal] : literals) edges[text.size()] |= edge_bit(text.back());
  std::vector<PathTree::Length> lengths;
  lengths.reserve(edges.size());
  for (const auto& [length, bits] : edges) {
    lengths.push_back({.edges = bits, .bytes = static_cast<std::uint32_t>(length)});
  }
  return lengths;
}

/// For each literal, the shorter texts at which a search for it must turn to longer ones.
void PathTreeLayout::add_marks(LiteralMap& literals, std::span<const PathTree::Length> lengths) {
  std::vector<std::string> texts;
  texts.reserve(literals.size());
  for (const auto& [text, literal] : literals) texts.push_back(text);
  for (const std::string& text : texts) {
    std::size_t low = 0;
    std::size_t high = lengths.size();
    while (low < high) {
      const std::size_t middle = std::midpoint(low, high);
      if (lengths[middle].bytes == text.size()) break;
      if (lengths[middle].bytes > text.size()) {
        high = middle;
      } else {
        literals.try_emplace(text.substr(0, lengths[middle].bytes));
        low = middle + 1;
      }
    }
  }
}

/// Texts come in order, so those that a text begins with are the last ones that still fit.
void PathTreeLayout::write_map(LiteralMap& literals, std::uint32_t place, PathPartKind kind) {
  std::vector<LiteralMap::iterator> begun;
  for (auto at = literals.begin(); at != literals.end(); ++at) {
    while (!begun.empty() && !at->first.starts_with(begun.back()->first)) begun.pop_back();
    Record record{.place = place, .kind = static_cast<std::uint8_t>(kind), .leaf = at->second.leaf};
    record.next = begun.empty() ? PathPart::kNone : begun.back()->second.record;
    const bool is_suffix = kind == PathPartKind::Suffix;
    at->second.record = write_record(record, is_suffix ? reversed(at->first) : at->first);
    // Marks are not chained to: they lead nowhere.
    if (at->second.leaf.bits != 0) begun.push_back(at);
  }
}

void PathTreeLayout::fill_slots() {
  tree_.slots_.resize(std::max(kFirstSlots, std::bit_ceil(2 * records_.size())));
  const std::size_t mask = tree_.slots_.size() - 1;
  for (const std::uint32_t place : records_) {
    const Record record = tree_.record_at(place);
    const std::string_view text(tree_.bytes_at(place) + sizeof(Record), record.text_length);
    const std::uint64_t hash = hash_of(static_cast<PathPartKind>(record.kind), record.place, text);
    std::size_t i = hash & mask;
    while (tree_.slots_[i].record != PathPart::kNone) i = (i + 1) & mask;
    tree_.slots_[i] = {.tag = static_cast<std::uint32_t>(hash >> 32U), .record = place};
  }
}

}  // namespace fastgate::gateway
