#include "config/yaml_json.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/secret_names.h"
#include "config/yaml_text.h"
#include "json/schema_keywords.h"

namespace fastgate::config {

namespace {

/// What the names above a value say of it.
enum class Secrecy : std::uint8_t {
  None,
  Whole,    ///< it is a secret
  Scalars,  ///< each text and number in it is
  Schema,   ///< it is the schema of one, or part of that
};

bool is_text_or_number(const YamlValue& value) {
  if (value.kind() != YamlKind::Scalar) return false;
  const PlainType type = value.is_plain() ? plain_type(value.text()) : PlainType::Text;
  return type != PlainType::Boolean && type != PlainType::Null;
}

/// What a part of a secret's schema is.
Secrecy secrecy_in_schema(std::string_view name, const YamlValue& value) {
  static constexpr std::array<std::string_view, 5> kCompared = {"const", "enum", "pattern",
                                                                "default", "examples"};
  if (std::ranges::find(kCompared, name) != kCompared.end()) return Secrecy::Scalars;
  const bool is_part = json::find_keyword(name) != nullptr || value.kind() == YamlKind::Mapping;
  return is_part ? Secrecy::Schema : Secrecy::Scalars;
}

class JsonMaker {
 public:
  explicit JsonMaker(NamedSecrets secrets) : secrets_(secrets) {}

  void append(const YamlValue& value, const std::string& pointer, Secrecy secrecy = Secrecy::None) {
    json_.places.emplace(pointer, value.mark());
    const bool is_secret =
        secrecy == Secrecy::Whole || (secrecy == Secrecy::Scalars && is_text_or_number(value));
    const bool hides = !is_hiding_ && (value.is_substituted() || is_secret);
    if (hides) {
      is_hiding_ = true;
      keep_until_here();
      json_.is_substituted = true;
      json_.masked += "\"***\"";
    }
    switch (value.kind()) {
      case YamlKind::Mapping:
        append_object(value, pointer, secrecy);
        break;
      case YamlKind::Sequence:
        append_array(value, pointer, secrecy);
        break;
      case YamlKind::Scalar:
        append_scalar(value);
        break;
      default:
        json_.text += "null";
    }
    if (!hides) return;
    is_hiding_ = false;
    masked_until_ = json_.text.size();
  }

  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] Json take() {
    if (json_.is_substituted) keep_until_here();
    return std::move(json_);
  }

 private:
  /// What stands in the text since the last masked part goes to the masked text as it is.
  void keep_until_here() { json_.masked.append(json_.text, masked_until_); }

  [[nodiscard]] Secrecy secrecy_of(std::string_view name, const YamlValue& value,
                                   Secrecy above) const {
    if (above == Secrecy::Scalars) return above;
    if (above == Secrecy::Schema) return secrecy_in_schema(name, value);
    if (secrets_ == NamedSecrets::Shown || !is_secret_name(name)) return Secrecy::None;
    if (secrets_ == NamedSecrets::Masked) return Secrecy::Whole;
    return value.kind() == YamlKind::Mapping ? Secrecy::Schema : Secrecy::Scalars;
  }

  void append_object(const YamlValue& value, const std::string& pointer, Secrecy secrecy) {
    const YamlMapping mapping(value, "");
    json_.text += '{';
    bool is_first = true;
    mapping.for_each([&](std::string_view name, Mark /*mark*/, const YamlValue& field) {
      if (!is_first) json_.text += ',';
      is_first = false;
      append_json_string(json_.text, name);
      json_.text += ':';
      std::string below = pointer + "/";
      append_pointer_name(below, name);
      append(field, below, secrecy_of(name, field, secrecy));
    });
    json_.text += '}';
  }

  void append_array(const YamlValue& value, const std::string& pointer, Secrecy secrecy) {
    const YamlTree& tree = value.context().tree;
    json_.text += '[';
    std::size_t index = 0;
    for (std::uint32_t node = tree.at(value.node()).first_child; node != YamlNode::kNone;
         node = tree.next(node), ++index) {
      if (index > 0) json_.text += ',';
      const YamlValue entry(value.context(), node, Step{&value.step(), {}, index});
      append(entry, pointer + "/" + std::to_string(index), secrecy);
    }
    json_.text += ']';
  }

  void append_scalar(const YamlValue& value) {
    const std::string_view text = value.text();
    switch (value.is_plain() ? plain_type(text) : PlainType::Text) {
      case PlainType::Null:
        json_.text += "null";
        return;
      case PlainType::Boolean:
        json_.text += to_lower(text[0]) == 't' ? "true" : "false";
        return;
      case PlainType::Integer:
      case PlainType::Float:
        if (const auto number = json_number(text)) {
          json_.text += *number;
          return;
        }
        break;
      case PlainType::NotFinite:
        break;
      case PlainType::Text:
        return append_text(value);
    }
    value.error_expected("a value that JSON has a form for");
    has_failed_ = true;
  }

  /// A `{` that came through `${…}` is escaped: it opens no placeholder.
  void append_text(const YamlValue& value) {
    const std::size_t begin = json_.text.size();
    append_json_string(json_.text, value.text());
    if (value.literal_braces().empty()) return;
    constexpr std::string_view kBrace = "\\u007b";
    std::size_t at = begin;
    std::size_t in_value = 0;
    for (const std::uint32_t brace : value.literal_braces()) {
      // Those of the file before it stay.
      for (; in_value <= brace; ++in_value) {
        if (value.text()[in_value] == '{') at = json_.text.find('{', at) + 1;
      }
      json_.text.replace(at - 1, 1, kBrace);
      at += kBrace.size() - 1;
    }
  }

  const NamedSecrets secrets_;
  Json json_;
  bool is_hiding_ = false;        ///< within a part that is masked as a whole
  std::size_t masked_until_ = 0;  ///< how much of the text the masked text stands for
  bool has_failed_ = false;
};

}  // namespace

std::optional<Json> json_of(const YamlValue& value, NamedSecrets secrets) {
  JsonMaker maker(secrets);
  maker.append(value, "");
  if (maker.has_failed()) return std::nullopt;
  Json json = maker.take();
  json.mark = value.mark();
  return json;
}

}  // namespace fastgate::config
