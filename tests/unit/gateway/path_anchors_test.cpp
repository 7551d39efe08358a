#include "gateway/path_anchors.h"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>

#include "base/random.h"

namespace fastgate::gateway {
namespace {

using Anchors = std::vector<std::uint32_t>;

/// For literals in any order, maybe repeated.
Anchors anchors_for(const std::vector<std::string>& literals) {
  const std::set<std::string> distinct(literals.begin(), literals.end());
  const std::vector<std::string> sorted(distinct.begin(), distinct.end());
  return anchors_of(sorted);
}

TEST_CASE("no literal, no anchor; one literal, its own length") {
  CHECK(anchors_for({}).empty());
  CHECK(anchors_for({"abc"}) == Anchors{3});
}

TEST_CASE("one anchor is enough where the beginnings differ") {
  CHECK(anchors_for({"abc", "bcdef", "cdefghi", "dex"}) == Anchors{3});
}

TEST_CASE("literals that share their beginning are parted behind it") {
  CHECK(anchors_for({"svc-one", "svc-two", "svc-three", "svc-four"}) == Anchors{7});
}

TEST_CASE("a short literal among many gets an anchor of its own") {
  std::vector<std::string> literals = {"a"};
  for (char c = 'b'; c <= 'z'; ++c) literals.push_back({'x', c, 'y', c});
  CHECK(anchors_for(literals) == Anchors{1, 4});
}

TEST_CASE("literals that end alike have an anchor for each length") {
  std::vector<std::string> literals;
  for (int i = 0; i < 10'000; ++i) literals.push_back("svc" + std::to_string(i) + "-");
  CHECK(anchors_for(literals) == Anchors{5, 6, 7, 8});
}

TEST_CASE("literals that begin with each other take few anchors") {
  std::vector<std::string> literals;
  for (std::size_t length = 1; length <= 500; ++length) literals.emplace_back(length, 'a');
  const Anchors anchors = anchors_for(literals);
  CHECK(anchors.size() <= kMostAnchors);
  CHECK(anchors.front() == 1);
}

TEST_CASE("anchors go up, are few, and every literal has one") {
  FastRandom random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> literals;
    const std::uint64_t letters = 1 + random.below(5);
    for (std::uint64_t left = 1 + random.below(100); left > 0; --left) {
      std::string text;
      for (std::uint64_t i = 1 + random.below(30); i > 0; --i) {
        text.push_back(static_cast<char>('a' + random.below(letters)));
      }
      literals.push_back(text);
    }
    const Anchors anchors = anchors_for(literals);
    REQUIRE_FALSE(anchors.empty());
    CHECK(anchors.size() <= kMostAnchors);
    CHECK(std::ranges::is_sorted(anchors));
    CHECK(std::ranges::adjacent_find(anchors) == anchors.end());
    const auto shortest = std::ranges::min(literals, {}, &std::string::size).size();
    CHECK(anchors.front() == shortest);
  }
}

}  // namespace
}  // namespace fastgate::gateway
