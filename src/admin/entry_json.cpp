#include "admin/entry_json.h"

#include <array>
#include <cstdint>

#include "admin/api.h"
#include "admin/shown_entry.h"
#include "base/base64url.h"
#include "base/random.h"
#include "base/sha256.h"
#include "config/iso_time.h"
#include "config/option_names.h"
#include "config/print.h"
#include "config/secret_names.h"
#include "config/secret_query.h"

namespace fastgate::admin {
namespace {

using config::RouteConfig;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ",") + word;
  return out.empty() ? "ANY" : out;
}

void show_match(ShownEntry& out, const RouteConfig& route) {
  out.text("match_path", route.match_path.value);
  out.text("match_method", joined(route.match_method));
  out.text_if("match_host", route.match_host.value);
  out.headers("match_headers", route.match_headers);
  out.json("match_body_schema", route.match_body_schema);
}

void show_respond(ShownEntry& out, const config::RespondConfig& respond) {
  out.writer().key("respond").begin_object();
  ShownEntry part = out.part("respond");
  part.number("status", respond.status);
  part.headers("headers", respond.headers);
  if (respond.is_json && !respond.body.is_substituted) {
    part.writer().key("body").raw(respond.body.value);
  } else {
    part.masked("body", respond.body);
  }
  out.writer().end_object();
}

void show_target_tls(ShownEntry& out, const config::TargetTlsConfig& tls) {
  out.writer().key("target_tls").begin_object();
  ShownEntry part = out.part("target_tls");
  part.masked("ca", tls.ca);
  if (tls.server_name) part.text("server_name", *tls.server_name);
  part.flag("verify", tls.verify);
  part.masked("client_certificate", tls.client_certificate);
  part.masked("client_key", tls.client_key);
  out.writer().end_object();
}

void show_target(ShownEntry& out, const RouteConfig& route) {
  out.text_if("target_host", route.target_host.value);
  out.text_if("upstream", route.upstream.value);
  if (route.respond) show_respond(out, *route.respond);
  out.masked("target_path", route.target_path);
  out.text("target_protocol", route.target_protocol == config::Protocol::Https ? "https" : "http");
  if (route.target_protocol == config::Protocol::Https) show_target_tls(out, route.target_tls);
  out.flag("strip_path_prefix", route.strip_path_prefix);
}

void show_changes(ShownEntry& out, const RouteConfig& route) {
  out.headers("add_headers", route.add_headers);
  out.names("remove_headers", route.remove_headers);
  out.headers("add_response_headers", route.add_response_headers);
  out.names("remove_response_headers", route.remove_response_headers);
  out.writer().key("add_body_fields").begin_object();
  ShownEntry part = out.part("add_body_fields");
  for (const auto& [name, value] : route.add_body_fields) part.json(name, value);
  out.writer().end_object();
  out.list("remove_body_fields", route.remove_body_fields);
}

void show_preamble(ShownEntry& out, const config::PreambleConfig& preamble) {
  if (preamble.bytes.count == 0) return out.text("failover_preamble", "off");
  out.writer().key("failover_preamble").begin_object();
  ShownEntry part = out.part("failover_preamble");
  part.number("bytes", preamble.bytes.count);
  part.seconds("time", preamble.time);
  out.writer().end_object();
}

void show_timing(ShownEntry& out, const RouteConfig& route) {
  out.seconds("timeout", route.timeout);
  out.seconds("connect_timeout", route.connect_timeout);
  out.seconds("first_byte_timeout", route.first_byte_timeout);
  out.seconds("total_timeout", route.total_timeout);
  out.seconds("sse_keepalive", route.sse_keepalive);
  if (route.failover_preamble) show_preamble(out, *route.failover_preamble);
  if (route.retry_count) out.number("retry_count", *route.retry_count);
  if (route.retry_on.is_explicit) out.list("retry_on", config::names_of(route.retry_on));
}

void show_rules(ShownEntry& out, const RouteConfig& route) {
  json::JsonWriter& json = out.writer();
  out.signed_number("priority", route.priority);
  out.flag("is_active", route.is_active);
  out.text("auth", config::name_of(route.auth));
  out.list("permissions", route.permissions);
  out.number("rate_limit", route.rate_limit);
  out.number("burst", route.burst);
  out.number("client_rate_limit", route.client_rate_limit);
  out.number("client_burst", route.client_burst);
  out.number("max_concurrency", route.max_concurrency);
  if (route.queue) {
    json.key("queue").begin_object();
    ShownEntry part = out.part("queue");
    part.seconds("max_wait", route.queue->max_wait);
    part.number("size", route.queue->size);
    json.end_object();
  }
  if (route.max_body_size) out.number("max_body_size", route.max_body_size->count);
  json.key("audit").begin_object();
  ShownEntry part = out.part("audit");
  part.flag("headers", route.audit.headers);
  part.number("request_body", route.audit.request_body.count);
  part.number("response_body", route.audit.response_body.count);
  json.end_object();
}

void show_test(ShownEntry out, const config::RouteTestConfig& test) {
  json::JsonWriter& json = out.writer();
  json.begin_object().key("request").begin_object();
  ShownEntry request = out.part("request");
  request.text("method", test.method);
  request.url("path", test.path);
  request.headers("headers", test.headers);
  request.json("body", test.body_json);
  if (const auto& body = test.body_text) {
    request.text("body", config::names_secret(*body) ? config::kMask : std::string_view(*body));
  }
  // Whoever put a key's value here by mistake does not see it shown.
  if (test.key_id) request.text("key", test.key_id->size() <= 15 ? *test.key_id : "***");
  json.end_object().key("expect").begin_object();
  ShownEntry expect = out.part("expect");
  if (test.expect_route_id) expect.text("route_id", *test.expect_route_id);
  if (test.expect_target_url) expect.url("target_url", *test.expect_target_url);
  if (test.expect_status) expect.number("status", *test.expect_status);
  if (!test.expect_headers.empty()) expect.headers("headers", test.expect_headers);
  expect.json("body", test.expect_body);
  json.end_object().end_object();
}

void show_time(json::JsonWriter& json, std::string_view name, const std::optional<WallTime>& time) {
  json.key(name);
  if (time) {
    json.value(config::format_iso_time(*time));
  } else {
    json.null();
  }
}

std::string route_base(std::size_t index) {
  return "/routes/" + std::to_string(index);
}

/// What a route's fields hold behind their masks, and `${…}` as it was written.
std::string hidden_text(const config::Config& config, std::size_t index) {
  const RouteConfig& route = config.routes[index];
  std::string text;
  const auto add = [&text](std::string_view value) { text.append(value).append(1, '\0'); };
  const auto add_all = [&](const std::vector<config::NamedText>& headers) {
    for (const config::NamedText& header : headers) add(header.value.value);
  };
  add_all(route.match_headers);
  add_all(route.add_headers);
  add_all(route.add_response_headers);
  if (route.respond) add_all(route.respond->headers);
  const auto add_json = [&add](const std::optional<config::Json>& value) {
    if (value) add(value->text);
  };
  add_json(route.match_body_schema);
  for (const config::RouteTestConfig& test : route.tests) {
    add_all(test.headers);
    add_all(test.expect_headers);
    add(test.path);
    add(test.expect_target_url.value_or(""));
    add_json(test.body_json);
    add(test.body_text.value_or(""));
    add_json(test.expect_body);
  }
  for (const auto& [name, value] : route.add_body_fields) add(value.text);
  const std::string prefix = route_base(index) + "/";
  for (auto at = config.substituted.lower_bound(prefix);
       at != config.substituted.end() && at->first.starts_with(prefix); ++at) {
    add(at->second);
  }
  return text;
}

std::string salted_tag(std::string_view salt, std::string_view shown, std::string_view hidden) {
  return tag_of(std::string(salt).append(shown).append(hidden));
}

}  // namespace

void append_route_fields(json::JsonWriter& json, const config::Config& config, std::size_t index) {
  const RouteConfig& route = config.routes[index];
  ShownEntry out(json, config, route_base(index));
  out.text("route_id", route.route_id.value);
  out.text("route_name", route.route_name);
  out.text("description", route.description);
  show_match(out, route);
  show_target(out, route);
  show_changes(out, route);
  show_timing(out, route);
  show_rules(out, route);
  json.key("tests").begin_array();
  for (std::size_t i = 0; i < route.tests.size(); ++i) {
    show_test(out.part("tests/" + std::to_string(i)), route.tests[i]);
  }
  json.end_array();
}

void append_route_place(json::JsonWriter& json, const config::Config& config, std::size_t index) {
  const RouteConfig& route = config.routes[index];
  json.key("file").value(config.files[route.mark.file]).key("line").value(route.mark.line);
  json.key("is_substituted").begin_array();
  const ShownEntry shown(json, config, route_base(index));
  for (const std::string& name : shown.substituted()) json.value(name);
  json.end_array();
}

void append_key_fields(json::JsonWriter& json, const config::Config& config, std::size_t index) {
  const config::KeyConfig& key = config.keys[index];
  ShownEntry out(json, config, "/keys/" + std::to_string(index));
  out.text("key_id", key.key_id.value);
  out.text("source_path", key.source_path);
  out.text("description", key.description);
  out.list("permissions", key.permissions);
  if (key.rate_limit) {
    out.number("rate_limit", *key.rate_limit);
  } else {
    json.key("rate_limit").null();
  }
  out.number("burst", key.burst);
  out.number("max_concurrency", key.max_concurrency);
  out.list("allowed_ips", config::texts_of(key.allowed_ips));
  out.list("allowed_routes", key.allowed_routes);
  out.list("allowed_models", key.allowed_models);
  show_time(json, "created_at", key.created_at);
  show_time(json, "expires_at", key.expires_at);
  out.flag("is_active", key.is_active);
  show_time(json, "rotation_expires_at",
            key.previous_sha256 ? key.previous_expires_at : std::nullopt);
}

std::string route_text(const config::Config& config, std::size_t index) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object();
  append_route_fields(json, config, index);
  json.end_object();
  return text;
}

std::string key_text(const config::Config& config, std::size_t index) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object();
  append_key_fields(json, config, index);
  json.end_object();
  return text;
}

std::string route_tag(const config::Config& config, std::size_t index, std::string_view salt) {
  return salted_tag(salt, route_text(config, index), hidden_text(config, index));
}

std::string key_tag(const config::Config& config, std::size_t index, std::string_view salt) {
  return salted_tag(salt, key_text(config, index), to_hex(config.keys[index].key_sha256));
}

std::string make_tag_salt() {
  std::array<std::uint8_t, 32> bytes{};
  fill_secret_random(bytes);
  return base64url_encode(bytes);
}

std::string route_yaml(const config::Config& config, std::size_t index) {
  std::map<std::string, std::string> substituted;
  const std::string prefix = route_base(index) + "/";
  for (auto at = config.substituted.lower_bound(prefix);
       at != config.substituted.end() && at->first.starts_with(prefix); ++at) {
    substituted.emplace("/routes/0/" + at->first.substr(prefix.size()), at->second);
  }
  config::YamlWriter out(substituted);
  out.open("routes");
  out.open_entry();
  config::print_route(out, config.routes[index]);
  out.close_entry();
  out.close();
  return out.take();
}

}  // namespace fastgate::admin
