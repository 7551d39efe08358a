/// Access-log formats: `combined`, `json`, `logfmt`, or nginx-style text with `$variables`;
/// compiled once, rendered per request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/access_variable.h"
#include "record/exchange_record.h"

namespace fastgate::record {

class LineWriter;

class AccessFormat {
 public:
  /// Form: `combined`, `json`, `logfmt`, or one line of text with `$name` or `${name}` for the
  /// variables of access_variable.h, before which `escape=json ` or `escape=default ` may stand.
  /// Errors: Config, naming an unknown variable and the nearest
  /// one.
  [[nodiscard]] static Result<AccessFormat> parse(std::string_view format);

  /// Appends one line with its '\n'. Escaping: texts as nginx's default (`\xXX` for `"`, `\` and
  /// bytes below 32 or above 126; `-` for an empty value, but for $is_args); under `escape=json`
  /// the inside of JSON strings, with nothing for an empty value, or null right behind a `:`; json
  /// as JSON strings, numbers and booleans, null for what there is not; logfmt as append_log_value,
  /// without the empty ones. No line break ever comes from a value.
  void append_line(std::string& out, const ExchangeRecord& record) const;
  /// The same with the caller's scratch: no allocation and no formatting of a second seen before.
  void append_line(std::string& out, const ExchangeRecord& record, LineScratch& scratch) const;
  /// Whether a variable of it reads the head of the gateway's own answers.
  [[nodiscard]] bool has_sent_field() const;

 private:
  friend class AccessFormatParser;
  enum class Style : std::uint8_t { Text, TextOfJson, Json, Logfmt };
  /// A literal and then, perhaps, a variable.
  struct Part {
    std::string literal;
    AccessVariable variable;
    VariableKind kind = variable.kind();
    [[nodiscard]] bool wants_json_value() const { return literal.ends_with(':'); }
  };
  [[nodiscard]] std::string_view absence(const Part& part) const;
  void append_text(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;
  void append_json(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;
  void append_logfmt(LineWriter& line, const ExchangeRecord& record, LineScratch& scratch) const;

  Style style_ = Style::Text;
  std::vector<Part> parts_;
};

}  // namespace fastgate::record
