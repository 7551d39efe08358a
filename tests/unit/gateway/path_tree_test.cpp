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

/// The numbers of the leaves found, in order.
std::vector<std::uint32_t> found(const PathTree& tree, std::string_view path,
                                 std::uint32_t root = PathTree::kAnyHost) {
  std::vector<PathLeaf> leaves;
  tree.find(path, leaves, root);
  std::vector<std::uint32_t> numbers;
  for (const PathLeaf leaf : leaves) numbers.push_back(leaf.target);
  std::ranges::sort(numbers);
  return numbers;
}

TEST_CASE("the tree finds exactly the patterns that fit one by one") {
  FastRandom random(7);
  for (int round = 0; round < 50; ++round) {
    PathParts parts;
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
      leaf_of.push_back(parts.add(*pattern));
      patterns.push_back(*std::move(pattern));
    }
    const PathTree tree(parts);
    for (int i = 0; i < 100; ++i) {
      const std::string path = random_path(random, "");
      const std::vector<std::uint32_t> leaves = found(tree, path);
      INFO(path);
      for (std::size_t p = 0; p < patterns.size(); ++p) {
        INFO(std::string(patterns[p].text()));
        const bool is_found = std::ranges::find(leaves, leaf_of[p]) != leaves.end();
        CHECK(is_found == patterns[p].matches(path));
      }
      CHECK(std::ranges::adjacent_find(leaves) == leaves.end());
    }
  }
}

TEST_CASE("patterns that fit the same paths share a leaf") {
  PathParts parts;
  const auto add = [&](std::string_view text) {
    return parts.add(PathPattern::parse(text).value());
  };
  CHECK(add("/a/{x}") == add("/a/{y}"));
  CHECK(add("/a/*") == add("/a/**"));
  CHECK(add("/a/*") != add("/a*"));
  CHECK(add("/a") != add("/a/"));
  CHECK(parts.leaf_count() == 5);
}

/// Letters of an alphabet of two, so that literals begin and end with each other.
std::string random_word(FastRandom& random, std::size_t most) {
  std::string word;
  for (std::uint64_t left = 1 + random.below(most); left > 0; --left) {
    word.push_back(random.below(2) == 0 ? 'a' : 'b');
  }
  return word;
}

TEST_CASE("literals of many lengths are found, and all shorter ones with them") {
  FastRandom random(11);
  for (const std::size_t most : {3U, 6U, 20U, 60U}) {
    PathParts parts;
    std::vector<PathPattern> patterns;
    for (int i = 0; i < 300; ++i) {
      const std::string word = random_word(random, most);
      const std::string text = i % 2 == 0 ? "/x/" + word + "*" : "*" + word;
      patterns.push_back(PathPattern::parse(text).value());
      parts.add(patterns.back());
    }
    const PathTree tree(parts);
    for (int i = 0; i < 500; ++i) {
      std::string path = "/x/" + random_word(random, most + 3);
      if (i % 3 == 0) path += "/" + random_word(random, most);
      std::vector<std::uint32_t> expected;
      for (const PathPattern& pattern : patterns) {
        if (pattern.matches(path)) expected.push_back(parts.add(pattern));
      }
      std::ranges::sort(expected);
      expected.erase(std::ranges::unique(expected).begin(), expected.end());
      INFO(path);
      CHECK(found(tree, path) == expected);
    }
  }
}

// Small tables are full enough for a search that goes around their end, up to where it began.
TEST_CASE("a pattern is found once in a table of a few") {
  FastRandom random(29);
  for (int round = 0; round < 5'000; ++round) {
    PathParts parts;
    const std::string literal = "/x/" + random_word(random, 6);
    static_cast<void>(parts.add(PathPattern::parse(literal + "*").value()));
    for (std::uint64_t i = 4 + random.below(8); i > 0; --i) {
      static_cast<void>(parts.add(PathPattern::parse("/y" + random_word(random, 12)).value()));
    }
    INFO(literal);
    CHECK(found(PathTree(parts), literal + "/z").size() == 1);
  }
}

TEST_CASE("a beginning is found whatever its segments, beside patterns of the same tree") {
  PathParts parts;
  const std::uint32_t whole = parts.add_beginning("/");
  const std::uint32_t beginning = parts.add_beginning("/api/v");
  const std::uint32_t below = parts.add(PathPattern::parse("/api/*").value());
  const std::uint32_t literal = parts.add(PathPattern::parse("/ap*").value());
  CHECK(whole == parts.add(PathPattern::parse("/*").value()));
  CHECK(beginning == parts.add_beginning("/api/v"));
  const PathTree tree(parts);
  using Numbers = std::vector<std::uint32_t>;
  CHECK(found(tree, "/api/v1/x") == Numbers{whole, beginning, below, literal});
  CHECK(found(tree, "/api/v") == Numbers{whole, beginning, below, literal});
  CHECK(found(tree, "/api/w") == Numbers{whole, below, literal});
  CHECK(found(tree, "/apiv") == Numbers{whole, literal});
}

TEST_CASE("texts longer than a line of memory are told apart to their last byte") {
  PathParts parts;
  const std::string long_text(200, 'x');
  std::vector<std::string> texts;
  for (const char last : {'a', 'b', 'c'}) {
    texts.push_back("/" + long_text + last);
    texts.push_back("/" + long_text + last + "/*");
    texts.push_back("/" + std::string(1, last) + long_text + "/{id}");
  }
  for (const std::string& text : texts) parts.add(PathPattern::parse(text).value());
  const PathTree tree(parts);
  CHECK(found(tree, "/" + long_text + "b") == std::vector<std::uint32_t>{3});
  CHECK(found(tree, "/" + long_text + "b/1") == std::vector<std::uint32_t>{4});
  CHECK(found(tree, "/c" + long_text + "/1") == std::vector<std::uint32_t>{8});
  CHECK(found(tree, "/d" + long_text + "/1").empty());
}

TEST_CASE("each host rule has a tree of its own") {
  PathParts parts;
  const auto pattern = PathPattern::parse("/a/*").value();
  const std::uint32_t any = parts.add(pattern);
  const std::uint32_t exact = parts.add(pattern, parts.root(PathRoot::ExactHost, "h.x"));
  const std::uint32_t wild = parts.add(pattern, parts.root(PathRoot::WildcardHost, ".x"));
  CHECK(parts.root(PathRoot::ExactHost, "h.x") == parts.root(PathRoot::ExactHost, "h.x"));
  const PathTree tree(parts);
  CHECK(found(tree, "/a/b") == std::vector<std::uint32_t>{any});
  CHECK(found(tree, "/a/b", tree.find_root(PathRoot::ExactHost, "h.x")) ==
        std::vector<std::uint32_t>{exact});
  CHECK(found(tree, "/a/b", tree.find_root(PathRoot::WildcardHost, ".x")) ==
        std::vector<std::uint32_t>{wild});
  CHECK(tree.find_root(PathRoot::ExactHost, ".x") == PathTree::kNone);
}

}  // namespace
}  // namespace fastgate::gateway
