// The object keywords of SchemaMatcher.
#include <algorithm>

#include "json/object_members.h"
#include "json/schema_matcher.h"
#include "json/tape.h"

namespace fastgate::json {
namespace {

/// The name of a member as a value: it stands right before the member's value.
ValueView name_as_value(const Member& member) {
  return Tape::at(member.value, Tape::index(member.value) - 1);
}

}  // namespace

SchemaMatcher::Members SchemaMatcher::push_members(ValueView object) {
  const std::size_t begin = parts_.members.size();
  append_effective_members(object, parts_.members);
  return {.begin = begin, .count = parts_.members.size() - begin};
}

void SchemaMatcher::pop_members(const Members& members) {
  parts_.members.erase(parts_.members.begin() + static_cast<std::ptrdiff_t>(members.begin),
                       parts_.members.end());
}

std::optional<ValueView> SchemaMatcher::find_member(ValueView object, std::string_view name) {
  constexpr std::size_t kMembersPerStep = 8;
  if (!spend(1 + Tape::ref(object).scope_count() / kMembersPerStep)) return std::nullopt;
  const std::size_t index = Tape::find(object, name);
  if (index == 0) return std::nullopt;
  return Tape::at(object, index);
}

bool SchemaMatcher::match_object(const SchemaNode& node, const At& at) {
  const ObjectRules& rules = *node.object;
  for (const std::string_view name : rules.required) {
    if (!find_member(at.value, name)) return fail(node, "required");
  }
  const bool needs_all = rules.concerns_all_members() || at.seen != nullptr;
  const bool holds = needs_all ? match_all_members(node, at) : match_named_members(node, at);
  return holds && match_dependencies(node, at);
}

bool SchemaMatcher::match_named_members(const SchemaNode& node, const At& at) {
  for (const NamedNode& property : node.object->properties) {
    const auto value = find_member(at.value, property.name);
    if (value && !match_inner(*property.node, *value, at)) return false;
  }
  return true;
}

bool SchemaMatcher::match_all_members(const SchemaNode& node, const At& at) {
  const ObjectRules& rules = *node.object;
  if (!spend(at.value.size())) return false;
  const Members members = push_members(at.value);
  bool holds = true;
  if (members.count < rules.count.least) holds = fail(node, "minProperties");
  if (members.count > rules.count.most) holds = fail(node, "maxProperties");
  for (std::size_t i = 0; i < members.count && holds; ++i) {
    holds = match_member(node, at, members.begin, i);
  }
  pop_members(members);
  return holds;
}

bool SchemaMatcher::match_member(const SchemaNode& node, const At& at, std::size_t begin,
                                 std::size_t index) {
  const ObjectRules& rules = *node.object;
  // A copy: matching what is inside may move the vector.
  const Member member = parts_.members[begin + index];
  if (rules.names != nullptr && !match_inner(*rules.names, name_as_value(member), at)) return false;
  bool is_known = false;
  const auto property =
      std::ranges::lower_bound(rules.properties, member.name, {}, &NamedNode::name);
  if (property != rules.properties.end() && property->name == member.name) {
    is_known = true;
    if (!match_inner(*property->node, member.value, at)) return false;
  }
  for (const PatternNode& pattern : rules.patterns) {
    if (!match_pattern(pattern.pattern, member.name)) continue;
    is_known = true;
    if (!match_inner(*pattern.node, member.value, at)) return false;
  }
  if (!is_known && rules.additional != nullptr) {
    is_known = true;
    if (!match_inner(*rules.additional, member.value, at)) {
      return fail(node, "additionalProperties");
    }
  }
  if (is_known && at.seen != nullptr) at.seen->mark(index);
  return !gave_up_;
}

bool SchemaMatcher::match_dependencies(const SchemaNode& node, const At& at) {
  for (const DependentNames& dependent : node.object->dependent_names) {
    if (!find_member(at.value, dependent.name)) continue;
    for (const std::string_view name : dependent.required) {
      if (!find_member(at.value, name)) return fail(node, "dependentRequired");
    }
  }
  for (const NamedNode& dependent : node.object->dependent_nodes) {
    if (find_member(at.value, dependent.name) && !match(*dependent.node, at)) return false;
  }
  return true;
}

bool SchemaMatcher::match_unevaluated_properties(const SchemaNode& node, const At& at) {
  if (!spend(at.value.size())) return false;
  Evaluated own(at.value.size());
  const At inner{.value = at.value, .scope = at.scope, .seen = &own};
  if (!match_object(node, inner)) return false;
  if (node.has_combinations && !match_combinations(node, inner)) return false;
  const Members members = push_members(at.value);
  bool holds = true;
  for (std::size_t i = 0; i < members.count && holds; ++i) {
    const ValueView value = parts_.members[members.begin + i].value;
    if (own.has(i) || match_inner(*node.object->unevaluated, value, at)) continue;
    holds = fail(node, "unevaluatedProperties");
  }
  pop_members(members);
  if (holds && at.seen != nullptr) at.seen->mark_all();
  return holds;
}

}  // namespace fastgate::json
