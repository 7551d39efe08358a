#include <algorithm>
#include <string>

#include "config/readers.h"
#include "http/target.h"

namespace fastgate::config {

namespace {

void read_workers(YamlMapping& section, std::uint32_t& out) {
  const auto value = section.find("workers");
  if (!value) return;
  if (value->text() == "auto") {
    out = 0;
  } else {
    read_value(*value, out, NumberRange{1, 1024});
  }
}

std::string read_host(const YamlValue& value) {
  std::string host(value.text());
  const auto address = IpAddress::parse(host);
  if (host.starts_with('[') && address) return host.substr(1, host.size() - 2);
  const auto parts = http::parse_host(host);
  if (!address && (!parts || parts->host.empty() || !parts->port.empty())) {
    value.error_expected("an address or a host name without a port");
  }
  return host;
}

void read_listeners(YamlMapping& section, ServerConfig& out) {
  const auto host = section.find("host");
  const auto port = section.find("port");
  const auto listen = section.find("listen");
  if (!listen) {
    ListenConfig only{.host = "0.0.0.0", .port = 8000};
    if (host) only.host = read_host(*host);
    if (port) read_value(*port, only.port, NumberRange{0, 65535});
    only.mark = port ? port->mark() : host ? host->mark() : section.mark();
    only.tls = section.has("tls");
    out.listen = {only};
    return;
  }
  if (host) host->error("stands beside `listen`, which says the same: keep one of them");
  if (port) port->error("stands beside `listen`, which says the same: keep one of them");
  out.listen.clear();
  std::size_t entries = 0;
  const auto add = [&](const YamlValue& value) {
    ++entries;
    auto entry = read_listen(value);
    if (!entry) return;
    const bool is_known =
        std::any_of(out.listen.begin(), out.listen.end(), [&](const ListenConfig& other) {
          return entry->port != 0 && other.port == entry->port && other.host == entry->host;
        });
    if (is_known) return value.error("names the same address twice");
    out.listen.push_back(std::move(*entry));
  };
  if (listen->kind() == YamlKind::Scalar) return add(*listen);
  for_each_entry(*listen, add);
  if (out.listen.empty() && entries == 0) listen->error("needs at least one `HOST:PORT`");
}

void read_certificate(const YamlValue& value, std::vector<CertificateConfig>& out) {
  YamlMapping fields(value, "server.tls");
  CertificateConfig certificate;
  const bool has_certificate = fields.read("certificate", certificate.certificate);
  const bool has_key = fields.read("private_key", certificate.private_key);
  fields.finish();
  if (!fields.is_valid()) return;
  if (!has_certificate && !fields.has("certificate")) value.error("needs `certificate`");
  if (!has_key && !fields.has("private_key")) value.error("needs `private_key`");
  out.push_back(std::move(certificate));
}

void read_certificates(YamlMapping& section, ServerConfig& out) {
  const auto tls = section.find("tls");
  if (tls && tls->kind() == YamlKind::Sequence) {
    for_each_entry(*tls, [&](const YamlValue& entry) { read_certificate(entry, out.tls); });
  } else if (tls) {
    read_certificate(*tls, out.tls);
  }
}

constexpr Choice<ClientVerify> kClientVerify[] = {{"required", ClientVerify::Required},
                                                  {"optional", ClientVerify::Optional}};

void read_client_tls(const YamlValue& value, std::optional<ClientTlsConfig>& out) {
  YamlMapping fields(value, "server.client_tls");
  ClientTlsConfig clients;
  clients.mark = value.mark();
  const bool has_ca = fields.read("ca", clients.ca);
  fields.read("verify", clients.verify, kClientVerify);
  fields.read("crl", clients.crl);
  fields.read("depth", clients.depth, NumberRange{0, 100});
  fields.finish();
  if (!fields.is_valid()) return;
  if (!has_ca && !fields.has("ca")) value.error("needs `ca`");
  out = std::move(clients);
}

}  // namespace

void read_server(const YamlValue& value, ServerConfig& out) {
  YamlMapping section(value, "server");
  read_listeners(section, out);
  read_workers(section, out.workers);
  read_certificates(section, out);
  if (const auto clients = section.find("client_tls")) read_client_tls(*clients, out.client_tls);
  section.read("client_header_timeout", out.client_header_timeout, kTimeoutRange);
  section.read("client_body_timeout", out.client_body_timeout, kTimeoutRange);
  section.read("send_timeout", out.send_timeout, kTimeoutRange);
  section.read("keepalive_timeout", out.keepalive_timeout, kTimeoutRange);
  section.read("keepalive_requests", out.keepalive_requests, NumberRange{0, 1'000'000'000});
  section.read("max_header_size", out.max_header_size, SizeRange{kibibytes(1), mebibytes(1)});
  section.read("max_body_size", out.max_body_size, SizeRange{Bytes{0}, mebibytes(1U << 20)});
  section.read("max_connections", out.max_connections, NumberRange{1, 10'000'000});
  section.read("defer_accept", out.defer_accept);
  section.read("shutdown_timeout", out.shutdown_timeout,
               DurationRange{milliseconds(0), std::chrono::hours(24 * 7)});
  section.read("trusted_proxies", out.trusted_proxies);
  section.read("core_dumps", out.core_dumps);
  section.finish();
}

}  // namespace fastgate::config
