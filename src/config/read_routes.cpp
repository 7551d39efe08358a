#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/read_route_parts.h"
#include "config/readers.h"
#include "config/yaml_json.h"
#include "http/target.h"

namespace fastgate::config {

namespace {

constexpr Choice<Protocol> kProtocols[] = {{"http", Protocol::Http}, {"https", Protocol::Https}};
constexpr Choice<RouteAuth> kRouteAuths[] = {{"required", RouteAuth::Required},
                                             {"optional", RouteAuth::Optional},
                                             {"none", RouteAuth::None}};

bool is_id_character(char c) {
  return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_' ||
         c == '.';
}

void read_names(YamlMapping& fields, RouteConfig& out) {
  if (const auto id = fields.find("route_id"); id && read_value(*id, out.route_id)) {
    out.route_id_is_written = true;
    const std::string& text = out.route_id.value;
    if (text.empty() || text.size() > 128 ||
        !std::all_of(text.begin(), text.end(), is_id_character)) {
      id->error_expected("an id of 1 to 128 letters, digits, `-`, `_` or `.`");
    } else if (text.find_first_not_of('.') == std::string::npos) {
      // URLs lose `.` and `..` on their way, so that nothing could ask for such a route.
      id->error_expected("an id that is more than dots");
    }
  }
  fields.read("route_name", out.route_name);
  fields.read("description", out.description);
}

std::optional<std::string_view> find_escape(std::string_view path) {
  for (std::size_t at = path.find('%'); at != path.npos; at = path.find('%', at + 1)) {
    const std::string_view escape = path.substr(at, 3);
    if (escape.size() == 3 && hex_value(escape[1]) >= 0 && hex_value(escape[2]) >= 0) {
      return escape;
    }
  }
  return std::nullopt;
}

/// Copied out of a URL, these look as if they could match.
void warn_of_literal_signs(const YamlValue& value, std::string_view pattern) {
  if (pattern.starts_with('~')) return;
  if (pattern.find('?') != pattern.npos) {
    value.warning("`?` stands for itself: the query is no part of what is matched");
  }
  if (const auto escape = find_escape(pattern)) {
    value.warning("`" + std::string(*escape) +
                  "` stands for itself: the path is decoded before it is matched");
  }
}

void read_match_path(YamlMapping& fields, RouteConfig& out) {
  out.match_path = {"/*", out.mark};
  const auto path = fields.find("match_path");
  if (!path || !read_value(*path, out.match_path)) return;
  const std::string& text = out.match_path.value;
  if (text.empty() || (text[0] != '/' && text[0] != '*' && text[0] != '~')) {
    path->error_expected("a pattern that begins with `/`, `*` or `~` (a regular expression)");
  } else if (text.size() > 4096) {
    path->error("is longer than 4096 characters");
  } else {
    warn_of_literal_signs(*path, text);
  }
}

void read_match_host(YamlMapping& fields, RouteConfig& out) {
  const auto host = fields.find("match_host");
  if (!host || !read_value(*host, out.match_host)) return;
  std::string_view name = out.match_host.value;
  if (name.empty() || name == "*") return out.match_host.value.clear();
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto parts = http::parse_host(name);
  if (!parts || parts->host.empty() || name.find('*') != name.npos) {
    host->error_expected("a host name, `*.example.com`, or one of them with `:port`");
  }
}

void read_match(YamlMapping& fields, RouteConfig& out) {
  read_match_path(fields, out);
  if (const auto method = fields.find("match_method")) read_methods(*method, out.match_method);
  read_match_host(fields, out);
  if (const auto headers = fields.find("match_headers")) {
    read_headers(*headers, out.match_headers, HeaderUse::Match);
  }
  if (const auto schema = fields.find("match_body_schema")) {
    out.match_body_schema = json_of(*schema, NamedSecrets::MaskedInSchema);
    if (schema->kind() != YamlKind::Mapping &&
        !(out.match_body_schema &&
          (out.match_body_schema->text == "true" || out.match_body_schema->text == "false"))) {
      schema->error_expected("a mapping: fields with their values, or a JSON Schema");
    }
  }
}

void read_target_path(YamlMapping& fields, RouteConfig& out) {
  const auto path = fields.find("target_path");
  if (!path || !read_value(*path, out.target_path)) return;
  const std::string& text = out.target_path->value;
  const auto is_bad = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (!text.starts_with('/')) {
    path->error("must begin with `/`");
  } else if (std::any_of(text.begin(), text.end(), is_bad)) {
    path->error("must not hold spaces or control characters; write %20");
  } else if (text.find_first_of("?#") != std::string::npos) {
    path->error("must not hold `?` or `#`: the client's query is kept");
  }
}

void read_target(YamlMapping& fields, RouteConfig& out) {
  const auto host = fields.find("target_host");
  if (host && read_value(*host, out.target_host)) static_cast<void>(read_host_port(*host));
  const auto upstream = fields.find("upstream");
  if (upstream) read_value(*upstream, out.upstream);
  const auto respond = fields.find("respond");
  if (respond) out.respond = read_respond(*respond);
  read_target_path(fields, out);
  fields.read("target_protocol", out.target_protocol, kProtocols);
  const auto tls = fields.find("target_tls");
  if (tls) read_target_tls(*tls, out.target_tls);
  if (tls && out.target_protocol == Protocol::Http) {
    tls->warning("has no effect without `target_protocol: https`");
  }
  fields.read("strip_path_prefix", out.strip_path_prefix);

  const int targets =
      int{fields.has("target_host")} + int{fields.has("upstream")} + int{fields.has("respond")};
  if (targets == 0 && fields.is_valid()) {
    fields.value().error("needs one of `target_host`, `upstream` and `respond`");
  } else if (targets > 1) {
    fields.value().error("has more than one of `target_host`, `upstream` and `respond`");
  }
}

void read_changes(YamlMapping& fields, RouteConfig& out) {
  if (const auto value = fields.find("add_headers")) {
    read_headers(*value, out.add_headers, HeaderUse::AddToRequest);
  }
  if (const auto value = fields.find("remove_headers"))
    read_header_names(*value, out.remove_headers);
  if (const auto value = fields.find("add_response_headers")) {
    read_headers(*value, out.add_response_headers, HeaderUse::AddToResponse);
  }
  if (const auto value = fields.find("remove_response_headers")) {
    read_header_names(*value, out.remove_response_headers);
  }
  if (const auto value = fields.find("add_body_fields")) {
    const YamlMapping body(*value, "");
    body.for_each([&](std::string_view name, Mark /*mark*/, const YamlValue& field) {
      if (auto json = json_of(field, NamedSecrets::Masked)) {
        out.add_body_fields.emplace_back(name, std::move(*json));
      }
    });
  }
  fields.read("remove_body_fields", out.remove_body_fields);
}

void read_timing(YamlMapping& fields, RouteConfig& out) {
  fields.read("timeout", out.timeout, kTimeoutRange);
  fields.read("connect_timeout", out.connect_timeout, kTimeoutRange);
  fields.read("first_byte_timeout", out.first_byte_timeout, kTimeoutRange);
  fields.read("total_timeout", out.total_timeout, kTimeoutOrNoneRange);
  fields.read("sse_keepalive", out.sse_keepalive, kTimeoutOrNoneRange);
  if (const auto preamble = fields.find("failover_preamble")) {
    read_preamble(*preamble, out.failover_preamble.emplace());
  }
  fields.read("retry_count", out.retry_count, NumberRange{0, 100});
  if (const auto value = fields.find("retry_on")) read_retry_on(*value, out.retry_on);
}

void read_burst(YamlMapping& fields, std::string_view name, std::string_view rate_name,
                std::uint32_t rate, std::uint32_t& out) {
  const auto burst = fields.find(name);
  if (burst && read_value(*burst, out, kRateRange) && out != 0 && rate == 0) {
    burst->warning("has no effect without `" + std::string(rate_name) + "`");
  }
}

void read_rules(YamlMapping& fields, RouteConfig& out) {
  fields.read("priority", out.priority, NumberRange{-1'000'000, 1'000'000});
  fields.read("is_active", out.is_active);
  fields.read("auth", out.auth, kRouteAuths);
  const auto permissions = fields.find("permissions");
  if (permissions && read_value(*permissions, out.permissions) && !out.permissions.empty() &&
      out.auth == RouteAuth::None) {
    permissions->warning("has no effect with `auth: none`: everybody may use the route");
  }
  fields.read("rate_limit", out.rate_limit, kRateRange);
  read_burst(fields, "burst", "rate_limit", out.rate_limit, out.burst);
  fields.read("client_rate_limit", out.client_rate_limit, kRateRange);
  read_burst(fields, "client_burst", "client_rate_limit", out.client_rate_limit, out.client_burst);
  fields.read("max_concurrency", out.max_concurrency, kConcurrencyRange);
  if (const auto value = fields.find("queue")) out.queue = read_queue(*value);
  fields.read("max_body_size", out.max_body_size, SizeRange{Bytes{0}, mebibytes(1U << 20)});
  if (const auto value = fields.find("audit")) read_audit(*value, out.audit);
}

void read_route(const YamlValue& entry, RouteConfig& out) {
  out.mark = entry.mark();
  YamlMapping fields(entry, "routes");
  read_names(fields, out);
  read_match(fields, out);
  read_target(fields, out);
  read_changes(fields, out);
  read_timing(fields, out);
  read_rules(fields, out);
  if (const auto tests = fields.find("tests")) read_route_tests(*tests, out.tests);
  fields.finish();
}

}  // namespace

void read_routes(const YamlValue& list, std::vector<RouteConfig>& out) {
  out.reserve(out.size() + count_entries(list));
  for_each_entry(
      list, [&](const YamlValue& entry) { read_route(entry, out.emplace_back()); }, out.size());
}

}  // namespace fastgate::config
