// Readers of the keywords that look at one value itself: validation and annotation vocabularies.
#include <algorithm>

#include "json/schema_compiler.h"
#include "json/schema_keywords.h"
#include "json/schema_uri.h"

namespace fastgate::json::read {
namespace {

struct TypeName {
  std::string_view name;
  std::uint8_t bits;
};
constexpr TypeName kTypeNames[] = {
    {"null", type_bit::kNull},           {"boolean", type_bit::kBoolean},
    {"integer", type_bit::kWholeNumber}, {"number", type_bit::kWholeNumber | type_bit::kFraction},
    {"string", type_bit::kString},       {"array", type_bit::kArray},
    {"object", type_bit::kObject},
};

/// Bits of the named type; 0 for what is no type.
std::uint8_t bits_of(ValueView type) {
  if (!type.is(Kind::String)) return 0;
  const auto* found = std::ranges::find(kTypeNames, type.string(), &TypeName::name);
  return found == std::end(kTypeNames) ? std::uint8_t{0} : found->bits;
}

bool is_kind(const KeywordUse& use, Kind kind) {
  if (use.value.is(kind)) return true;
  const std::string_view article = kind == Kind::Array || kind == Kind::Object ? "an " : "a ";
  return use.fault("must be " + std::string(article) + std::string(name_of(kind)));
}

void add_literal(Literals& literals, ValueView value) {
  if (!literals.scalars.add(value)) literals.containers.push_back(value);
}

/// Unique strings; a fault names the first item that is none.
bool read_names(const KeywordUse& use, ValueView list, const std::string& place,
                std::vector<std::string_view>& out) {
  if (!list.is(Kind::Array)) return use.fault("must be an array of names", place);
  std::size_t index = 0;
  for (const ValueView item : list.items()) {
    const std::string at = place + "/" + std::to_string(index++);
    if (!item.is(Kind::String)) return use.fault("must be a string", at);
    out.push_back(item.string());
  }
  std::vector<std::string_view> sorted = out;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) return use.fault("'" + std::string(*twice) + "' stands twice", place);
  return true;
}

}  // namespace

bool any_string(const KeywordUse& use) {
  return is_kind(use, Kind::String);
}
bool any_boolean(const KeywordUse& use) {
  return is_kind(use, Kind::Boolean);
}
bool any_array(const KeywordUse& use) {
  return is_kind(use, Kind::Array);
}

bool type(const KeywordUse& use) {
  constexpr std::string_view kExpected =
      "must be null, boolean, integer, number, string, array or object, or a list of them";
  if (!use.value.is(Kind::Array)) {
    use.node.types = bits_of(use.value);
    return use.node.types != 0 || use.fault(std::string(kExpected));
  }
  std::vector<std::string_view> names;
  if (!read_names(use, use.value, "", names)) return false;
  if (names.empty()) return use.fault("must name at least one type");
  use.node.types = 0;
  std::size_t index = 0;
  for (const ValueView item : use.value.items()) {
    const std::uint8_t bits = bits_of(item);
    if (bits == 0) return use.fault(std::string(kExpected), "/" + std::to_string(index));
    use.node.types |= bits;
    ++index;
  }
  return true;
}

bool enumeration(const KeywordUse& use) {
  if (!is_kind(use, Kind::Array)) return false;
  Literals& literals = use.node.enumeration.emplace();
  for (const ValueView item : use.value.items()) add_literal(literals, item);
  return true;
}

bool constant(const KeywordUse& use) {
  add_literal(use.node.constant.emplace(), use.value);
  return true;
}

bool number_limit(const KeywordUse& use) {
  if (!is_kind(use, Kind::Number)) return false;
  NumberRules& rules = rules_in(use.node.number);
  const Number limit = use.value.number();
  if (use.name == "minimum") rules.minimum = limit;
  if (use.name == "maximum") rules.maximum = limit;
  if (use.name == "exclusiveMinimum") rules.exclusive_minimum = limit;
  if (use.name == "exclusiveMaximum") rules.exclusive_maximum = limit;
  return true;
}

bool multiple_of(const KeywordUse& use) {
  if (!is_kind(use, Kind::Number)) return false;
  const Number divisor = use.value.number();
  if (divisor <= Number()) return use.fault("must be greater than 0");
  rules_in(use.node.number).multiple_of = Decimal::of(divisor);
  return true;
}

bool count_limit(const KeywordUse& use) {
  const bool is_count =
      use.value.is(Kind::Number) && use.value.number().is_whole() && use.value.number() >= Number();
  if (!is_count) return use.fault("must be a whole number, 0 or more");
  const std::uint64_t limit = use.value.number().as_unsigned().value_or(kNoLimit);
  CountRange* range = nullptr;
  if (use.name.ends_with("Length")) range = &rules_in(use.node.string).length;
  if (use.name.ends_with("Items")) range = &rules_in(use.node.array).count;
  if (use.name.ends_with("Contains")) range = &rules_in(use.node.array).contains_count;
  if (use.name.ends_with("Properties")) range = &rules_in(use.node.object).count;
  FG_ASSERT(range != nullptr);
  (use.name.starts_with("min") ? range->least : range->most) = limit;
  return true;
}

bool pattern(const KeywordUse& use) {
  if (!is_kind(use, Kind::String)) return false;
  auto regex =
      Regex::compile(use.value.string(), {.text = RegexText::Utf8, .syntax = RegexSyntax::Ecma});
  if (!regex) return use.fault(regex.error().text);
  rules_in(use.node.string).pattern = std::move(*regex);
  return true;
}

bool unique_items(const KeywordUse& use) {
  if (!is_kind(use, Kind::Boolean)) return false;
  rules_in(use.node.array).has_unique_items = use.value.boolean();
  return true;
}

bool required(const KeywordUse& use) {
  return read_names(use, use.value, "", rules_in(use.node.object).required);
}

bool dependent_required(const KeywordUse& use) {
  if (!is_kind(use, Kind::Object)) return false;
  for (const Member member : use.value.members()) {
    DependentNames names{.name = member.name, .required = {}};
    if (!read_names(use, member.value, "/" + escape_pointer_token(member.name), names.required)) {
      return false;
    }
    rules_in(use.node.object).dependent_names.push_back(std::move(names));
  }
  return true;
}

}  // namespace fastgate::json::read
