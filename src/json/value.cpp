#include "json/value.h"

#include <utility>

#include "json/tape.h"
#include "json/writer.h"

namespace fastgate::json {
namespace {

void append_number(std::string& out, const Number& number) {
  if (const auto value = number.as_unsigned()) {
    out.append(std::to_string(*value));
  } else if (const auto negative = number.as_signed()) {
    out.append(std::to_string(*negative));
  } else {
    append_json_number(out, number.as_double());
  }
}

void append_array(std::string& out, ValueView array) {
  char separator = '[';
  for (const ValueView item : array.items()) {
    out.push_back(separator);
    separator = ',';
    append_json(out, item);
  }
  if (separator == '[') out.push_back('[');
  out.push_back(']');
}

void append_object(std::string& out, ValueView object) {
  char separator = '{';
  for (const Member member : object.members()) {
    out.push_back(separator);
    separator = ',';
    append_json_string(out, member.name);
    out.push_back(':');
    append_json(out, member.value);
  }
  if (separator == '{') out.push_back('{');
  out.push_back('}');
}

}  // namespace

Value::Value(std::unique_ptr<simdjson::dom::document> document) : document_(std::move(document)) {}
Value::~Value() = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(Value&&) noexcept = default;

Result<Value> Value::parse(std::string_view text) {
  const ParseLimits limits;
  if (text.size() > limits.max_size) return fail(ErrorKind::BodyTooLarge, "JSON text is too long");
  auto parser = make_dom_parser(limits.max_depth);
  if (!parser) return std::unexpected(std::move(parser.error()));
  std::string padded;
  padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  padded.append(text).append(simdjson::SIMDJSON_PADDING, '\0');
  auto document = std::make_unique<simdjson::dom::document>();
  auto parsed = parse_padded(**parser, *document, {padded.data(), text.size()});
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return Value(std::move(document));
}

ValueView Value::view() const {
  return Tape::view(document_.get(), 1);
}

void append_json(std::string& out, ValueView value) {
  switch (value.kind()) {
    case Kind::Null:
      out.append("null");
      return;
    case Kind::Boolean:
      out.append(value.boolean() ? "true" : "false");
      return;
    case Kind::Number:
      append_number(out, value.number());
      return;
    case Kind::String:
      append_json_string(out, value.string());
      return;
    case Kind::Array:
      append_array(out, value);
      return;
    case Kind::Object:
      append_object(out, value);
      return;
  }
}

std::string to_json(ValueView value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace fastgate::json
