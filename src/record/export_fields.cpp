#include "record/export_fields.h"

#include <algorithm>
#include <string>

#include "base/app_log.h"
#include "base/text.h"
#include "json/utf8.h"
#include "json/writer.h"
#include "record/audit_export.h"
#include "record/audit_json.h"

namespace fastgate::record {
namespace {

using Out = std::string&;
using In = const AuditRecord&;

template <auto kMember>
void text(Out out, In record) {
  out += record.*kMember;
}
template <auto kMember>
void number(Out out, In record) {
  append_decimal(out, record.*kMember);
}
template <auto kMember>
void time(Out out, In record) {
  const std::optional<WallTime> value = record.*kMember;
  if (value) append_iso_time(out, *value);
}

void milliseconds(Out out, const std::optional<WallTime>& known, std::uint64_t micros) {
  if (known) json::append_json_number(out, static_cast<double>(micros) / 1000.0);
}

ExportField text_field(std::string_view name, void (*append)(Out, In)) {
  return {.name = name,
          .is_captured = false,
          .is_text = true,
          .is_json = false,
          .is_always = false,
          .append = append};
}
ExportField known_field(std::string_view name, void (*append)(Out, In)) {
  ExportField field = text_field(name, append);
  field.is_always = true;
  return field;
}
enum class Captured : std::uint8_t { Text, Object };
ExportField captured_field(std::string_view name, Captured form, void (*append)(Out, In)) {
  return {.name = name,
          .is_captured = true,
          .is_text = true,
          .is_json = form == Captured::Object,
          .is_always = false,
          .append = append};
}
ExportField plain_field(std::string_view name, void (*append)(Out, In)) {
  return {.name = name,
          .is_captured = false,
          .is_text = false,
          .is_json = true,
          .is_always = false,
          .append = append};
}

std::vector<ExportField> name_fields() {
  return {known_field("id", text<&AuditRecord::id>),
          known_field("request_id", text<&AuditRecord::request_id>),
          known_field("stage", [](Out out, In record) { out += name_of(record.stage); }),
          text_field("key_id", text<&AuditRecord::key_id>),
          text_field("source_path", text<&AuditRecord::source_path>),
          text_field("route_id", text<&AuditRecord::route_id>),
          known_field("method", text<&AuditRecord::method>),
          known_field("path", text<&AuditRecord::path>),
          known_field("query", text<&AuditRecord::query>),
          text_field("target_url", text<&AuditRecord::target_url>)};
}

std::vector<ExportField> outcome_fields() {
  return {plain_field("status_code",
                      [](Out out, In record) {
                        if (record.status_code != 0) append_decimal(out, record.status_code);
                      }),
          known_field("request_time", time<&AuditRecord::request_time>),
          text_field("first_response_time", time<&AuditRecord::first_response_time>),
          text_field("response_time", time<&AuditRecord::response_time>),
          plain_field("ttfb_ms",
                      [](Out out, In record) {
                        milliseconds(out, record.first_response_time, record.ttfb_us);
                      }),
          plain_field("response_time_ms",
                      [](Out out, In record) {
                        milliseconds(out, record.response_time, record.response_time_us);
                      }),
          plain_field("gateway_us", number<&AuditRecord::gateway_us>),
          plain_field("request_size", number<&AuditRecord::request_size>),
          plain_field("response_size", number<&AuditRecord::response_size>)};
}

std::vector<ExportField> last_fields() {
  return {
      text_field("user_agent", text<&AuditRecord::user_agent>),
      known_field("ip_address", text<&AuditRecord::ip_address>),
      plain_field("is_stream",
                  [](Out out, In record) { out += record.is_stream ? "true" : "false"; }),
      plain_field("stream_chunks", number<&AuditRecord::stream_chunks>),
      plain_field("retries", number<&AuditRecord::retries>),
      text_field("error_message", text<&AuditRecord::error_message>),
      known_field("kind", [](Out out, In record) { out += name_of(record.kind); }),
      text_field("actor", text<&AuditRecord::actor>),
      text_field("actor_role", text<&AuditRecord::actor_role>),
      text_field("actor_via", [](Out out, In record) { out += name_of(record.via); }),
      captured_field("request_headers", Captured::Object, text<&AuditRecord::request_headers>),
      captured_field("request_body", Captured::Text, text<&AuditRecord::request_body>),
      captured_field("response_headers", Captured::Object, text<&AuditRecord::response_headers>),
      captured_field("response_body", Captured::Text, text<&AuditRecord::response_body>)};
}

std::vector<ExportField> all_fields() {
  std::vector<ExportField> fields = name_fields();
  for (const ExportField& field : outcome_fields()) fields.push_back(field);
  for (const ExportField& field : last_fields()) fields.push_back(field);
  return fields;
}

/// Appends a character of a CSV value, and gives its length. NUL and bytes that are no UTF-8, which
/// programs that read CSV stop at, become U+FFFD as in JSON.
std::size_t append_csv_character(std::string& out, std::string_view rest) {
  const bool is_ascii = static_cast<unsigned char>(rest[0]) < 0x80;
  const std::size_t length = is_ascii ? (rest[0] == '\0' ? 0 : 1) : json::sequence_length(rest);
  if (length == 0) {
    out += "\xef\xbf\xbd";
    return 1;
  }
  if (rest[0] == '"') out += '"';
  out.append(rest, 0, length);
  return length;
}

/// Quoted as RFC 4180 section 2 asks. A spreadsheet runs a text that begins with one of these
/// characters as a formula, even within quotes, unless an apostrophe stands before it.
void append_csv_value(std::string& out, const ExportField& field, std::string_view value) {
  const bool is_formula = field.is_text && value.find_first_of("=+-@\t\r\n") == 0;
  const bool needs_quotes = value.find_first_of("\",\r\n") != std::string_view::npos;
  if (needs_quotes) out += '"';
  if (is_formula) out += '\'';
  while (!value.empty()) value.remove_prefix(append_csv_character(out, value));
  if (needs_quotes) out += '"';
}

}  // namespace

std::vector<std::string_view> audit_field_names() {
  std::vector<std::string_view> names;
  for (const ExportField& field : all_fields()) names.push_back(field.name);
  return names;
}

Result<std::vector<std::string>> parse_export_fields(std::string_view given) {
  std::vector<std::string> names;
  if (given.empty()) {
    for (const ExportField& field : all_fields()) {
      if (!field.is_captured) names.emplace_back(field.name);
    }
    return names;
  }
  for (const std::string_view name : split(given, ',')) names.emplace_back(trim(name));
  const auto found = find_export_fields(names);
  if (!found) return std::unexpected(found.error());
  return names;
}

Result<std::vector<ExportField>> find_export_fields(const std::vector<std::string>& names) {
  constexpr std::size_t kMaxFields = 100;
  if (names.size() > kMaxFields) return fail(ErrorKind::Malformed, "fields: too many");
  const std::vector<ExportField> all = all_fields();
  std::vector<ExportField> found;
  for (const std::string& name : names) {
    const auto place = std::find_if(all.begin(), all.end(),
                                    [&](const ExportField& field) { return field.name == name; });
    if (place != all.end()) {
      found.push_back(*place);
      continue;
    }
    std::string problem = "fields: no field is called " + name.substr(0, 64);
    if (const auto near = nearest_name(name, audit_field_names())) {
      problem.append("; did you mean ").append(*near).append("?");
    }
    return fail(ErrorKind::Malformed, problem);
  }
  return found;
}

AuditParts parts_of(const std::vector<ExportField>& fields) {
  const bool has_captured = std::any_of(fields.begin(), fields.end(),
                                        [](const ExportField& field) { return field.is_captured; });
  return has_captured ? AuditParts::WithCaptures : AuditParts::Facts;
}

void append_csv_header(std::string& out, const std::vector<ExportField>& fields) {
  for (const ExportField& field : fields) {
    if (&field != &fields.front()) out += ',';
    out += field.name;
  }
  out += "\r\n";
}

void append_csv_line(std::string& out, const AuditRecord& record,
                     const std::vector<ExportField>& fields) {
  std::string value;
  for (const ExportField& field : fields) {
    if (&field != &fields.front()) out += ',';
    value.clear();
    field.append(value, record);
    append_csv_value(out, field, value);
  }
  out += "\r\n";
}

void append_json_fields(std::string& out, const AuditRecord& record,
                        const std::vector<ExportField>& fields) {
  json::JsonWriter writer(out);
  writer.begin_object();
  std::string value;
  for (const ExportField& field : fields) {
    value.clear();
    field.append(value, record);
    writer.key(field.name);
    if (value.empty() && !field.is_always) {
      writer.null();
    } else if (field.is_json) {
      writer.raw(value);
    } else {
      writer.value(value);
    }
  }
  writer.end_object();
}

}  // namespace fastgate::record
