#include <string>

#include "base/host_port.h"
#include "base/sha256.h"
#include "config/iso_time.h"
#include "config/option_names.h"
#include "config/print.h"
#include "config/secret_names.h"
#include "config/secret_query.h"

namespace fastgate::config {

namespace {

void print_hash(YamlWriter& out, const UpstreamConfig& upstream) {
  if (upstream.balance != Balance::Hash) return;
  switch (upstream.hash_by) {
    case HashBy::Header:
      return out.text("hash_by", "header:" + upstream.hash_header);
    case HashBy::Key:
      return out.text("hash_by", "key");
    case HashBy::Client:
      return out.text("hash_by", "client");
  }
}

void print_server(YamlWriter& out, const UpstreamServerConfig& server) {
  out.open_entry();
  out.text("host",
           server.port == 0 ? host_text(server.host) : host_port_text(server.host, server.port));
  out.number("weight", server.weight);
  out.flag("backup", server.backup);
  out.flag("down", server.down);
  out.number("max_conns", server.max_conns);
  out.close_entry();
}

void print_health_check(YamlWriter& out, const HealthCheckConfig& check) {
  out.open("health_check");
  out.text("path", check.path);
  out.duration("interval", check.interval);
  out.duration("timeout", check.timeout);
  out.number("unhealthy_after", check.unhealthy_after);
  out.number("healthy_after", check.healthy_after);
  out.text("expect_status",
           std::to_string(check.expect_status_min) + "-" + std::to_string(check.expect_status_max));
  out.close();
}

}  // namespace

void print_headers(YamlWriter& out, std::string_view name, const std::vector<NamedText>& headers) {
  if (headers.empty()) return;
  out.open(name);
  for (const NamedText& header : headers) {
    Text value = header.value;
    if (is_secret_name(header.name) || holds_secret(value.value)) value.value = kMask;
    out.masked(header.name, value);
  }
  out.close();
}

void print_upstream(YamlWriter& out, const UpstreamConfig& upstream) {
  out.text("name", upstream.name.value);
  out.open("servers");
  for (const UpstreamServerConfig& server : upstream.servers) print_server(out, server);
  out.close();
  out.text("balance", name_of(upstream.balance));
  print_hash(out, upstream);
  out.number("keepalive", upstream.keepalive);
  out.duration("keepalive_timeout", upstream.keepalive_timeout);
  if (upstream.health_check) print_health_check(out, *upstream.health_check);
  out.number("max_fails", upstream.max_fails);
  out.duration("fail_timeout", upstream.fail_timeout);
  out.duration("slow_start", upstream.slow_start);
}

void print_key(YamlWriter& out, const KeyConfig& key) {
  const auto time = [&](std::string_view name, const std::optional<WallTime>& value) {
    if (value) out.text(name, format_iso_time(*value));
  };
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) out.list(name, values);
  };
  out.text("key_id", key.key_id.value);
  // The digest of 256 random bits tells nothing about them.
  out.text("key_sha256", to_hex(key.key_sha256));
  if (key.previous_sha256) out.text("previous_sha256", to_hex(*key.previous_sha256));
  time("previous_expires_at", key.previous_expires_at);
  out.text("source_path", key.source_path);
  out.text("description", key.description);
  out.list("permissions", key.permissions);
  if (key.rate_limit) out.number("rate_limit", *key.rate_limit);
  out.number("burst", key.burst);
  out.number("max_concurrency", key.max_concurrency);
  list("allowed_ips", texts_of(key.allowed_ips));
  list("allowed_routes", key.allowed_routes);
  list("allowed_models", key.allowed_models);
  time("created_at", key.created_at);
  time("expires_at", key.expires_at);
  out.flag("is_active", key.is_active);
}

}  // namespace fastgate::config
