#include "record/audit_json.h"

#include "base/app_log.h"
#include "json/writer.h"

namespace fastgate::record {
namespace {

/// Writes members under their names, what is not known as null.
class Members {
 public:
  explicit Members(std::string& out) : writer_(out) { writer_.begin_object(); }
  void end() { writer_.end_object(); }

  void text(std::string_view name, std::string_view value) { writer_.key(name).value(value); }
  void text_or_null(std::string_view name, std::string_view value) {
    writer_.key(name);
    if (value.empty()) {
      writer_.null();
    } else {
      writer_.value(value);
    }
  }
  void number(std::string_view name, std::uint64_t value) { writer_.key(name).value(value); }
  void flag(std::string_view name, bool value) { writer_.key(name).value(value); }
  void time(std::string_view name, const std::optional<WallTime>& value) {
    writer_.key(name);
    if (!value) {
      writer_.null();
      return;
    }
    std::string spelled;
    append_iso_time(spelled, *value);
    writer_.value(spelled);
  }
  void milliseconds(std::string_view name, const std::optional<std::uint64_t>& micros) {
    writer_.key(name);
    if (micros) {
      writer_.value(static_cast<double>(*micros) / 1000.0);
    } else {
      writer_.null();
    }
  }
  /// A captured header object goes in as it is; a text is quoted.
  void captured_object(std::string_view name, std::string_view json) {
    if (!json.empty()) writer_.key(name).raw(json);
  }
  void captured_text(std::string_view name, std::string_view value) {
    if (!value.empty()) writer_.key(name).value(value);
  }

 private:
  json::JsonWriter writer_;
};

std::optional<std::uint64_t> known(bool is_known, std::uint64_t value) {
  if (!is_known) return std::nullopt;
  return value;
}

void append_outcome(Members& members, const AuditRecord& record) {
  if (record.status_code != 0) {
    members.number("status_code", record.status_code);
  } else {
    members.text_or_null("status_code", "");
  }
  members.time("request_time", record.request_time);
  members.time("first_response_time", record.first_response_time);
  members.time("response_time", record.response_time);
  members.milliseconds("ttfb_ms", known(record.first_response_time.has_value(), record.ttfb_us));
  members.milliseconds("response_time_ms",
                       known(record.response_time.has_value(), record.response_time_us));
  members.number("gateway_us", record.gateway_us);
  members.number("request_size", record.request_size);
  members.number("response_size", record.response_size);
}

}  // namespace

std::string_view name_of(AuditStage stage) {
  switch (stage) {
    case AuditStage::Begun:
      return "begun";
    case AuditStage::FirstByte:
      return "first_byte";
    case AuditStage::Complete:
      break;
  }
  return "complete";
}

std::string_view name_of(AuditKind kind) {
  return kind == AuditKind::Admin ? "admin" : "traffic";
}

std::string_view name_of(AuditVia via) {
  switch (via) {
    case AuditVia::Token:
      return "token";
    case AuditVia::Session:
      return "session";
    case AuditVia::Nothing:
      break;
  }
  return {};
}

void append_json(std::string& out, const AuditRecord& record) {
  Members members(out);
  members.text("id", record.id);
  members.text("request_id", record.request_id);
  members.text("stage", name_of(record.stage));
  members.text("kind", name_of(record.kind));
  if (record.kind == AuditKind::Admin) {
    members.text_or_null("actor", record.actor);
    members.text_or_null("actor_role", record.actor_role);
    members.text_or_null("actor_via", name_of(record.via));
  }
  members.text_or_null("key_id", record.key_id);
  members.text_or_null("source_path", record.source_path);
  members.text_or_null("route_id", record.route_id);
  members.text("method", record.method);
  members.text("path", record.path);
  members.text("query", record.query);
  members.text_or_null("target_url", record.target_url);
  append_outcome(members, record);
  members.text_or_null("user_agent", record.user_agent);
  members.text("ip_address", record.ip_address);
  members.flag("is_stream", record.is_stream);
  members.number("stream_chunks", record.stream_chunks);
  members.number("retries", record.retries);
  members.text_or_null("error_message", record.error_message);
  members.captured_object("request_headers", record.request_headers);
  members.captured_text("request_body", record.request_body);
  members.captured_object("response_headers", record.response_headers);
  members.captured_text("response_body", record.response_body);
  members.end();
}

}  // namespace fastgate::record
