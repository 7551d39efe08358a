#include "admin/api.h"

#include "base/text.h"
#include "gateway/error_type.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

void append_field_errors(json::JsonWriter& json, const std::vector<FieldError>& errors) {
  json.key("errors").begin_array();
  for (const FieldError& error : errors) {
    json.begin_object().key("field").value(error.field).key("message").value(error.message);
    if (error.line != 0) {
      json.key("file").value(error.file);
      json.key("line").value(error.line).key("column").value(error.column);
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::None:
      return "none";
    case Role::Viewer:
      return "viewer";
    case Role::Operator:
      return "operator";
    case Role::Admin:
      break;
  }
  return "admin";
}

std::unexpected<ApiError> refuse(std::uint16_t status, std::string code, std::string message) {
  return std::unexpected(ApiError{.status = status,
                                  .code = std::move(code),
                                  .message = std::move(message),
                                  .errors = {},
                                  .headers = {}});
}

std::unexpected<ApiError> refuse_field(std::string field, std::string message) {
  auto refused = refuse(422, "invalid_field", "`" + field + "` " + message);
  refused.error().errors.push_back({.field = std::move(field), .message = std::move(message)});
  return refused;
}

std::unexpected<ApiError> refuse(const Error& error) {
  auto refused =
      refuse(gateway::status_of(error.kind), std::string(name_of(error.kind)), error.text);
  if (error.kind == ErrorKind::Overloaded) refused.error().headers.emplace_back("Retry-After", "1");
  return refused;
}

gateway::Reply reply_of(const ApiError& error, std::string_view request_id) {
  gateway::Reply reply;
  reply.status = error.status;
  reply.content_type = "application/json";
  reply.headers = error.headers;
  reply.headers.emplace_back("Cache-Control", "no-store");
  json::JsonWriter json(reply.body);
  json.begin_object();
  append_refusal(json, error, request_id);
  if (!error.errors.empty()) append_field_errors(json, error.errors);
  json.end_object();
  return reply;
}

void append_refusal(json::JsonWriter& json, const ApiError& error, std::string_view request_id) {
  json.key("detail").value(error.message);
  json.key("error").begin_object().key("message").value(error.message);
  json.key("type")
      .value(gateway::error_type(error.status))
      .key("code")
      .value(error.code)
      .end_object();
  json.key("request_id").value(request_id);
}

ApiReply json_reply(std::string body, std::uint16_t status) {
  ApiReply answer;
  answer.reply.status = status;
  answer.reply.content_type = "application/json";
  answer.reply.body = std::move(body);
  answer.reply.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

ApiReply tagged_reply(const Call& call, std::string body, std::string_view tag) {
  const bool is_read = call.method == http::Method::Get || call.method == http::Method::Head;
  const bool is_known =
      is_read && !call.if_none_match.empty() && names_tag(call.if_none_match, tag);
  ApiReply answer = json_reply(is_known ? std::string() : std::move(body), is_known ? 304 : 200);
  answer.reply.headers.emplace_back("ETag", tag);
  return answer;
}

std::string tag_of(std::string_view text) {
  return "\"" + to_hex(sha256(text)).substr(0, 32) + "\"";
}

bool names_tag(std::string_view list, std::string_view tag) {
  if (trim(list) == "*") return true;
  while (auto element = next_list_element(list)) {
    // A proxy that compressed the answer may have made it weak.
    if (element->starts_with("W/")) element->remove_prefix(2);
    if (*element == tag) return true;
  }
  return false;
}

}  // namespace fastgate::admin
