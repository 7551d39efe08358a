// Readers of the keywords that hold other schemas, and of references.
#include <algorithm>

#include "json/object_members.h"
#include "json/schema_compiler.h"
#include "json/schema_keywords.h"
#include "json/schema_uri.h"

namespace fastgate::json::read {
namespace {

/// The members of a keyword's value, which must be an object; nothing after a fault.
std::optional<std::vector<Member>> read_map(const KeywordUse& use) {
  if (!use.value.is(Kind::Object)) {
    use.fault("must be an object");
    return std::nullopt;
  }
  std::vector<Member> members;
  append_effective_members(use.value, members);
  return members;
}

std::string place_of(std::string_view name) {
  return "/" + escape_pointer_token(name);
}

/// Where the schema of a keyword with exactly one goes.
NodePointer* slot_of(const KeywordUse& use) {
  SchemaNode& node = use.node;
  if (use.name == "not") return &node.negated;
  if (use.name == "if") return &node.condition;
  if (use.name == "then") return &node.consequence;
  if (use.name == "else") return &node.alternative;
  if (use.name == "contains") return &rules_in(node.array).contains;
  if (use.name == "unevaluatedItems") return &rules_in(node.array).unevaluated;
  if (use.name == "additionalProperties") return &rules_in(node.object).additional;
  if (use.name == "propertyNames") return &rules_in(node.object).names;
  if (use.name == "unevaluatedProperties") return &rules_in(node.object).unevaluated;
  return nullptr;
}

bool read_list(const KeywordUse& use, std::vector<NodePointer>& out) {
  if (!use.value.is(Kind::Array) || use.value.size() == 0) {
    return use.fault("must be an array with at least one schema");
  }
  std::size_t index = 0;
  for (const ValueView item : use.value.items()) {
    const NodePointer node = use.subschema(item, "/" + std::to_string(index++));
    if (node == nullptr) return false;
    out.push_back(node);
  }
  return true;
}

}  // namespace

bool single_schema(const KeywordUse& use) {
  const NodePointer inner = use.subschema(use.value);
  if (inner == nullptr) return false;
  // An annotation's schema is checked, but decides nothing.
  if (NodePointer* slot = slot_of(use)) *slot = inner;
  return true;
}

bool schema_list(const KeywordUse& use) {
  if (use.name == "allOf") return read_list(use, use.node.all_of);
  if (use.name == "anyOf") return read_list(use, use.node.any_of);
  if (use.name == "oneOf") return read_list(use, use.node.one_of);
  FG_ASSERT(use.name == "prefixItems");
  return read_list(use, rules_in(use.node.array).prefix);
}

bool items(const KeywordUse& use) {
  ArrayRules& rules = rules_in(use.node.array);
  if (!use.value.is(Kind::Array)) {
    rules.rest = use.subschema(use.value);
    return rules.rest != nullptr;
  }
  if (use.compiler.draft() != Draft::Draft07) {
    return use.fault("a list of schemas is called prefixItems in draft 2020-12");
  }
  return use.value.size() == 0 || read_list(use, rules.prefix);
}

bool additional_items(const KeywordUse& use) {
  const NodePointer inner = use.subschema(use.value);
  if (inner == nullptr) return false;
  // Without a list before it, it says nothing.
  const auto list = use.compiler.schema().find("items");
  if (list && list->is(Kind::Array)) rules_in(use.node.array).rest = inner;
  return true;
}

bool properties(const KeywordUse& use) {
  const auto members = read_map(use);
  if (!members) return false;
  ObjectRules& rules = rules_in(use.node.object);
  for (const Member& member : *members) {
    const NodePointer node = use.subschema(member.value, place_of(member.name));
    if (node == nullptr) return false;
    rules.properties.push_back({member.name, node});
  }
  std::ranges::sort(rules.properties, {}, &NamedNode::name);
  return true;
}

bool pattern_properties(const KeywordUse& use) {
  const auto members = read_map(use);
  if (!members) return false;
  ObjectRules& rules = rules_in(use.node.object);
  for (const Member& member : *members) {
    auto regex =
        Regex::compile(member.name, {.text = RegexText::Utf8, .syntax = RegexSyntax::Ecma});
    if (!regex) return use.fault(regex.error().text, place_of(member.name));
    const NodePointer node = use.subschema(member.value, place_of(member.name));
    if (node == nullptr) return false;
    rules.patterns.push_back({std::move(*regex), node});
  }
  return true;
}

bool dependent_schemas(const KeywordUse& use) {
  const auto members = read_map(use);
  if (!members) return false;
  for (const Member& member : *members) {
    const NodePointer node = use.subschema(member.value, place_of(member.name));
    if (node == nullptr) return false;
    rules_in(use.node.object).dependent_nodes.push_back({member.name, node});
  }
  return true;
}

bool dependencies(const KeywordUse& use) {
  const auto members = read_map(use);
  if (!members) return false;
  ObjectRules& rules = rules_in(use.node.object);
  for (const Member& member : *members) {
    if (!member.value.is(Kind::Array)) {
      const NodePointer node = use.subschema(member.value, place_of(member.name));
      if (node == nullptr) return false;
      rules.dependent_nodes.push_back({member.name, node});
      continue;
    }
    DependentNames names{.name = member.name, .required = {}};
    for (const ValueView item : member.value.items()) {
      if (!item.is(Kind::String)) return use.fault("must name members", place_of(member.name));
      names.required.push_back(item.string());
    }
    rules.dependent_names.push_back(std::move(names));
  }
  return true;
}

bool definitions(const KeywordUse& use) {
  const auto members = read_map(use);
  if (!members) return false;
  return std::ranges::all_of(*members, [&](const Member& member) {
    return use.subschema(member.value, place_of(member.name)) != nullptr;
  });
}

bool reference(const KeywordUse& use) {
  if (!use.value.is(Kind::String)) return use.fault("must be a string");
  const SchemaPlace& here = use.compiler.place();
  auto target = use.compiler.resources().resolve(use.value.string(), *here.resource);
  if (!target) return use.fault(std::move(target.error()));
  const NodePointer node = use.compiler.node_at(target->value, std::move(target->place));
  if (node == nullptr) return false;
  use.node.references.push_back(node);
  return true;
}

bool dynamic_reference(const KeywordUse& use) {
  if (!use.value.is(Kind::String)) return use.fault("must be a string");
  const SchemaPlace& here = use.compiler.place();
  auto target = use.compiler.resources().resolve(use.value.string(), *here.resource);
  if (!target) return use.fault(std::move(target.error()));
  const NodePointer node = use.compiler.node_at(target->value, std::move(target->place));
  if (node == nullptr) return false;
  if (target->dynamic_anchor.empty()) {
    use.node.references.push_back(node);
  } else {
    // The anchor's own spelling lives in the schema's text, as long as the node.
    use.node.dynamic_reference = {node, target->value.find("$dynamicAnchor")->string()};
  }
  return true;
}

}  // namespace fastgate::json::read
