#include "json/value_template.h"

#include <algorithm>
#include <utility>

#include "json/value.h"
#include "json/writer.h"

namespace fastgate::json {
namespace {

/// What a `{` opens: a placeholder, or the text of one that is written in doubled braces.
struct Opening {
  std::size_t name_index;  ///< names.size(): nothing that is known
  bool is_doubled;
};

/// Reads the `{` at the start of `text`.
Opening read_opening(std::string_view text, std::span<const std::string> names) {
  const bool is_doubled = text.starts_with("{{");
  const std::string_view inside = text.substr(is_doubled ? 2 : 1);
  const std::string_view closing = is_doubled ? "}}" : "}";
  const auto found = std::ranges::find_if(names, [&](const std::string& name) {
    return inside.starts_with(name) && inside.substr(name.size()).starts_with(closing);
  });
  return {static_cast<std::size_t>(found - names.begin()), is_doubled};
}

}  // namespace

Result<ValueTemplate> ValueTemplate::compile(std::string_view json,
                                             std::span<const std::string> names) {
  if (auto value = Value::parse(json); !value) return fail(ErrorKind::Config, value.error().text);
  ValueTemplate result;
  Part part;
  bool in_string = false;
  std::size_t at = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (in_string && c == '{') {
      const auto [name, is_doubled] = read_opening(json.substr(at), names);
      if (name != names.size()) {
        const std::size_t length = names[name].size() + 2;
        if (is_doubled) {
          part.literal.append(json, at + 1, length);
        } else {
          part.name_index = name;
          result.parts_.push_back(std::exchange(part, {}));
        }
        at += is_doubled ? length + 2 : length;
        continue;
      }
    }
    const bool is_escape = in_string && c == '\\';
    if (c == '"') in_string = !in_string;
    part.literal.append(json, at, is_escape ? 2 : 1);
    at += is_escape ? 2 : 1;
  }
  result.parts_.push_back(std::move(part));
  return result;
}

void ValueTemplate::append_to(std::string& out, std::span<const std::string_view> texts) const {
  for (const Part& part : parts_) {
    out.append(part.literal);
    if (part.name_index < texts.size()) append_json_string_part(out, texts[part.name_index]);
  }
}

bool ValueTemplate::uses(std::size_t index) const {
  return std::ranges::any_of(parts_, [&](const Part& part) { return part.name_index == index; });
}

}  // namespace fastgate::json
