#include "gateway/path_anchors.h"

#include <algorithm>
#include <bitset>
#include <iterator>

namespace fastgate::gateway {
namespace {

/// How many literals may be compared on average where one fits. Few anchors are worth a little more
/// than one.
constexpr double kComparisons = 1.25;

/// Literals by length, and by how much each begins with the one before it.
struct Literal {
  std::size_t length = 0;
  std::size_t shared = 0;
};

std::vector<Literal> measured(std::span<const std::string> literals) {
  std::vector<Literal> out;
  out.reserve(literals.size());
  for (std::size_t i = 0; i < literals.size(); ++i) {
    std::size_t shared = 0;
    if (i > 0) {
      const auto [mine, before] = std::ranges::mismatch(literals[i], literals[i - 1]);
      shared = static_cast<std::size_t>(mine - literals[i].begin());
    }
    out.push_back({literals[i].size(), shared});
  }
  return out;
}

/// How many literals are compared on average if those of `bytes` up to below `end` are found by
/// their first `bytes`.
double comparisons(std::span<const Literal> literals, std::size_t bytes, std::size_t end) {
  double compared = 0;
  double count = 0;
  double alike = 0;
  std::size_t shared = 0;  // with the last one counted
  for (const Literal& literal : literals) {
    shared = std::min(shared, literal.shared);
    if (literal.length < bytes || literal.length >= end) continue;
    alike = shared >= bytes ? alike + 1 : 1;
    // The sum of the squares of how many are alike.
    compared += 2 * alike - 1;
    count += 1;
    shared = bytes;
  }
  return count == 0 ? 0 : compared / count;
}

/// Nothing if that takes more than kMostAnchors.
std::vector<std::uint32_t> anchors_within(std::span<const Literal> literals,
                                          std::span<const std::size_t> lengths, double limit) {
  std::vector<std::uint32_t> anchors;
  std::size_t left = lengths.size();
  while (left > 0) {
    if (anchors.size() == kMostAnchors) return {};
    const std::size_t end = left == lengths.size() ? lengths.back() + 1 : lengths[left];
    std::size_t i = 0;
    // Literals of one length are all different: the search ends.
    while (i + 1 < left && comparisons(literals, lengths[i], end) > limit) ++i;
    anchors.push_back(static_cast<std::uint32_t>(lengths[i]));
    left = i;
  }
  std::ranges::reverse(anchors);
  return anchors;
}

/// How many anchors are looked up on average for a path that begins with one of the literals: those
/// at whose far end that has a byte which some literal of the anchor has there.
double look_ups(std::span<const std::string> literals, std::span<const std::uint32_t> anchors) {
  std::vector<std::bitset<256>> edges(anchors.size());
  const auto edge = [&](const std::string& literal, std::size_t anchor) {
    return static_cast<unsigned char>(literal[anchors[anchor] - 1]);
  };
  for (const std::string& literal : literals) {
    const auto longer = std::ranges::upper_bound(anchors, literal.size());
    const auto anchor = static_cast<std::size_t>(std::distance(anchors.begin(), longer)) - 1;
    edges[anchor].set(edge(literal, anchor));
  }
  std::size_t count = 0;
  for (const std::string& literal : literals) {
    for (std::size_t i = 0; i < anchors.size() && anchors[i] <= literal.size(); ++i) {
      if (edges[i].test(edge(literal, i))) ++count;
    }
  }
  return static_cast<double>(count) / static_cast<double>(literals.size());
}

}  // namespace

std::vector<std::uint32_t> anchors_of(std::span<const std::string> literals) {
  if (literals.empty()) return {};
  const std::vector<Literal> measures = measured(literals);
  std::vector<std::size_t> lengths;
  lengths.reserve(measures.size());
  for (const Literal& literal : measures) lengths.push_back(literal.length);
  std::ranges::sort(lengths);
  const auto repeated = std::ranges::unique(lengths);
  lengths.erase(repeated.begin(), repeated.end());
  std::vector<std::uint32_t> anchors;
  // With the limit at their number all of them may be alike: one anchor is enough.
  for (double limit = kComparisons; anchors.empty(); limit *= 2) {
    anchors = anchors_within(measures, lengths, limit);
  }
  // One for each length may be better where literals end alike, as in `/svc17-*`: a look at the far
  // end then tells which.
  if (lengths.size() <= kMostAnchors && anchors.size() > 1) {
    const std::vector<std::uint32_t> each(lengths.begin(), lengths.end());
    if (look_ups(literals, each) < look_ups(literals, anchors)) return each;
  }
  return anchors;
}

}  // namespace fastgate::gateway
