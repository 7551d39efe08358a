#include "record/access_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "record/line_writer.h"

namespace fastgate::record {
namespace {

constexpr std::size_t kMaxFormat = 8 * 1024;

constexpr std::string_view kCombined =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"";

/// A field of the json and logfmt formats: its name in records (contract section 7), its variable.
struct NamedField {
  std::string_view key;
  std::string_view variable;
};

constexpr std::array kFields = std::to_array<NamedField>({
    {"request_time", "time_begun"},
    {"request_id", "request_id"},
    {"key_id", "key_id"},
    {"source_path", "source_path"},
    {"route_id", "route_id"},
    {"ip_address", "remote_addr"},
    {"method", "request_method"},
    {"scheme", "scheme"},
    {"host", "host"},
    {"path", "uri"},
    {"query", "args"},
    {"protocol", "server_protocol"},
    {"target_url", "target_url"},
    {"status_code", "status"},
    {"upstream_status", "upstream_status"},
    {"ttfb_ms", "ttfb_ms"},
    {"response_time_ms", "response_time_ms"},
    {"gateway_us", "gateway_us"},
    {"request_size", "request_size"},
    {"response_size", "body_bytes_sent"},
    {"bytes_sent", "bytes_sent"},
    {"referer", "http_referer"},
    {"user_agent", "http_user_agent"},
    {"is_stream", "is_stream"},
    {"stream_chunks", "stream_chunks"},
    {"retries", "retries"},
    {"error_message", "error"},
});

bool is_name_character(char c) {
  const char lower = to_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_';
}

/// Whether `$status` tells that no answer was made: what it says then is no number of JSON.
bool is_no_status(VariableKind kind, std::string_view value) {
  return kind == VariableKind::Number && value == kNoStatus;
}

}  // namespace

/// Turns a format into parts.
class AccessFormatParser {
 public:
  [[nodiscard]] Result<AccessFormat> parse(std::string_view format);

 private:
  using Style = AccessFormat::Style;
  [[nodiscard]] AccessFormat preset(Style style) const;
  [[nodiscard]] Result<void> take_escape(std::string_view& format);
  [[nodiscard]] Result<void> parse_text(std::string_view rest);
  [[nodiscard]] Result<std::string_view> take_name(std::string_view& rest) const;
  [[nodiscard]] Result<void> add_variable(std::string_view name);
  [[nodiscard]] std::unexpected<Error> unknown(std::string_view what, std::string_view name,
                                               const std::vector<std::string_view>& known) const;
  AccessFormat format_;
  std::string literal_;
};

Result<AccessFormat> AccessFormatParser::parse(std::string_view format) {
  if (format == "json") return preset(Style::Json);
  if (format == "logfmt") return preset(Style::Logfmt);
  if (format == "combined") format = kCombined;
  if (format.size() > kMaxFormat) {
    return fail(ErrorKind::Config, "an access log format has at most 8192 characters");
  }
  if (const Result<void> taken = take_escape(format); !taken) {
    return std::unexpected(taken.error());
  }
  if (!format.contains('$')) {
    std::unexpected<Error> error =
        unknown("access log format", format, {"combined", "json", "logfmt"});
    std::string& text = error.error().text;
    text += text.ends_with('?') ? " It is" : "; it is";
    text += " combined, json, logfmt, or a text of $variables";
    return error;
  }
  const auto is_break = [](char c) { return static_cast<std::uint8_t>(c) < ' ' && c != '\t'; };
  if (std::ranges::any_of(format, is_break)) {
    return fail(ErrorKind::Config, "an access log format is one line, without control characters");
  }
  if (const Result<void> parsed = parse_text(format); !parsed) {
    return std::unexpected(parsed.error());
  }
  return std::move(format_);
}

AccessFormat AccessFormatParser::preset(Style style) const {
  AccessFormat format;
  format.style_ = style;
  for (const NamedField& field : kFields) {
    const bool is_first = format.parts_.empty();
    std::string literal;
    if (style == Style::Json) {
      literal.append(is_first ? "{\"" : ",\"").append(field.key).append("\":");
    } else {
      literal.append(is_first ? "" : " ").append(field.key).append("=");
    }
    std::optional<AccessVariable> variable = AccessVariable::find(field.variable);
    FG_ASSERT(variable.has_value());
    format.parts_.push_back({std::move(literal), std::move(*variable)});
  }
  return format;
}

/// Takes `escape=…` and the spaces behind it off the front, as nginx writes it.
Result<void> AccessFormatParser::take_escape(std::string_view& format) {
  constexpr std::string_view kEscape = "escape=";
  if (!format.starts_with(kEscape)) return {};
  const std::size_t end = std::min(format.find(' '), format.size());
  const std::string_view way = format.substr(kEscape.size(), end - kEscape.size());
  if (way == "json") {
    format_.style_ = Style::TextOfJson;
  } else if (way == "none") {
    return fail(ErrorKind::Config, "escape=none would let clients forge lines; take escape=json");
  } else if (way != "default") {
    return unknown("way to escape", way, {"default", "json"});
  }
  format.remove_prefix(std::min(format.find_first_not_of(' ', end), format.size()));
  return {};
}

Result<void> AccessFormatParser::parse_text(std::string_view rest) {
  while (!rest.empty()) {
    const std::size_t dollar = std::min(rest.find('$'), rest.size());
    literal_ += rest.substr(0, dollar);
    rest.remove_prefix(dollar);
    if (rest.empty()) break;
    const Result<std::string_view> name = take_name(rest);
    if (!name) return std::unexpected(name.error());
    if (Result<void> added = add_variable(*name); !added) return added;
  }
  if (!literal_.empty()) format_.parts_.push_back({.literal = std::move(literal_), .variable = {}});
  return {};
}

Result<std::string_view> AccessFormatParser::take_name(std::string_view& rest) const {
  rest.remove_prefix(1);
  const bool is_braced = rest.starts_with('{');
  if (is_braced) rest.remove_prefix(1);
  const auto end = std::ranges::find_if_not(rest, is_name_character);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  const std::string_view name = rest.substr(0, length);
  rest.remove_prefix(length);
  if (name.empty()) {
    return fail(ErrorKind::Config, "a \"$\" in an access log format needs a variable's name");
  }
  if (!is_braced) return name;
  if (!rest.starts_with('}')) {
    return fail(ErrorKind::Config,
                "\"${" + std::string(name) + "\" in an access log format has no closing \"}\"");
  }
  rest.remove_prefix(1);
  return name;
}

Result<void> AccessFormatParser::add_variable(std::string_view name) {
  std::optional<AccessVariable> variable = AccessVariable::find(name);
  if (!variable) return unknown("variable of an access log format", name, AccessVariable::names());
  if (variable->kind() == VariableKind::Constant) {
    LineScratch scratch;
    LineWriter(literal_).put_escaped(variable->value({}, scratch));
    return {};
  }
  format_.parts_.push_back({std::exchange(literal_, {}), std::move(*variable)});
  return {};
}

std::unexpected<Error> AccessFormatParser::unknown(
    std::string_view what, std::string_view name,
    const std::vector<std::string_view>& known) const {
  constexpr std::size_t kShown = 64;
  std::string text = "unknown ";
  text.append(what).append(" \"").append(name.substr(0, kShown)).append("\"");
  if (const std::optional<std::string_view> nearest = nearest_name(name, known)) {
    text.append(", did you mean \"").append(*nearest).append("\"?");
  }
  return fail(ErrorKind::Config, std::move(text));
}

Result<AccessFormat> AccessFormat::parse(std::string_view format) {
  return AccessFormatParser().parse(format);
}

bool AccessFormat::has_sent_field() const {
  return std::ranges::any_of(parts_,
                             [](const Part& part) { return part.variable.is_sent_field(); });
}

void AccessFormat::append_line(std::string& out, const ExchangeRecord& record) const {
  LineScratch scratch;
  append_line(out, record, scratch);
}

void AccessFormat::append_line(std::string& out, const ExchangeRecord& record,
                               LineScratch& scratch) const {
  LineWriter line(out);
  switch (style_) {
    case Style::Text:
    case Style::TextOfJson:
      append_text(line, record, scratch);
      break;
    case Style::Json:
      append_json(line, record, scratch);
      break;
    case Style::Logfmt:
      append_logfmt(line, record, scratch);
      break;
  }
  line.put('\n');
}

/// What stands for a value that there is not.
std::string_view AccessFormat::absence(const Part& part) const {
  // A member without a value would not be JSON.
  if (style_ == Style::TextOfJson) return part.wants_json_value() ? "null" : "";
  return part.kind == VariableKind::Suffix ? "" : "-";
}

void AccessFormat::append_text(LineWriter& line, const ExchangeRecord& record,
                               LineScratch& scratch) const {
  const bool is_json = style_ == Style::TextOfJson;
  for (const Part& part : parts_) {
    line.put(part.literal);
    if (part.variable.is_none()) continue;
    const std::string_view value = part.variable.value(record, scratch);
    if (value.empty() || (is_json && part.wants_json_value() && is_no_status(part.kind, value))) {
      line.put(absence(part));
    } else if (part.kind == VariableKind::Number || part.kind == VariableKind::Plain) {
      line.put(value);
    } else if (is_json) {
      line.put_json_text(value);
    } else {
      line.put_escaped(value);
    }
  }
}

void AccessFormat::append_json(LineWriter& line, const ExchangeRecord& record,
                               LineScratch& scratch) const {
  for (const Part& part : parts_) {
    line.put(part.literal);
    const std::string_view value = part.variable.value(record, scratch);
    if (value.empty() || is_no_status(part.kind, value)) {
      line.put("null");
    } else if (part.kind == VariableKind::Number || part.kind == VariableKind::Flag) {
      line.put(value);
    } else {
      line.put_json(value);
    }
  }
  line.put('}');
}

void AccessFormat::append_logfmt(LineWriter& line, const ExchangeRecord& record,
                                 LineScratch& scratch) const {
  for (const Part& part : parts_) {
    const std::string_view value = part.variable.value(record, scratch);
    if (value.empty()) continue;
    line.put(part.literal);
    line.put_log_value(value);
  }
}

}  // namespace fastgate::record
