#include <algorithm>
#include <string>
#include <utility>

#include "config/readers.h"
#include "http/fields.h"

namespace fastgate::config {

namespace {

constexpr Choice<AdminRole> kRoles[] = {
    {"admin", AdminRole::Admin}, {"operator", AdminRole::Operator}, {"viewer", AdminRole::Viewer}};
constexpr Choice<AdminAuth> kAdminAuths[] = {{"token", AdminAuth::Token},
                                             {"none", AdminAuth::None}};

/// The digest of `token` or `token_sha256`; an empty token is no token. The value itself is not
/// kept.
bool read_token(YamlMapping& fields, AdminTokenConfig& out) {
  const auto token = fields.find("token");
  const auto digest = fields.find("token_sha256");
  if (token && digest) token->error("stands beside `token_sha256`: keep one of them");
  if (digest) {
    out.mark = digest->mark();
    return read_value(*digest, out.token_sha256);
  }
  Text text;
  if (!token || !read_value(*token, text) || text.value.empty()) return false;
  if (text.value == "***") {
    token->error("is only the mask that -T prints in place of a token");
    return false;
  }
  if (!http::is_field_value(text.value) || text.value.find_first_of(" \t") != std::string::npos) {
    token->error("must not hold spaces or control characters");
    return false;
  }
  out.token_sha256 = sha256(text.value);
  out.mark = token->mark();
  return true;
}

void read_tokens(const YamlValue& list, std::vector<AdminTokenConfig>& out) {
  for_each_entry(list, [&](const YamlValue& entry) {
    YamlMapping fields(entry, "admin.tokens");
    AdminTokenConfig token;
    fields.read("name", token.name);
    fields.read("role", token.role, kRoles);
    const bool has_token = read_token(fields, token);
    fields.finish();
    if (!fields.is_valid()) return;
    token.mark = entry.mark();
    if (token.name.empty()) entry.error("needs `name`");
    if (!has_token && !fields.has("token") && !fields.has("token_sha256")) {
      entry.error("needs `token_sha256` or `token`");
    }
    const bool is_known = std::any_of(out.begin(), out.end(), [&](const AdminTokenConfig& other) {
      return other.name == token.name;
    });
    if (is_known) entry.error("has the name of an earlier token");
    if (has_token) out.push_back(std::move(token));
  });
}

bool is_loopback(const IpNetwork& network) {
  const bool is_whole =
      network.base.is_v4() ? network.prefix_bits >= 104 : network.prefix_bits == 128;
  return network.base.is_loopback() && is_whole;
}

/// Health and metrics are asked before the admin API, and health before metrics.
void warn_of_one_path(const YamlValue& section, const AdminConfig& admin) {
  if (!admin.metrics_path.empty() && admin.metrics_path == admin.health_path) {
    section.warning("`metrics_path` is `health_path` too: the metrics cannot be reached");
  }
  for (const auto& [name, path] : {std::pair("`health_path`", admin.health_path),
                                   std::pair("`metrics_path`", admin.metrics_path)}) {
    if (path == admin.path) {
      section.warning(std::string(name) + " is `path` too: it does not lead to the web pages");
    } else if (path == admin.path + "/metrics") {
      section.warning(std::string(name) +
                      " takes the place of `GET /metrics` of the admin API, its statistics");
    }
  }
}

}  // namespace

void read_admin(const YamlValue& value, AdminConfig& out) {
  YamlMapping section(value, "admin");
  if (const auto path = section.find("path")) {
    read_own_path(*path, out.path);
    while (out.path.size() > 1 && out.path.ends_with('/')) out.path.pop_back();
    if (out.path.size() < 2) path->error("must be a path below `/`, such as `/admin`");
  }
  if (const auto path = section.find("health_path")) read_own_path(*path, out.health_path);
  if (const auto path = section.find("metrics_path")) read_own_path(*path, out.metrics_path);
  const bool has_choice = section.read("metrics_on_admin_only", out.metrics_on_admin_only);
  if (const auto listen = section.find("listen")) out.listen = read_listen(*listen);
  AdminTokenConfig only{.name = "admin"};
  if (read_token(section, only)) out.tokens.push_back(only);
  if (const auto tokens = section.find("tokens")) read_tokens(*tokens, out.tokens);
  section.read("allow", out.allow);
  const auto auth = section.find("auth");
  if (auth) read_value(*auth, out.auth, kAdminAuths);
  section.finish();
  if (auth && out.auth == AdminAuth::None &&
      !std::all_of(out.allow.begin(), out.allow.end(), is_loopback)) {
    auth->error("`none` is accepted only where `allow` holds loopback addresses alone");
  }
  warn_of_one_path(value, out);
  if (has_choice && out.metrics_on_admin_only && !out.listen) {
    value.warning(
        "`metrics_on_admin_only` needs `listen`; without it there is one listener for all");
  }
}

}  // namespace fastgate::config
