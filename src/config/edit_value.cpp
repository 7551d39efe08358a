#include "config/edit_value.h"

#include <algorithm>
#include <set>

#include "config/yaml_text.h"
#include "json/document.h"
#include "json/value.h"

namespace fastgate::config {
namespace {

/// Lists of scalars up to this length stand on one line.
constexpr std::size_t kLineLength = 80;

using Kind = EditValue::Kind;

EditValue scalar(Kind kind, std::string text) {
  EditValue value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

bool is_scalar(const EditValue& value) {
  return value.kind != Kind::List && value.kind != Kind::Map;
}

Result<EditValue> value_of(json::ValueView view, Placeholders placeholders);

Result<EditValue> list_of(json::ValueView view, Placeholders placeholders) {
  EditValue list;
  list.kind = Kind::List;
  for (const json::ValueView item : view.items()) {
    auto value = value_of(item, placeholders);
    if (!value) return value;
    list.items.push_back(std::move(*value));
  }
  return list;
}

Result<EditValue> map_of(json::ValueView view, Placeholders placeholders) {
  EditValue map;
  map.kind = Kind::Map;
  std::set<std::string_view> names;
  for (const json::Member& member : view.members()) {
    if (!names.insert(member.name).second) {
      return fail(ErrorKind::Malformed, "a field stands twice in one object");
    }
    auto value = value_of(member.value, placeholders);
    if (!value) return value;
    map.fields.emplace_back(std::string(member.name), std::move(*value));
  }
  return map;
}

/// Recursion is bounded by the parser's depth.
Result<EditValue> value_of(json::ValueView view, Placeholders placeholders) {
  switch (view.kind()) {
    case json::Kind::Null:
      return EditValue{};
    case json::Kind::Boolean:
      return view.boolean() ? EditValue::yes() : EditValue::no();
    case json::Kind::Number:
      return scalar(Kind::Number, json::to_json(view));
    case json::Kind::String:
      return EditValue::of(view.string(), placeholders);
    case json::Kind::Array:
      return list_of(view, placeholders);
    case json::Kind::Object:
      return map_of(view, placeholders);
  }
  return fail(ErrorKind::Internal, "an unknown kind of JSON value");
}

void append_scalar(std::string& out, const EditValue& value) {
  if (value.kind == Kind::Null) {
    out += "null";
  } else if (value.kind != Kind::String) {
    out += value.text;
  } else if (value.text.find("${") != std::string::npos) {
    // append_yaml_scalar() would escape what is a reference here, or is escaped already.
    append_json_string(out, value.text);
  } else {
    append_yaml_scalar(out, value.text);
  }
}

void append_indent(std::string& out, std::size_t columns) {
  out.append(columns, ' ');
}

/// What follows `name:` or `-`: the value on the same line, or its lines below.
void append_behind(std::string& out, const EditValue& value, const EditStyle& style) {
  if (is_inline(value)) {
    out += ' ';
    append_flow(out, value);
    out += style.line_end;
    return;
  }
  out += style.line_end;
  append_block(out, value, style);
}

void append_item(std::string& out, const EditValue& item, const EditStyle& style) {
  append_indent(out, style.indent);
  out += '-';
  const EditStyle deeper{style.line_end, style.indent + 2};
  if (item.kind == Kind::Map && !item.fields.empty()) {
    out += ' ';
    append_fields(out, item.fields, deeper);
  } else {
    append_behind(out, item, deeper);
  }
}

}  // namespace

EditValue EditValue::of(std::string_view text, Placeholders placeholders) {
  const bool is_literal = placeholders == Placeholders::Literal;
  return scalar(Kind::String, is_literal ? escape_substitution(text) : std::string(text));
}

EditValue EditValue::of(std::uint64_t number) {
  return scalar(Kind::Number, std::to_string(number));
}

EditValue EditValue::of(const std::vector<std::string>& texts) {
  EditValue list;
  list.kind = Kind::List;
  for (const std::string& text : texts) list.items.push_back(of(text));
  return list;
}

EditValue EditValue::yes() {
  return scalar(Kind::Boolean, "true");
}
EditValue EditValue::no() {
  return scalar(Kind::Boolean, "false");
}

Result<EditValue> EditValue::from_json(std::string_view json, Placeholders placeholders) {
  // Some levels are left for the list and entry around it.
  json::DocumentParser parser({.max_depth = YamlLimits::kMaxDepth - 8});
  const auto document = parser.parse(json);
  if (!document) return std::unexpected(document.error());
  return value_of(document->root(), placeholders);
}

bool is_inline(const EditValue& value) {
  if (is_scalar(value)) return true;
  if (value.kind == Kind::Map) return value.fields.empty();
  if (!std::all_of(value.items.begin(), value.items.end(), is_scalar)) return false;
  std::size_t length = 0;
  for (const EditValue& item : value.items) length += item.text.size() + 2;
  return length <= kLineLength;
}

void append_flow(std::string& out, const EditValue& value, FlowForm form) {
  if (form == FlowForm::Json && value.kind == Kind::String) {
    return append_json_string(out, value.text);
  }
  if (is_scalar(value)) return append_scalar(out, value);
  const bool is_map = value.kind == Kind::Map;
  std::string_view separator;
  out += is_map ? '{' : '[';
  for (const EditValue& item : value.items) {
    out += separator;
    append_flow(out, item, form);
    separator = ", ";
  }
  for (const auto& [name, field] : value.fields) {
    out += separator;
    append_flow_field(out, name, field, form);
    separator = ", ";
  }
  out += is_map ? '}' : ']';
}

void append_flow_field(std::string& out, std::string_view name, const EditValue& value,
                       FlowForm form) {
  append_flow(out, scalar(Kind::String, std::string(name)), form);
  out += ": ";
  append_flow(out, value, form);
}

void append_block(std::string& out, const EditValue& value, const EditStyle& style) {
  for (const EditValue& item : value.items) append_item(out, item, style);
  for (const auto& [name, field] : value.fields) {
    append_indent(out, style.indent);
    append_field(out, name, field, style);
  }
}

void append_field(std::string& out, std::string_view name, const EditValue& value,
                  const EditStyle& style) {
  append_scalar(out, scalar(Kind::String, std::string(name)));
  out += ':';
  append_behind(out, value, {style.line_end, style.indent + 2});
}

void append_fields(std::string& out, const EditFields& fields, const EditStyle& style) {
  bool is_first = true;
  for (const auto& [name, value] : fields) {
    if (!is_first) append_indent(out, style.indent);
    append_field(out, name, value, style);
    is_first = false;
  }
  if (is_first) out.append("{}").append(style.line_end);
}

namespace {

bool is_list(const EditValue& value, const YamlTree& tree, const YamlNode& node) {
  if (node.kind != YamlKind::Sequence) return false;
  std::uint32_t child = node.first_child;
  for (const EditValue& item : value.items) {
    if (child == YamlNode::kNone || !is_value(item, tree, child)) return false;
    child = tree.next(child);
  }
  return child == YamlNode::kNone;
}

bool is_map(const EditValue& value, const YamlTree& tree, const YamlNode& node) {
  if (node.kind != YamlKind::Mapping) return false;
  std::uint32_t child = node.first_child;
  for (const auto& [name, field] : value.fields) {
    if (child == YamlNode::kNone || tree.at(child).text != name) return false;
    child = tree.next(child);
    if (child == YamlNode::kNone || !is_value(field, tree, child)) return false;
    child = tree.next(child);
  }
  return child == YamlNode::kNone;
}

}  // namespace

bool is_value(const EditValue& value, const YamlTree& tree, std::uint32_t index) {
  const YamlNode& node = tree.at(index);
  switch (value.kind) {
    case Kind::Null:
      return node.kind == YamlKind::Null;
    case Kind::List:
      return is_list(value, tree, node);
    case Kind::Map:
      return is_map(value, tree, node);
    case Kind::Boolean:
    case Kind::Number:
      return node.kind == YamlKind::Scalar && node.is_plain && node.text == value.text;
    case Kind::String:
      if (node.kind != YamlKind::Scalar || node.text != value.text) return false;
      return !node.is_plain || plain_type(node.text) == PlainType::Text;
  }
  return false;
}

}  // namespace fastgate::config
