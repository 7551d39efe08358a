/// The first line is a pattern, the second a path: parsing never fails badly, the tree agrees with
/// the pattern, and what was captured lies inside the path.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/path_tree.h"

namespace {

using fastgate::gateway::Captures;
using fastgate::gateway::PathLeaf;
using fastgate::gateway::PathParts;
using fastgate::gateway::PathPattern;
using fastgate::gateway::PathTree;

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check(std::string_view text, std::string_view path) {
  const auto pattern = PathPattern::parse(text);
  if (!pattern) return;
  Captures captures;
  const bool fits = pattern->match(path, captures);
  FG_ASSERT(fits == pattern->matches(path));
  FG_ASSERT(is_inside(captures.rest, path));
  FG_ASSERT(captures.named.size() <= Captures::kMax);
  for (const auto& [name, value] : captures.named) FG_ASSERT(is_inside(value, path));
  FG_ASSERT(path.size() < pattern->literal_prefix().size() || !fits ||
            path.starts_with(pattern->literal_prefix()));
  if (!PathParts::can_hold(*pattern)) return;
  PathParts parts;
  parts.add(*pattern);
  const PathTree tree(parts);
  std::vector<PathLeaf> leaves;
  tree.find(path, leaves);
  FG_ASSERT(leaves.size() == (fits ? 1U : 0U));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  check(input.substr(0, end), end < input.size() ? input.substr(end + 1) : "/");
  return 0;
}
