// The array keywords of SchemaMatcher.
#include <algorithm>

#include "json/equality.h"
#include "json/schema_matcher.h"
#include "json/tape.h"

namespace fastgate::json {

bool SchemaMatcher::match_array(const SchemaNode& node, const At& at) {
  const ArrayRules& rules = *node.array;
  const std::size_t count = at.value.size();
  if (count < rules.count.least) return fail(node, "minItems");
  if (count > rules.count.most) return fail(node, "maxItems");
  if ((!rules.prefix.empty() || rules.rest != nullptr) && !match_items(node, at)) return false;
  if (rules.contains != nullptr && !match_contains(node, at)) return false;
  return !rules.has_unique_items || has_unique_items(at.value) || fail(node, "uniqueItems");
}

bool SchemaMatcher::match_items(const SchemaNode& node, const At& at) {
  const ArrayRules& rules = *node.array;
  std::size_t index = 0;
  const std::size_t end = Tape::index(Tape::end_inside(at.value));
  for (ValueView item = Tape::first_inside(at.value); Tape::index(item) != end;
       item = Tape::after(item)) {
    const bool is_in_prefix = index < rules.prefix.size();
    const NodePointer inner = is_in_prefix ? rules.prefix[index] : rules.rest;
    if (inner == nullptr) return true;
    if (!match_inner(*inner, item, at)) return false;
    if (at.seen != nullptr) at.seen->mark(index);
    ++index;
  }
  return true;
}

bool SchemaMatcher::match_contains(const SchemaNode& node, const At& at) {
  const ArrayRules& rules = *node.array;
  // Enough is enough, unless somebody wants to know of each.
  const bool counts_all = at.seen != nullptr || rules.contains_count.most != kNoLimit;
  std::uint64_t found = 0;
  std::size_t index = 0;
  for (const ValueView item : at.value.items()) {
    if (!counts_all && found >= rules.contains_count.least) break;
    if (match_inner(*rules.contains, item, at)) {
      ++found;
      if (at.seen != nullptr) at.seen->mark(index);
    }
    ++index;
  }
  if (found > rules.contains_count.most) return fail(node, "maxContains");
  if (found >= rules.contains_count.least) return true;
  return fail(node, rules.contains_count.least == 1 ? "contains" : "minContains");
}

bool SchemaMatcher::has_unique_items(ValueView array) {
  struct Entry {
    std::uint64_t hash;
    ValueView value;
  };
  if (!spend(Tape::index(Tape::after(array)) - Tape::index(array))) return false;
  std::vector<Entry> entries;
  entries.reserve(array.size());
  for (const ValueView item : array.items()) entries.push_back({hash(item), item});
  std::ranges::sort(entries, {}, &Entry::hash);
  for (std::size_t i = 1; i < entries.size(); ++i) {
    // Different values with one hash stand in one run; a hostile run is paid step by step.
    for (std::size_t j = i; j > 0 && entries[j - 1].hash == entries[i].hash; --j) {
      const ValueView item = entries[i].value;
      if (!spend(Tape::index(Tape::after(item)) - Tape::index(item))) return false;
      if (equal(entries[j - 1].value, item)) return false;
    }
  }
  return true;
}

bool SchemaMatcher::match_unevaluated_items(const SchemaNode& node, const At& at) {
  const std::size_t count = at.value.size();
  if (!spend(count)) return false;
  Evaluated own(count);
  const At inner{.value = at.value, .scope = at.scope, .seen = &own};
  if (!match_array(node, inner)) return false;
  if (node.has_combinations && !match_combinations(node, inner)) return false;
  std::size_t index = 0;
  for (const ValueView item : at.value.items()) {
    if (!own.has(index++) && !match_inner(*node.array->unevaluated, item, at)) {
      return fail(node, "unevaluatedItems");
    }
  }
  if (at.seen != nullptr) at.seen->mark_all();
  return true;
}

}  // namespace fastgate::json
