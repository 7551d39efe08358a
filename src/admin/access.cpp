#include "admin/access.h"

#include <utility>

#include "base/text.h"
#include "gateway/admit.h"

namespace fastgate::admin {
namespace {

using gateway::RequestFacts;

constexpr std::size_t kMaxTokenLength = 1024;

bool is_write(http::Method method) {
  return method != http::Method::Get && method != http::Method::Head;
}

/// A name that only ever means this machine. Anything else may be an attacker's, which resolves to
/// a loopback address on purpose (DNS rebinding).
bool is_loopback_name(std::string_view host) {
  if (equals_ignoring_case(host, "localhost")) return true;
  const std::string name = to_lower(host);
  if (name.ends_with(".localhost")) return true;
  const Result<IpAddress> address = IpAddress::parse(host);
  return address && address->is_loopback();
}

/// Whether a browser says that another site's page sends this.
bool is_foreign(const RequestFacts& facts) {
  if (const auto site = facts.head->find("Sec-Fetch-Site")) {
    if (equals_ignoring_case(*site, "cross-site") || equals_ignoring_case(*site, "same-site")) {
      return true;
    }
  }
  const auto origin = facts.head->find(http::FieldId::Origin);
  if (!origin) return false;
  const std::size_t scheme = origin->find("://");
  return scheme == std::string_view::npos ||
         !equals_ignoring_case(origin->substr(scheme + 3), facts.authority);
}

std::unexpected<ApiError> unauthorized(std::string message) {
  auto refused = refuse(401, "unauthorized", std::move(message));
  refused.error().headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

std::unexpected<ApiError> closed() {
  return refuse(403, "no_token_configured",
                "the admin API is closed: no admin token is configured (set admin.token or "
                "admin.token_sha256)");
}

std::unexpected<ApiError> foreign() {
  return refuse(403, "foreign_origin", "a page of another origin may not call the admin API");
}

/// The token that a request carries, from its header or its query.
std::string token_of(const RequestFacts& facts) {
  constexpr std::string_view kBearer = "bearer ";
  if (const auto field = facts.head->find(http::FieldId::Authorization)) {
    if (equals_ignoring_case(field->substr(0, kBearer.size()), kBearer)) {
      return std::string(trim(field->substr(kBearer.size())));
    }
  }
  return std::string(Query(facts.target->query).find("token").value_or(""));
}

}  // namespace

Role role_of(config::AdminRole role) {
  switch (role) {
    case config::AdminRole::Admin:
      return Role::Admin;
    case config::AdminRole::Operator:
      return Role::Operator;
    case config::AdminRole::Viewer:
      break;
  }
  return Role::Viewer;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  for (const std::string_view part : split(cookies, ';')) {
    const std::string_view cookie = trim(part);
    if (cookie.size() > name.size() && cookie.starts_with(name) && cookie[name.size()] == '=') {
      return cookie.substr(name.size() + 1);
    }
  }
  return {};
}

const config::AdminTokenConfig* Access::find_token(std::string_view token) const {
  if (token.empty() || token.size() > kMaxTokenLength) return nullptr;
  const Sha256 digest = sha256(token);
  const config::AdminTokenConfig* found = nullptr;
  for (const config::AdminTokenConfig& known : settings_.tokens) {
    if (equals_in_constant_time(known.token_sha256, digest)) found = &known;
  }
  return found;
}

ApiError Access::wrong_token(const IpAddress& client, WallTime now, Counting counting) const {
  if (settings_.tokens.empty()) return closed().error();
  const std::optional<gateway::RateState> rate =
      counting == Counting::On ? guard_.on_wrong_key(client, now) : std::nullopt;
  if (rate) {
    ApiError error = refuse(429, "rate_limited", "too many wrong tokens from this address").error();
    gateway::append_rate_fields(error.headers, *rate);
    return error;
  }
  return unauthorized("the admin token is wrong").error();
}

std::expected<Caller, ApiError> Access::by_cookie(const RequestFacts& facts,
                                                  std::string_view cookie, WallTime now) const {
  const std::optional<Login> login = sessions_.find(cookie, now);
  const config::AdminTokenConfig* owner = nullptr;
  if (login) {
    for (const config::AdminTokenConfig& token : settings_.tokens) {
      if (token.token_sha256 == login->token_sha256) owner = &token;
    }
  }
  if (owner == nullptr) return unauthorized("the session has ended: log in again");
  if (is_foreign(facts)) return foreign();
  if (is_write(facts.head->method)) {
    const std::string_view given = facts.head->find("X-CSRF-Token").value_or("");
    if (!equals_in_constant_time(sha256(given), sha256(login->csrf_token))) {
      return refuse(403, "csrf_token", "X-CSRF-Token is missing or wrong");
    }
  }
  return Caller{.name = owner->name,
                .role = role_of(owner->role),
                .client = facts.client,
                .token_sha256 = owner->token_sha256,
                .csrf_token = login->csrf_token,
                .cookie = std::string(cookie)};
}

std::expected<Caller, ApiError> Access::identify(const RequestFacts& facts, WallTime now,
                                                 Counting counting) const {
  if (settings_.tokens.empty()) return closed();
  const std::string token = token_of(facts);
  if (!token.empty()) {
    const config::AdminTokenConfig* found = find_token(token);
    if (found == nullptr) return std::unexpected(wrong_token(facts.client, now, counting));
    return Caller{.name = found->name,
                  .role = role_of(found->role),
                  .client = facts.client,
                  .token_sha256 = found->token_sha256,
                  .csrf_token = {},
                  .cookie = {}};
  }
  const std::string_view cookie =
      cookie_value(facts.head->find(http::FieldId::Cookie).value_or(""), kCookie);
  if (!cookie.empty() && cookie.size() <= kMaxTokenLength) return by_cookie(facts, cookie, now);
  return unauthorized("an admin token is required");
}

std::expected<Caller, ApiError> Access::admit(const RequestFacts& facts, Role role, WallTime now,
                                              Counting counting) const {
  if (!contains(settings_.allow, facts.client)) {
    return refuse(403, "address_not_allowed", "this address may not call the admin API");
  }
  const bool is_open = settings_.auth == config::AdminAuth::None;
  if (is_open) {
    if (!is_loopback_name(facts.host)) {
      return refuse(403, "foreign_host",
                    "without a token the admin API answers to `localhost` and loopback addresses "
                    "only");
    }
    if (role != Role::None && is_foreign(facts)) return foreign();
    return Caller{.name = "local",
                  .role = Role::Admin,
                  .client = facts.client,
                  .token_sha256 = {},
                  .csrf_token = {},
                  .cookie = {}};
  }
  if (role == Role::None) {
    // A page of elsewhere could log its visitors in as somebody else.
    if (is_write(facts.head->method) && is_foreign(facts)) return foreign();
    Caller nobody;
    nobody.client = facts.client;
    return nobody;
  }
  std::expected<Caller, ApiError> caller = identify(facts, now, counting);
  if (caller && caller->role < role) {
    return refuse(403, "forbidden",
                  "this needs the role `" + std::string(name_of(role)) + "`; the token has `" +
                      std::string(name_of(caller->role)) + "`");
  }
  return caller;
}

}  // namespace fastgate::admin
