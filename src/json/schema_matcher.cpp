#include "json/schema_matcher.h"

#include <algorithm>

#include "json/equality.h"
#include "json/tape.h"
#include "json/utf8.h"

namespace fastgate::json {
namespace {

/// Levels of schemas inside each other that one match may go down.
constexpr std::size_t kMaxDepth = 2048;
/// Time for all regular expressions of one match.
constexpr std::chrono::milliseconds kPatternTime{100};

std::uint8_t type_bits(ValueView value) {
  switch (Tape::kind(value)) {
    case Kind::Null:
      return type_bit::kNull;
    case Kind::Boolean:
      return type_bit::kBoolean;
    case Kind::Number:
      return value.number().is_whole() ? type_bit::kWholeNumber : type_bit::kFraction;
    case Kind::String:
      return type_bit::kString;
    case Kind::Array:
      return type_bit::kArray;
    case Kind::Object:
      return type_bit::kObject;
  }
  return 0;
}

/// Words that the value takes on the tape: what comparing or hashing it costs.
std::uint64_t size_on_tape(ValueView value) {
  return Tape::index(Tape::after(value)) - Tape::index(value);
}

}  // namespace

void Evaluated::merge(const Evaluated& other) {
  for (std::size_t i = 0; i < marks_.size(); ++i) {
    if (other.marks_[i]) marks_[i] = true;
  }
}

bool SchemaMatcher::fail(const SchemaNode& node, std::string_view keyword) {
  parts_.failed_node = &node;
  parts_.failed_keyword = keyword;
  return false;
}

bool SchemaMatcher::give_up() {
  gave_up_ = true;
  steps_ = 0;
  return false;
}

bool SchemaMatcher::spend(std::uint64_t steps) {
  if (steps_ < steps) return give_up();
  steps_ -= steps;
  return true;
}

MatchOutcome SchemaMatcher::run(const SchemaNode& root, ValueView value) {
  const bool holds = match(root, {.value = value, .scope = nullptr, .seen = nullptr});
  if (gave_up_) return MatchOutcome::LimitReached;
  return holds ? MatchOutcome::Match : MatchOutcome::NoMatch;
}

bool SchemaMatcher::match_inner(const SchemaNode& node, ValueView value, const At& around) {
  return match(node, {.value = value, .scope = around.scope, .seen = nullptr});
}

bool SchemaMatcher::match(const SchemaNode& node, const At& at) {
  if (depth_ == kMaxDepth) return give_up();
  if (!spend(1)) return false;
  if (node.types != type_bit::kAll && !match_type(node, at.value)) return false;
  ++depth_;
  const bool is_new_scope = at.scope == nullptr || at.scope->resource != node.resource;
  const Scope own{.outer = at.scope, .resource = node.resource};
  const bool holds = match_rules(
      node, {.value = at.value, .scope = is_new_scope ? &own : at.scope, .seen = at.seen});
  --depth_;
  return holds;
}

bool SchemaMatcher::match_rules(const SchemaNode& node, const At& at) {
  if (node.enumeration && !match_literals(*node.enumeration, at.value)) return fail(node, "enum");
  if (node.constant && !match_literals(*node.constant, at.value)) return fail(node, "const");
  switch (Tape::kind(at.value)) {
    case Kind::Number:
      if (node.number && !match_number(node, at.value.number())) return false;
      break;
    case Kind::String:
      if (node.string && !match_string(node, Tape::text(at.value))) return false;
      break;
    case Kind::Array:
      if (node.array) {
        if (node.array->unevaluated != nullptr) return match_unevaluated_items(node, at);
        if (!match_array(node, at)) return false;
      }
      break;
    case Kind::Object:
      if (node.object) {
        if (node.object->unevaluated != nullptr) return match_unevaluated_properties(node, at);
        if (!match_object(node, at)) return false;
      }
      break;
    default:
      break;
  }
  return !node.has_combinations || match_combinations(node, at);
}

bool SchemaMatcher::match_type(const SchemaNode& node, ValueView value) {
  if ((node.types & type_bits(value)) != 0) return true;
  return fail(node, node.types == 0 ? "" : "type");
}

bool SchemaMatcher::match_literals(const Literals& literals, ValueView value) {
  const Kind kind = Tape::kind(value);
  if (kind != Kind::Array && kind != Kind::Object) return literals.scalars.find(value).has_value();
  return std::ranges::any_of(literals.containers, [&](const ValueView& literal) {
    return Tape::kind(literal) == kind && spend(size_on_tape(value)) && equal(literal, value);
  });
}

bool SchemaMatcher::match_number(const SchemaNode& node, const Number& number) {
  const NumberRules& rules = *node.number;
  if (rules.minimum && number < *rules.minimum) return fail(node, "minimum");
  if (rules.maximum && number > *rules.maximum) return fail(node, "maximum");
  if (rules.exclusive_minimum && number <= *rules.exclusive_minimum) {
    return fail(node, "exclusiveMinimum");
  }
  if (rules.exclusive_maximum && number >= *rules.exclusive_maximum) {
    return fail(node, "exclusiveMaximum");
  }
  if (rules.multiple_of && !Decimal::of(number).is_multiple_of(*rules.multiple_of)) {
    return fail(node, "multipleOf");
  }
  return true;
}

bool SchemaMatcher::match_string(const SchemaNode& node, std::string_view text) {
  const StringRules& rules = *node.string;
  if (rules.length.least != 0 || rules.length.most < text.size()) {
    constexpr std::size_t kBytesPerStep = 64;
    if (!spend(text.size() / kBytesPerStep)) return false;
    const std::size_t length = count_code_points(text);
    if (length < rules.length.least) return fail(node, "minLength");
    if (length > rules.length.most) return fail(node, "maxLength");
  }
  if (rules.pattern && !match_pattern(*rules.pattern, text)) return fail(node, "pattern");
  return true;
}

bool SchemaMatcher::match_pattern(const Regex& pattern, std::string_view text) {
  const RegexOutcome outcome = pattern.search(text, parts_.regex);
  if (outcome == RegexOutcome::LimitReached) return give_up();
  const auto now = std::chrono::steady_clock::now();
  if (!pattern_deadline_) pattern_deadline_ = now + kPatternTime;
  if (now > *pattern_deadline_) return give_up();
  return outcome == RegexOutcome::Match;
}

bool SchemaMatcher::match_combinations(const SchemaNode& node, const At& at) {
  for (const NodePointer reference : node.references) {
    if (!match(*reference, at)) return false;
  }
  if (node.dynamic_reference && !match_dynamic(*node.dynamic_reference, at)) return false;
  for (const NodePointer part : node.all_of) {
    if (!match(*part, at)) return false;
  }
  if (!node.any_of.empty() && !match_any_of(node, at)) return false;
  if (!node.one_of.empty() && !match_one_of(node, at)) return false;
  if (node.negated != nullptr && match_inner(*node.negated, at.value, at)) {
    return fail(node, "not");
  }
  return node.condition == nullptr || match_condition(node, at);
}

bool SchemaMatcher::match_dynamic(const DynamicReference& reference, const At& at) {
  NodePointer target = reference.initial;
  for (const Scope* scope = at.scope; scope != nullptr; scope = scope->outer) {
    for (const NamedNode& anchor : scope->resource->dynamic_anchors) {
      if (anchor.name == reference.anchor) target = anchor.node;
    }
  }
  return match(*target, at);
}

/// Applies a schema that may fail without the whole failing: what it has seen counts only if it
/// holds.
bool SchemaMatcher::match_apart(const SchemaNode& node, const At& at) {
  if (at.seen == nullptr) return match(node, at);
  const std::size_t count = at.value.size();
  if (!spend(count)) return false;
  Evaluated own(count);
  if (!match(node, {.value = at.value, .scope = at.scope, .seen = &own})) return false;
  at.seen->merge(own);
  return true;
}

bool SchemaMatcher::match_any_of(const SchemaNode& node, const At& at) {
  bool holds = false;
  for (const NodePointer branch : node.any_of) {
    if (!match_apart(*branch, at)) continue;
    // Further branches matter only for what they see.
    if (at.seen == nullptr) return true;
    holds = true;
  }
  return holds || fail(node, "anyOf");
}

bool SchemaMatcher::match_one_of(const SchemaNode& node, const At& at) {
  std::size_t holding = 0;
  for (const NodePointer branch : node.one_of) {
    if (match_apart(*branch, at) && ++holding == 2) break;
  }
  return holding == 1 || fail(node, "oneOf");
}

bool SchemaMatcher::match_condition(const SchemaNode& node, const At& at) {
  if (node.consequence == nullptr && node.alternative == nullptr && at.seen == nullptr) return true;
  const NodePointer next = match_apart(*node.condition, at) ? node.consequence : node.alternative;
  return next == nullptr || match(*next, at);
}

}  // namespace fastgate::json
