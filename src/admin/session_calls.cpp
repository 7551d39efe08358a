
#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "json/value.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

std::string session_text(const std::string& name, Role role, const std::string& csrf_token) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("name").value(name).key("role").value(name_of(role));
  json.key("csrf_token").value(csrf_token).end_object();
  return text;
}

std::expected<std::string, ApiError> given_token(const Call& call) {
  const Result<json::Value> body = json::Value::parse(call.body);
  if (!body || !body->view().is(json::Kind::Object)) {
    return refuse(400, "malformed", "the body must be a JSON object");
  }
  const auto token = body->view().find("token");
  if (!token || !token->is(json::Kind::String)) return refuse_field("token", "must be a text");
  return std::string(token->string());
}

}  // namespace

// Without a path the browser takes the one it called below (RFC 6265 section 5.1.4), which is right
// behind any prefix that a proxy puts before this one.
std::string session_cookie(const Call& call, const std::string& value) {
  std::string text = std::string(Access::kCookie) + "=" + value + "; HttpOnly; SameSite=Strict";
  if (call.is_https) text += "; Secure";
  return text;
}

Answer open_session(const CallContext& context, const Call& call) {
  if (context.access.settings().auth == config::AdminAuth::None) return show_session(context, call);
  const std::expected<std::string, ApiError> token = given_token(call);
  if (!token) return std::unexpected(token.error());
  const config::AdminTokenConfig* found = context.access.find_token(*token);
  if (found == nullptr) {
    return std::unexpected(
        context.access.wrong_token(call.caller.client, call.now, Access::Counting::On));
  }
  const SessionBook::Opened opened = context.parts.sessions.open(found->token_sha256, call.now);
  ApiReply answer = json_reply(session_text(found->name, role_of(found->role), opened.csrf_token));
  answer.reply.headers.emplace_back("Set-Cookie", session_cookie(call, opened.cookie));
  answer.caller = {
      .name = found->name, .role = name_of(role_of(found->role)), .via = record::AuditVia::Token};
  return answer;
}

Answer show_session(const CallContext& /*context*/, const Call& call) {
  return json_reply(session_text(call.caller.name, call.caller.role, call.caller.csrf_token));
}

Answer close_session(const CallContext& context, const Call& call) {
  if (!call.caller.cookie.empty()) context.parts.sessions.close(call.caller.cookie);
  ApiReply answer = json_reply("{\"ok\":true}");
  answer.reply.headers.emplace_back("Set-Cookie", session_cookie(call, "") + "; Max-Age=0");
  return answer;
}

Answer list_tokens(const CallContext& context, const Call& /*call*/) {
  std::string text;
  json::JsonWriter json(text);
  const auto& tokens = context.access.settings().tokens;
  json.begin_object().key("items").begin_array();
  for (const config::AdminTokenConfig& token : tokens) {
    json.begin_object().key("name").value(token.name);
    json.key("role").value(name_of(role_of(token.role))).end_object();
  }
  json.end_array().key("total").value(std::uint64_t{tokens.size()}).end_object();
  return json_reply(std::move(text));
}

}  // namespace fastgate::admin
