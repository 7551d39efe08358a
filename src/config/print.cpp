#include "config/print.h"

#include <string>

#include "base/host_port.h"
#include "base/sha256.h"
#include "config/load.h"

namespace fastgate::config {

namespace {

void print_listeners(YamlWriter& out, const ServerConfig& server) {
  const bool is_one = server.listen.size() == 1;
  if (is_one && (out.is_substituted("host") || out.is_substituted("port"))) {
    out.text("host", server.listen.front().host);
    out.number("port", server.listen.front().port);
    return;
  }
  std::vector<std::string> addresses;
  addresses.reserve(server.listen.size());
  for (const ListenConfig& listen : server.listen) {
    addresses.push_back(host_port_text(listen.host, listen.port) + (listen.tls ? " tls" : ""));
  }
  out.list("listen", addresses);
}

void print_client_tls(YamlWriter& out, const ClientTlsConfig& clients) {
  out.open("client_tls");
  out.masked("ca", clients.ca);
  out.text("verify", clients.verify == ClientVerify::Required ? "required" : "optional");
  if (clients.crl) out.masked("crl", *clients.crl);
  out.number("depth", clients.depth);
  out.close();
}

void print_server(YamlWriter& out, const ServerConfig& server) {
  out.open("server");
  print_listeners(out, server);
  if (server.workers == 0) {
    out.text("workers", "auto");
  } else {
    out.number("workers", server.workers);
  }
  if (!server.tls.empty()) {
    out.open("tls");
    for (const CertificateConfig& certificate : server.tls) {
      out.open_entry();
      out.masked("certificate", certificate.certificate);
      out.masked("private_key", certificate.private_key);
      out.close_entry();
    }
    out.close();
  }
  if (server.client_tls) print_client_tls(out, *server.client_tls);
  out.duration("client_header_timeout", server.client_header_timeout);
  out.duration("client_body_timeout", server.client_body_timeout);
  out.duration("send_timeout", server.send_timeout);
  out.duration("keepalive_timeout", server.keepalive_timeout);
  out.number("keepalive_requests", server.keepalive_requests);
  out.size("max_header_size", server.max_header_size);
  out.size("max_body_size", server.max_body_size);
  out.number("max_connections", server.max_connections);
  out.flag("defer_accept", server.defer_accept);
  out.duration("shutdown_timeout", server.shutdown_timeout);
  out.list("trusted_proxies", texts_of(server.trusted_proxies));
  out.flag("core_dumps", server.core_dumps);
  out.close();
}

std::string_view name_of(AdminRole role) {
  return role == AdminRole::Admin ? "admin" : role == AdminRole::Operator ? "operator" : "viewer";
}

std::string_view path_or_off(const std::string& path) {
  return path.empty() ? "off" : std::string_view(path);
}

void print_admin(YamlWriter& out, const AdminConfig& admin) {
  out.open("admin");
  out.text("path", admin.path);
  out.text("health_path", path_or_off(admin.health_path));
  out.text("metrics_path", path_or_off(admin.metrics_path));
  out.flag("metrics_on_admin_only", admin.metrics_on_admin_only);
  if (admin.listen) {
    out.text("listen", host_port_text(admin.listen->host, admin.listen->port) +
                           (admin.listen->tls ? " tls" : ""));
  }
  if (!admin.tokens.empty()) out.open("tokens");
  for (const AdminTokenConfig& token : admin.tokens) {
    out.open_entry();
    out.text("name", token.name);
    out.text("role", name_of(token.role));
    // The digest of a short token could be searched for; no token has a digest of zeros.
    out.verbatim("token_sha256", "\"" + to_hex(Sha256{}) + "\"");
    out.comment("*** masked");
    out.close_entry();
  }
  if (!admin.tokens.empty()) out.close();
  out.text("auth", admin.auth == AdminAuth::Token ? "token" : "none");
  out.list("allow", texts_of(admin.allow));
  out.close();
}

void print_database(YamlWriter& out, const DatabaseConfig& database) {
  out.open("database");
  out.flag("enabled", database.enabled);
  out.masked("sqlite_path", database.sqlite_path);
  out.duration("retention", database.retention);
  out.size("max_size", database.max_size);
  out.text("on_full", database.on_full == OnFull::Wait ? "wait" : "drop");
  out.duration("flush_interval", database.flush_interval);
  out.close();
}

void print_proxy(YamlWriter& out, const ProxyConfig& proxy) {
  out.open("proxy");
  out.duration("timeout", proxy.timeout);
  out.duration("connect_timeout", proxy.connect_timeout);
  // Absent it is each route's own timeout, which no value here can say.
  if (proxy.first_byte_timeout) out.duration("first_byte_timeout", *proxy.first_byte_timeout);
  out.duration("total_timeout", proxy.total_timeout.value_or(milliseconds(0)));
  out.number("max_retries", proxy.max_retries);
  out.flag("failover", proxy.failover);
  out.flag("async_audit", proxy.async_audit);
  out.list("strip_headers", proxy.strip_headers);
  out.size("buffer_limit", proxy.buffer_limit);
  out.size("inspect_limit", proxy.inspect_limit);
  out.size("max_response_header_size", proxy.max_response_header_size);
  out.duration("sse_keepalive", proxy.sse_keepalive);
  print_preamble(out, proxy.failover_preamble);
  out.flag("server_timing", proxy.server_timing);
  out.close();
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::Error:
      return "error";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Info:
      return "info";
    case LogLevel::Debug:
      break;
  }
  return "debug";
}

void print_rest(YamlWriter& out, const Config& config) {
  out.open("rate_limiting");
  out.flag("enabled", config.rate_limiting.enabled);
  out.number("default_requests_per_minute", config.rate_limiting.default_requests_per_minute);
  out.close();
  out.open("logging");
  out.text("level", name_of(config.logging.level));
  out.text("file", config.logging.file);
  out.text("access_log", config.logging.access_log);
  out.text("access_format", config.logging.access_format.value);
  out.close();
  out.text("pid_file", config.pid_file);
}

template <class Entry, class Print>
void print_list(YamlWriter& out, std::string_view name, const std::vector<Entry>& entries,
                Print print_entry) {
  if (entries.empty()) return out.verbatim(name, "[]");
  out.open(name);
  for (const Entry& entry : entries) {
    out.open_entry();
    print_entry(out, entry);
    out.close_entry();
  }
  out.close();
}

}  // namespace

std::vector<std::string> texts_of(const std::vector<IpNetwork>& networks) {
  std::vector<std::string> texts;
  texts.reserve(networks.size());
  for (const IpNetwork& network : networks) texts.push_back(network.text());
  return texts;
}

void print_preamble(YamlWriter& out, const PreambleConfig& preamble) {
  if (preamble.bytes.count == 0) return out.text("failover_preamble", "off");
  out.open("failover_preamble");
  out.size("bytes", preamble.bytes);
  out.duration("time", preamble.time);
  out.close();
}

std::string print(const Config& config) {
  YamlWriter out(config.substituted);
  print_server(out, config.server);
  print_admin(out, config.admin);
  print_database(out, config.database);
  print_proxy(out, config.proxy);
  print_rest(out, config);
  print_list(out, "upstreams", config.upstreams, print_upstream);
  print_list(out, "routes", config.routes, print_route);
  print_list(out, "keys", config.keys, print_key);
  return out.take();
}

}  // namespace fastgate::config
