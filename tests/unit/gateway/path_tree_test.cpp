#include "gateway/path_tree.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "base/random.h"

namespace fastgate::gateway {
namespace {

std::string random_path(FastRandom& random, std::string_view wildcard) {
  constexpr std::string_view kSegments[] = {"a", "b", "ab", "abc", "", "x.json"};
  std::string path;
  const std::uint64_t depth = random.below(4);
  for (std::uint64_t i = 0; i <= depth; ++i) {
    path.append("/");
    if (!wildcard.empty() && random.below(4) == 0) {
      path.append("{c").append(std::to_string(i)).append("}");
    } else {
      path.append(kSegments[random.below(std::size(kSegments))]);
    }
  }
  if (!wildcard.empty() && random.below(2) == 0) {
    path = random.below(2) == 0 || path.ends_with('}') ? path + "/*" : path + "*";
  }
  return path;
}

TEST_CASE("the tree finds exactly the patterns that fit one by one") {
  FastRandom random(7);
  for (int round = 0; round < 50; ++round) {
    PathTree tree;
    std::vector<PathPattern> patterns;
    std::vector<std::uint32_t> leaf_of;
    for (int i = 0; i < 40; ++i) {
      const std::string text = i == 0   ? "*"
                               : i == 1 ? "*.json"
                               : i == 2 ? "*b"
                                        : random_path(random, "*");
      auto pattern = PathPattern::parse(text);
      INFO(text);
      REQUIRE(pattern.has_value());
      leaf_of.push_back(tree.add(*pattern));
      patterns.push_back(*std::move(pattern));
    }
    for (int i = 0; i < 100; ++i) {
      const std::string path = random_path(random, "");
      std::vector<std::uint32_t> leaves;
      tree.find(path, leaves);
      INFO(path);
      for (std::size_t p = 0; p < patterns.size(); ++p) {
        INFO(std::string(patterns[p].text()));
        const bool is_found = std::ranges::find(leaves, leaf_of[p]) != leaves.end();
        CHECK(is_found == patterns[p].matches(path));
      }
      std::ranges::sort(leaves);
      CHECK(std::ranges::adjacent_find(leaves) == leaves.end());
    }
  }
}

TEST_CASE("patterns that fit the same paths share a leaf") {
  PathTree tree;
  const auto add = [&](std::string_view text) {
    return tree.add(PathPattern::parse(text).value());
  };
  CHECK(add("/a/{x}") == add("/a/{y}"));
  CHECK(add("/a/*") == add("/a/**"));
  CHECK(add("/a/*") != add("/a*"));
  CHECK(add("/a") != add("/a/"));
  CHECK(tree.leaf_count() == 5);
}

}  // namespace
}  // namespace fastgate::gateway
