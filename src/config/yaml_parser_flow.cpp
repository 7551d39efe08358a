#include "config/yaml_characters.h"
#include "config/yaml_parser.h"

namespace fastgate::config {

bool YamlParser::flow_token() {
  next_token();
  if (*at_ != '\0' && !is_any_marker()) return true;
  return fail_at(flow_begin_, "a list or mapping that begins here and is not closed");
}

/// Behind a name in quotes the value may follow at once, as in JSON.
bool YamlParser::is_flow_colon(bool is_behind_quotes) const {
  return *at_ == ':' && (is_behind_quotes || is_yaml_gap(at_[1]) || is_yaml_flow_sign(at_[1]));
}

bool YamlParser::flow_separator(char end) {
  if (!flow_token()) return false;
  if (*at_ == end) return true;
  if (*at_ != ',') {
    return fail(end == ']' ? "no `,` or `]` behind an entry of a list"
                           : "no `,` or `}` behind a field of a mapping");
  }
  ++at_;
  return flow_token();
}

bool YamlParser::flow_collection(const YamlProperties& properties) {
  const YamlPlace start = place();
  const bool is_mapping = *at_ == '{';
  const char end = is_mapping ? '}' : ']';
  if (!builder_.open(properties.any() ? properties.place : start, properties,
                     is_mapping ? YamlKind::Mapping : YamlKind::Sequence)) {
    return false;
  }
  if (flow_depth_++ == 0) flow_begin_ = start;
  ++at_;
  if (!flow_token()) return false;
  while (*at_ != end) {
    if (!(is_mapping ? flow_field() : flow_entry()) || !flow_separator(end)) return false;
  }
  ++at_;
  --flow_depth_;
  return builder_.close();
}

/// An entry of a list: a value, or `name: value`, which is a mapping of one field.
bool YamlParser::flow_entry() {
  const YamlPlace start = place();
  if (is_indicator('?')) {
    return builder_.open(start, {}, YamlKind::Mapping) && flow_field() && builder_.close();
  }
  YamlProperties properties;
  if (!flow_properties(properties)) return false;
  if (*at_ == '[' || *at_ == '{') return flow_collection(properties);
  Atom atom{.properties = properties, .place = start};
  if (!flow_atom(atom)) return false;
  skip_blanks();
  if (!is_flow_colon(atom.is_quoted) || line_ != start.line) return add(atom);
  ++at_;
  return builder_.open(start, {}, YamlKind::Mapping) && add(atom) && flow_value() &&
         builder_.close();
}

/// A field of a mapping; without a `:` its value is null.
bool YamlParser::flow_field() {
  if (is_indicator('?')) {
    ++at_;
    if (!flow_token()) return false;
  }
  Atom atom{.place = place()};
  if (!flow_properties(atom.properties)) return false;
  if (*at_ == '[' || *at_ == '{') return builder_.fail(place(), "a field's name must be a text");
  if (!flow_atom(atom) || !add(atom)) return false;
  const YamlPlace nothing = place();
  if (!flow_token()) return false;
  if (!is_flow_colon(atom.is_quoted)) return builder_.null(nothing, {});
  ++at_;
  return flow_value();
}

/// What stands behind a `:`.
bool YamlParser::flow_value() {
  const YamlPlace nothing = place();
  if (!flow_token()) return false;
  Atom atom{.place = place()};
  if (!flow_properties(atom.properties)) return false;
  if (*at_ == ',' || *at_ == ']' || *at_ == '}') return builder_.null(nothing, atom.properties);
  if (*at_ == '[' || *at_ == '{') return flow_collection(atom.properties);
  return flow_atom(atom) && add(atom);
}

bool YamlParser::flow_properties(YamlProperties& properties) {
  if (*at_ != '&' && *at_ != '!') return true;
  return read_properties(properties, true) && flow_token();
}

/// A single value; nothing behind an anchor or a tag is null.
bool YamlParser::flow_atom(Atom& atom) {
  if (atom.properties.any() && (*at_ == ',' || *at_ == ']' || *at_ == '}')) return true;
  if (*at_ == '*') return read_alias(atom);
  if (*at_ == '"' || *at_ == '\'') {
    atom.is_quoted = true;
    return quoted(atom.text, -1);
  }
  if (!check_plain(true)) return false;
  atom.text = plain_line(true);
  rest_of_plain(atom.text, -1, true);
  return true;
}

}  // namespace fastgate::config
