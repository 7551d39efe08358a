#include "config/yaml_json.h"

#include <string>

#include "base/text.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

class JsonMaker {
 public:
  void append(const YamlValue& value, const std::string& pointer) {
    json_.places.emplace(pointer, value.mark());
    json_.is_substituted |= value.is_substituted();
    switch (value.kind()) {
      case YamlKind::Mapping:
        return append_object(value, pointer);
      case YamlKind::Sequence:
        return append_array(value, pointer);
      case YamlKind::Scalar:
        return append_scalar(value);
      default:
        json_.text += "null";
    }
  }

  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] Json take() { return std::move(json_); }

 private:
  void append_object(const YamlValue& value, const std::string& pointer) {
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
      append(field, below);
    });
    json_.text += '}';
  }

  void append_array(const YamlValue& value, const std::string& pointer) {
    const YamlTree& tree = value.context().tree;
    json_.text += '[';
    std::size_t index = 0;
    for (std::uint32_t node = tree.at(value.node()).first_child; node != YamlNode::kNone;
         node = tree.next(node), ++index) {
      if (index > 0) json_.text += ',';
      const YamlValue entry(value.context(), node, Step{&value.step(), {}, index});
      append(entry, pointer + "/" + std::to_string(index));
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
        return append_json_string(json_.text, text);
    }
    value.error_expected("a value that JSON has a form for");
    has_failed_ = true;
  }

  Json json_;
  bool has_failed_ = false;
};

}  // namespace

std::optional<Json> json_of(const YamlValue& value) {
  JsonMaker maker;
  maker.append(value, "");
  if (maker.has_failed()) return std::nullopt;
  Json json = maker.take();
  json.mark = value.mark();
  return json;
}

}  // namespace fastgate::config
