/// The kinds of characters that YAML's grammar tells apart. Source: YAML 1.2.2 chapter 5.
#pragma once

#include <string_view>

namespace fastgate::config {

inline bool is_yaml_blank(char c) {
  return c == ' ' || c == '\t';
}
/// A carriage return stands before a line feed only: find_bad_text() saw to it.
inline bool is_yaml_break(char c) {
  return c == '\n' || c == '\r';
}
/// Blank, line end, or the end of the text.
inline bool is_yaml_gap(char c) {
  return is_yaml_blank(c) || is_yaml_break(c) || c == '\0';
}
inline bool is_yaml_flow_sign(char c) {
  return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
}

}  // namespace fastgate::config
