#include "json/equality.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "json/object_members.h"
#include "json/tape.h"

namespace fastgate::json {
namespace {

constexpr std::uint64_t kNullHash = 0x6E756C6C00000001U;
constexpr std::uint64_t kFalseHash = 0x66616C7300000003U;
constexpr std::uint64_t kTrueHash = 0x7472756500000005U;
constexpr std::uint64_t kArrayHash = 0x6172726100000007U;
constexpr std::uint64_t kObjectHash = 0x6F626A6500000009U;

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  seed ^= value + 0x9E3779B97F4A7C15U + (seed << 6U) + (seed >> 2U);
  seed *= 0xBF58476D1CE4E5B9U;
  return seed ^ (seed >> 29U);
}

std::vector<Member> members_by_name(ValueView object) {
  std::vector<Member> members;
  append_effective_members(object, members);
  std::ranges::sort(members, {}, &Member::name);
  return members;
}

bool equal_arrays(ValueView a, ValueView b) {
  if (a.size() != b.size()) return false;
  const ItemRange others = b.items();
  auto other = others.begin();
  for (const ValueView item : a.items()) {
    if (!equal(item, *other)) return false;
    ++other;
  }
  return true;
}

bool equal_objects(ValueView a, ValueView b) {
  const std::vector<Member> left = members_by_name(a);
  const std::vector<Member> right = members_by_name(b);
  return std::ranges::equal(left, right, [](const Member& x, const Member& y) {
    return x.name == y.name && equal(x.value, y.value);
  });
}

}  // namespace

bool equal(ValueView a, ValueView b) {
  const Kind kind = Tape::kind(a);
  if (kind != Tape::kind(b)) return false;
  switch (kind) {
    case Kind::Null:
      return true;
    case Kind::Boolean:
      return a.boolean() == b.boolean();
    case Kind::Number:
      return a.number() == b.number();
    case Kind::String:
      return Tape::text(a) == Tape::text(b);
    case Kind::Array:
      return equal_arrays(a, b);
    case Kind::Object:
      return equal_objects(a, b);
  }
  return false;
}

std::uint64_t hash(std::string_view text) {
  return std::hash<std::string_view>{}(text);
}

std::uint64_t hash(ValueView value) {
  switch (Tape::kind(value)) {
    case Kind::Null:
      return kNullHash;
    case Kind::Boolean:
      return value.boolean() ? kTrueHash : kFalseHash;
    case Kind::Number:
      return value.number().hash();
    case Kind::String:
      return hash(Tape::text(value));
    case Kind::Array: {
      std::uint64_t sum = kArrayHash;
      for (const ValueView item : value.items()) sum = mix(sum, hash(item));
      return sum;
    }
    case Kind::Object: {
      std::vector<Member> members;
      append_effective_members(value, members);
      std::uint64_t sum = kObjectHash;
      // A sum does not depend on the order.
      for (const Member& member : members) sum += mix(hash(member.name), hash(member.value));
      return sum;
    }
  }
  return 0;
}

}  // namespace fastgate::json
