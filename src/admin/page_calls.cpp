#include <algorithm>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "admin/ui_assets.h"
#include "base/text.h"
#include "gateway/body_decode.h"

namespace fastgate::admin {
namespace {

/// Largest file of the pages, unpacked.
constexpr std::size_t kMaxAsset = 16U << 20;

/// Nothing but the pages' own files is ever loaded or run, nor may they stand in another page.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

void add_security_fields(gateway::Reply& reply) {
  reply.headers.emplace_back("Content-Security-Policy", kPolicy);
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("X-Frame-Options", "DENY");
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  reply.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

/// Whether the client takes gzip (RFC 9110 section 12.5.3); a weight of 0 refuses it.
bool takes_gzip(std::string_view accepted) {
  while (const auto element = next_list_element(accepted)) {
    const std::size_t semicolon = element->find(';');
    const std::string_view coding = trim(element->substr(0, semicolon));
    if (!equals_ignoring_case(coding, "gzip") && coding != "*") continue;
    const std::string_view weight =
        semicolon == std::string_view::npos ? "" : trim(element->substr(semicolon + 1));
    return weight != "q=0" && !weight.starts_with("q=0.0");
  }
  return false;
}

ApiReply redirect(const std::string& location) {
  ApiReply answer;
  answer.reply.status = 302;
  answer.reply.headers.emplace_back("Location", location);
  answer.reply.headers.emplace_back("Cache-Control", "no-store");
  add_security_fields(answer.reply);
  return answer;
}

}  // namespace

Answer show_page(const CallContext& /*context*/, const Call& call) {
  std::string name = call.captures.front();
  if (name.empty()) name = "index.html";
  const std::span<const UiAsset> assets = ui_assets();
  const auto asset =
      std::ranges::find_if(assets, [&](const UiAsset& one) { return one.path == name; });
  if (asset == assets.end()) return refuse(404, "not_found", "there is no such page");
  ApiReply answer;
  gateway::Reply& reply = answer.reply;
  reply.headers.emplace_back("ETag", asset->etag);
  reply.headers.emplace_back("Cache-Control", "no-cache");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  add_security_fields(reply);
  if (!call.if_none_match.empty() && names_tag(call.if_none_match, asset->etag)) {
    reply.status = 304;
    return answer;
  }
  reply.content_type = asset->content_type;
  if (takes_gzip(call.accept_encoding)) {
    reply.body = asset->gzip;
    reply.headers.emplace_back("Content-Encoding", "gzip");
  } else if (auto plain = gateway::decode_body("gzip", asset->gzip, kMaxAsset, reply.body);
             !plain) {
    return refuse(plain.error());
  }
  return answer;
}

/// A token in the query, as older links have it, opens a session, so that it need not stay there.
/// Locations are relative: a proxy may show all this below a prefix of its own.
Answer show_dashboard(const CallContext& context, const Call& call) {
  const auto token = call.query.find("token");
  const bool opens = token && context.access.settings().auth != config::AdminAuth::None;
  if (call.path.empty()) {
    // A cookie that is set here would be for the folder above.
    const std::string base = "./" + call.admin_path.substr(call.admin_path.rfind('/') + 1);
    return redirect(opens ? base + "/dashboard?" + call.query_text : base + "/ui/");
  }
  ApiReply answer = redirect("ui/");
  if (!opens) return answer;
  const config::AdminTokenConfig* found = context.access.find_token(*token);
  if (found == nullptr) {
    return std::unexpected(
        context.access.wrong_token(call.caller.client, call.now, Access::Counting::On));
  }
  const SessionBook::Opened opened = context.parts.sessions.open(found->token_sha256, call.now);
  answer.reply.headers.emplace_back("Set-Cookie", session_cookie(call, opened.cookie));
  return answer;
}

}  // namespace fastgate::admin
