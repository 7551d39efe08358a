#include "json/value_template.h"

#include <algorithm>
#include <utility>

#include "json/value.h"
#include "json/writer.h"

namespace fastgate::json {
namespace {

/// The index of the name in `{name}…` at the start of `text`, or names.size().
std::size_t known_name(std::string_view text, std::span<const std::string> names) {
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos) return names.size();
  const auto found = std::ranges::find(names, text.substr(1, end - 1));
  return static_cast<std::size_t>(found - names.begin());
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
      const std::size_t name = known_name(json.substr(at), names);
      if (name != names.size()) {
        part.name_index = name;
        result.parts_.push_back(std::exchange(part, {}));
        at += names[name].size() + 2;
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
