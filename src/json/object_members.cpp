#include "json/object_members.h"

#include <algorithm>

#include "json/tape.h"

namespace fastgate::json {
namespace {

/// Up to here comparing each with each is cheaper than sorting.
constexpr std::size_t kFew = 16;

void append_few(ValueView object, std::vector<Member>& out) {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const Member member : object.members()) {
    const auto same = std::find_if(out.begin() + first, out.end(),
                                   [&](const Member& m) { return m.name == member.name; });
    if (same == out.end()) {
      out.push_back(member);
    } else {
      same->value = member.value;
    }
  }
}

bool is_before(const Member& a, const Member& b) {
  const int order = a.name.compare(b.name);
  return order != 0 ? order < 0 : Tape::index(a.value) < Tape::index(b.value);
}

}  // namespace

void append_effective_members(ValueView object, std::vector<Member>& out) {
  if (object.size() <= kFew) return append_few(object, out);
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const Member member : object.members()) out.push_back(member);
  std::sort(out.begin() + first, out.end(), is_before);
  // Of each run of one name the last stays.
  auto kept = out.begin() + first;
  for (auto at = kept; at != out.end(); ++at) {
    const auto next = at + 1;
    if (next == out.end() || next->name != at->name) *kept++ = *at;
  }
  out.erase(kept, out.end());
}

}  // namespace fastgate::json
