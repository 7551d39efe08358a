#include "gateway/regex_stem.h"

#include "base/text.h"

namespace fastgate::gateway {
namespace {

constexpr std::string_view kQuantifiers = "*+?{";
/// What stands for itself behind a backslash, and is common in paths.
constexpr std::string_view kEscaped = "./-_";

bool stands_for_itself(char c) {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '/' || c == '_' ||
         c == '-';
}

}  // namespace

std::string regex_stem(std::string_view pattern) {
  std::string stem;
  if (!pattern.starts_with('~')) return stem;
  pattern.remove_prefix(1);
  while (pattern.starts_with(' ')) pattern.remove_prefix(1);
  if (!pattern.starts_with('^') || pattern.contains('|')) return stem;
  pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const bool is_escaped =
        pattern.size() > 1 && pattern.front() == '\\' && kEscaped.contains(pattern[1]);
    if (!is_escaped && !stands_for_itself(pattern.front())) break;
    if (is_escaped) pattern.remove_prefix(1);
    stem.push_back(pattern.front());
    pattern.remove_prefix(1);
  }
  const bool last_may_be_absent = !pattern.empty() && kQuantifiers.contains(pattern.front());
  if (last_may_be_absent && !stem.empty()) stem.pop_back();
  return stem;
}

}  // namespace fastgate::gateway
