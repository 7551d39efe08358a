#include <string>

#include "config/option_names.h"
#include "config/print.h"
#include "config/secret_names.h"
#include "config/secret_query.h"
#include "config/yaml_text.h"

namespace fastgate::config {

namespace {

std::string_view shown(const Json& json) {
  return json.is_substituted ? json.masked : json.text;
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void print_names(YamlWriter& out, std::string_view name,
                 const std::vector<Located<std::string>>& names) {
  if (names.empty()) return;
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const Located<std::string>& entry : names) texts.push_back(entry.value);
  out.list(name, texts);
}

void print_optional(YamlWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.text(name, text);
}

void print_optional(YamlWriter& out, std::string_view name,
                    const std::optional<milliseconds>& value) {
  if (value) out.duration(name, *value);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return out;
}

void print_match(YamlWriter& out, const RouteConfig& route) {
  out.text("match_path", route.match_path.value);
  out.text("match_method", route.match_method.empty() ? "ANY" : joined(route.match_method));
  print_optional(out, "match_host", route.match_host.value);
  print_headers(out, "match_headers", route.match_headers);
  if (route.match_body_schema) out.verbatim("match_body_schema", shown(*route.match_body_schema));
}

void print_respond(YamlWriter& out, const RespondConfig& respond) {
  out.open("respond");
  out.number("status", respond.status);
  print_headers(out, "headers", respond.headers);
  if (respond.is_json && !respond.body.is_substituted) {
    out.verbatim("body", respond.body.value);
  } else if (!respond.body.value.empty()) {
    out.masked("body", respond.body);
  }
  out.close();
}

void print_target_tls(YamlWriter& out, const TargetTlsConfig& tls) {
  out.open("target_tls");
  if (tls.ca) out.masked("ca", *tls.ca);
  if (tls.server_name) out.text("server_name", *tls.server_name);
  out.flag("verify", tls.verify);
  if (tls.client_certificate) out.masked("client_certificate", *tls.client_certificate);
  if (tls.client_key) out.masked("client_key", *tls.client_key);
  out.close();
}

void print_target(YamlWriter& out, const RouteConfig& route) {
  print_optional(out, "target_host", route.target_host.value);
  print_optional(out, "upstream", route.upstream.value);
  if (route.respond) print_respond(out, *route.respond);
  if (route.target_path) {
    const bool is_hidden = route.target_path->is_substituted;  // and reads back as a path
    out.verbatim("target_path", json_string(is_hidden ? "/***" : route.target_path->value));
  }
  out.text("target_protocol", route.target_protocol == Protocol::Https ? "https" : "http");
  if (route.target_protocol == Protocol::Https) print_target_tls(out, route.target_tls);
  out.flag("strip_path_prefix", route.strip_path_prefix);
}

void print_changes(YamlWriter& out, const RouteConfig& route) {
  print_headers(out, "add_headers", route.add_headers);
  print_names(out, "remove_headers", route.remove_headers);
  print_headers(out, "add_response_headers", route.add_response_headers);
  print_names(out, "remove_response_headers", route.remove_response_headers);
  if (!route.add_body_fields.empty()) {
    out.open("add_body_fields");
    for (const auto& [name, json] : route.add_body_fields) {
      if (is_secret_name(name)) {
        out.verbatim(name, "\"***\"");
      } else {
        out.verbatim(name, shown(json));
      }
    }
    out.close();
  }
  if (!route.remove_body_fields.empty()) out.list("remove_body_fields", route.remove_body_fields);
}

void print_rules(YamlWriter& out, const RouteConfig& route) {
  print_optional(out, "timeout", route.timeout);
  print_optional(out, "connect_timeout", route.connect_timeout);
  print_optional(out, "first_byte_timeout", route.first_byte_timeout);
  print_optional(out, "total_timeout", route.total_timeout);
  print_optional(out, "sse_keepalive", route.sse_keepalive);
  if (route.failover_preamble) print_preamble(out, *route.failover_preamble);
  if (route.retry_count) out.number("retry_count", *route.retry_count);
  if (route.retry_on.is_explicit) out.text("retry_on", joined(names_of(route.retry_on)));
  out.number("priority", route.priority);
  out.flag("is_active", route.is_active);
  out.text("auth", name_of(route.auth));
  if (!route.permissions.empty()) out.list("permissions", route.permissions);
  out.number("rate_limit", route.rate_limit);
  out.number("burst", route.burst);
  out.number("client_rate_limit", route.client_rate_limit);
  out.number("client_burst", route.client_burst);
  out.number("max_concurrency", route.max_concurrency);
  if (route.queue) {
    out.open("queue");
    out.duration("max_wait", route.queue->max_wait);
    out.number("size", route.queue->size);
    out.close();
  }
  if (route.max_body_size) out.size("max_body_size", *route.max_body_size);
  out.open("audit");
  out.flag("headers", route.audit.headers);
  out.size("request_body", route.audit.request_body);
  out.size("response_body", route.audit.response_body);
  out.close();
}

void print_test_request(YamlWriter& out, const RouteTestConfig& test) {
  out.open("request");
  out.text("method", test.method);
  out.text("path", holds_secret(test.path) ? "/***" : test.path);  // which reads back as a path
  print_headers(out, "headers", test.headers);
  if (test.body_json) out.verbatim("body", shown(*test.body_json));
  if (const auto& body = test.body_text) {
    const bool is_hidden = out.is_substituted("body") || names_secret(*body);
    out.verbatim("body", json_string(is_hidden ? kMask : std::string_view(*body)));
  }
  // Whoever put a key's value here by mistake does not see it printed.
  if (test.key_id) out.text("key", test.key_id->size() <= 15 ? *test.key_id : std::string(kMask));
  out.close();
}

void print_test_expect(YamlWriter& out, const RouteTestConfig& test) {
  const bool is_empty = !test.expect_route_id && !test.expect_target_url && !test.expect_status &&
                        test.expect_headers.empty() && !test.expect_body;
  if (is_empty) return out.verbatim("expect", "{}");
  out.open("expect");
  if (test.expect_route_id) out.text("route_id", *test.expect_route_id);
  if (const auto& url = test.expect_target_url) {
    out.text("target_url", holds_secret(*url) ? kMask : std::string_view(*url));
  }
  if (test.expect_status) out.number("status", *test.expect_status);
  print_headers(out, "headers", test.expect_headers);
  if (test.expect_body) out.verbatim("body", shown(*test.expect_body));
  out.close();
}

}  // namespace

void print_route(YamlWriter& out, const RouteConfig& route) {
  out.text("route_id", route.route_id.value);
  print_optional(out, "route_name", route.route_name);
  print_optional(out, "description", route.description);
  print_match(out, route);
  print_target(out, route);
  print_changes(out, route);
  print_rules(out, route);
  if (route.tests.empty()) return;
  out.open("tests");
  for (const RouteTestConfig& test : route.tests) {
    out.open_entry();
    print_test_request(out, test);
    print_test_expect(out, test);
    out.close_entry();
  }
  out.close();
}

}  // namespace fastgate::config
