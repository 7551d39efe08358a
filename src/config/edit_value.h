/// Values that an edit writes into a YAML file, and the text that they become. Pure.
///
/// Made by the admin API and the key command from JSON or field by field, read by config/edit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/yaml_tree.h"

namespace fastgate::config {

/// What a `${…}` in a given text means.
enum class Placeholders : std::uint8_t {
  Literal,  ///< text like any other: it is written so that nothing is substituted
  Kept,     ///< a reference, which the next load substitutes
};

struct EditField;

struct EditValue {
  enum class Kind : std::uint8_t { Null, Boolean, Number, String, List, Map };
  using Fields = std::vector<EditField>;

  Kind kind = Kind::Null;
  std::string text;  ///< of a scalar, as the YAML scalar reads: `${` of a literal is `$${`
  std::vector<EditValue> items;  ///< of a list
  Fields fields;                 ///< of a map, in order

  [[nodiscard]] static EditValue of(std::string_view text,
                                    Placeholders placeholders = Placeholders::Literal);
  [[nodiscard]] static EditValue of(std::uint64_t number);
  [[nodiscard]] static EditValue of(const std::vector<std::string>& texts);
  [[nodiscard]] static EditValue yes();
  [[nodiscard]] static EditValue no();
  /// Errors: Malformed, for what is no JSON; deeper than a file may be; a name twice in one object.
  [[nodiscard]] static Result<EditValue> from_json(std::string_view json,
                                                   Placeholders placeholders);
};

/// A field of a map: its name and value.
struct EditField {
  std::string first;
  EditValue second;
};

/// An entry of `routes`, `keys` or `upstreams`: its fields in the order in which they are written.
using EditFields = EditValue::Fields;

/// How lines are written around a value.
struct EditStyle {
  std::string_view line_end = "\n";
  std::size_t indent = 0;  ///< columns before the names of the fields
};

/// How a value on one line is spelled.
enum class FlowForm : std::uint8_t {
  Yaml,
  Json,  ///< all names and texts in double quotes: for files that other programs read as JSON
};

/// Whether a value stands behind its name on one line: scalars, lists of scalars, empty maps.
[[nodiscard]] bool is_inline(const EditValue& value);
/// Appends a value on one line, in flow style.
void append_flow(std::string& out, const EditValue& value, FlowForm form = FlowForm::Yaml);
/// Appends `name: value` in flow style, for use between braces.
void append_flow_field(std::string& out, std::string_view name, const EditValue& value,
                       FlowForm form = FlowForm::Yaml);
/// Appends the lines of a value that is not inline, each with its line end.
void append_block(std::string& out, const EditValue& value, const EditStyle& style);
/// Appends `name: value` with its line end, on as many lines as it takes.
void append_field(std::string& out, std::string_view name, const EditValue& value,
                  const EditStyle& style);
/// Appends the fields as lines, the first without its indent (it stands behind `- `).
void append_fields(std::string& out, const EditFields& fields, const EditStyle& style);

/// Whether a node reads as this value, types and order of fields included.
[[nodiscard]] bool is_value(const EditValue& value, const YamlTree& tree, std::uint32_t node);

}  // namespace fastgate::config
