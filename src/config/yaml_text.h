/// What is said of YAML texts and scalars without a parser: which bytes a file may hold, what type
/// a plain scalar has by YAML's core schema, and how a text is written so that it reads back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/yaml_tree.h"

namespace fastgate::config {

/// The first byte that no configuration file may hold: broken UTF-8, or a control character other
/// than tab and line ends. A carriage return ends a line only together with a line feed: alone it
/// would hide from an editor what stands behind it; so would Unicode's line ends, which YAML 1.1
/// took for such and YAML 1.2 does not.
[[nodiscard]] std::optional<YamlFailure> find_bad_text(std::string_view text);

enum class PlainType : std::uint8_t { Null, Boolean, Integer, Float, NotFinite, Text };

/// The type of a scalar without quotes. Source: YAML 1.2.2 section 10.3.2 (core schema).
[[nodiscard]] PlainType plain_type(std::string_view text);

/// A plain number as JSON writes it (`+5` as 5, `.5` as 0.5, `0x1F` as 31); nothing if it is none
/// or does not fit 64 bits.
[[nodiscard]] std::optional<std::string> json_number(std::string_view text);

/// Appends a JSON string, which is a double-quoted YAML scalar as well: what find_bad_text() does
/// not let stand is escaped.
void append_json_string(std::string& out, std::string_view text);

/// Appends a scalar that reads back as exactly this text: bare where that is safe, else quoted;
/// `${` is escaped as `$${`.
void append_yaml_scalar(std::string& out, std::string_view text);

/// The text as an error quotes it: at most 60 bytes, no control characters, `…` where it was cut.
[[nodiscard]] std::string shortened(std::string_view text);

/// Appends one part of a JSON pointer, escaped. Source: RFC 6901 section 3.
void append_pointer_name(std::string& out, std::string_view name);

/// The text with every `${` written as `$${`.
[[nodiscard]] std::string escape_substitution(std::string_view text);

}  // namespace fastgate::config
