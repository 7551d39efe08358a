/// The compiled form of a schema: nodes that point at each other. Private to src/json.
///
/// All nodes, and the text they hold views into, belong to one CompiledSchema and never change
/// after compilation. A null pointer to a node means that the keyword is absent.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/regex.h"
#include "json/document.h"
#include "json/number.h"
#include "json/scalar_index.h"
#include "json/value.h"

namespace fastgate::json {

/// Bits, so that a keyword can belong to several.
enum class Draft : std::uint8_t { Draft07 = 1, Draft202012 = 2 };

struct SchemaNode;
using NodePointer = const SchemaNode*;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

struct CountRange {
  std::uint64_t least = 0;
  std::uint64_t most = kNoLimit;
  [[nodiscard]] bool holds(std::uint64_t count) const { return count >= least && count <= most; }
};

struct NumberRules {
  std::optional<Number> minimum;
  std::optional<Number> maximum;
  std::optional<Number> exclusive_minimum;
  std::optional<Number> exclusive_maximum;
  std::optional<Decimal> multiple_of;
};

struct StringRules {
  CountRange length;
  std::optional<Regex> pattern;
};

struct ArrayRules {
  CountRange count;
  bool has_unique_items = false;
  std::vector<NodePointer> prefix;
  NodePointer rest = nullptr;  ///< items behind the prefix
  NodePointer contains = nullptr;
  CountRange contains_count{.least = 1};
  NodePointer unevaluated = nullptr;
};

struct NamedNode {
  std::string_view name;
  NodePointer node;
};
struct PatternNode {
  Regex pattern;
  NodePointer node;
};
struct DependentNames {
  std::string_view name;
  std::vector<std::string_view> required;
};

struct ObjectRules {
  CountRange count;
  std::vector<std::string_view> required;
  std::vector<NamedNode> properties;  ///< by name
  std::vector<PatternNode> patterns;
  NodePointer additional = nullptr;
  NodePointer names = nullptr;
  std::vector<DependentNames> dependent_names;
  std::vector<NamedNode> dependent_nodes;
  NodePointer unevaluated = nullptr;

  /// Whether the rules concern members that no keyword names.
  [[nodiscard]] bool concerns_all_members() const {
    return count.least != 0 || count.most != kNoLimit || !patterns.empty() ||
           additional != nullptr || names != nullptr || unevaluated != nullptr;
  }
};

/// `enum` or `const`.
struct Literals {
  ScalarIndex scalars;
  std::vector<ValueView> containers;  ///< arrays and objects
};

/// Bits of SchemaNode::types.
namespace type_bit {
constexpr std::uint8_t kNull = 1;
constexpr std::uint8_t kBoolean = 2;
constexpr std::uint8_t kWholeNumber = 4;
constexpr std::uint8_t kFraction = 8;
constexpr std::uint8_t kString = 16;
constexpr std::uint8_t kArray = 32;
constexpr std::uint8_t kObject = 64;
constexpr std::uint8_t kAll = 127;
}  // namespace type_bit

/// `$dynamicRef` to a `$dynamicAnchor`: the outermost resource under way that has the anchor
/// decides.
struct DynamicReference {
  NodePointer initial;
  std::string_view anchor;
};

/// A schema with a URI of its own (`$id`), or the whole document.
struct SchemaResource {
  std::vector<NamedNode> dynamic_anchors;
};

struct SchemaNode {
  std::string pointer;  ///< its place, for messages
  const SchemaResource* resource = nullptr;
  std::uint8_t types = type_bit::kAll;  ///< none: the schema `false`
  bool has_combinations = false;        ///< any of the members from `references` on
  std::optional<Literals> enumeration;
  std::optional<Literals> constant;
  std::unique_ptr<NumberRules> number;
  std::unique_ptr<StringRules> string;
  std::unique_ptr<ArrayRules> array;
  std::unique_ptr<ObjectRules> object;

  std::vector<NodePointer> references;
  std::optional<DynamicReference> dynamic_reference;
  std::vector<NodePointer> all_of;
  std::vector<NodePointer> any_of;
  std::vector<NodePointer> one_of;
  NodePointer negated = nullptr;
  NodePointer condition = nullptr;
  NodePointer consequence = nullptr;
  NodePointer alternative = nullptr;
};

/// The rules in `slot`, made when the first keyword needs them.
template <class Rules>
Rules& rules_in(std::unique_ptr<Rules>& slot) {
  if (!slot) slot = std::make_unique<Rules>();
  return *slot;
}

struct CompiledSchema {
  explicit CompiledSchema(Value text) { sources.push_back(std::move(text)); }

  std::deque<Value> sources;  ///< the schema, then the meta-schema if it is referred to
  Draft draft = Draft::Draft202012;
  std::deque<SchemaResource> resources;
  std::deque<SchemaNode> nodes;
  NodePointer root = nullptr;
};

}  // namespace fastgate::json
