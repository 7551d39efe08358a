#include <algorithm>
#include <string>

#include "base/text.h"
#include "config/readers.h"
#include "http/fields.h"

namespace fastgate::config {

namespace {

constexpr Choice<Balance> kBalances[] = {{"round_robin", Balance::RoundRobin},
                                         {"least_conn", Balance::LeastConn},
                                         {"hash", Balance::Hash},
                                         {"random2", Balance::Random2}};
constexpr std::string_view kHeaderPrefix = "header:";
constexpr NumberRange kCountRange{0, 1'000'000};

void take_address(const YamlValue& value, UpstreamServerConfig& out) {
  if (const auto address = read_host_port(value)) {
    out.host = address->host;
    out.port = address->port.value_or(0);
  }
}

UpstreamServerConfig read_server_fields(const YamlValue& entry) {
  UpstreamServerConfig out{.host = {}, .mark = entry.mark()};
  YamlMapping fields(entry, "upstreams.servers");
  if (const auto host = fields.find("host")) {
    take_address(*host, out);
  } else if (fields.is_valid() && !fields.has("host")) {
    entry.error("needs `host`");
  }
  fields.read("weight", out.weight, NumberRange{1, 65535});
  fields.read("backup", out.backup);
  fields.read("down", out.down);
  fields.read("max_conns", out.max_conns, kCountRange);
  fields.finish();
  return out;
}

void read_servers(const YamlValue& list, std::vector<UpstreamServerConfig>& out) {
  for_each_entry(list, [&](const YamlValue& entry) {
    if (entry.kind() == YamlKind::Scalar) {
      UpstreamServerConfig server{.host = {}, .mark = entry.mark()};
      take_address(entry, server);
      if (entry.is_substituted()) entry.note_substituted("/host");
      out.push_back(std::move(server));
    } else {
      out.push_back(read_server_fields(entry));
    }
  });
  if (list.kind() == YamlKind::Sequence && out.empty()) {
    return list.error("needs at least one server");
  }
  const auto is_backup = [](const UpstreamServerConfig& server) { return server.backup; };
  if (list.kind() == YamlKind::Sequence && std::all_of(out.begin(), out.end(), is_backup)) {
    list.error("needs at least one server that is no backup");
  }
}

void read_hash_by(const YamlValue& value, UpstreamConfig& out) {
  const std::string_view text = value.text();
  if (text == "key") {
    out.hash_by = HashBy::Key;
  } else if (text == "client") {
    out.hash_by = HashBy::Client;
  } else if (text.starts_with(kHeaderPrefix) &&
             http::is_field_name(trim(text.substr(kHeaderPrefix.size())))) {
    out.hash_by = HashBy::Header;
    out.hash_header = trim(text.substr(kHeaderPrefix.size()));
  } else {
    value.error_expected("`header:NAME`, `key` or `client`");
  }
}

/// One status, or two with `-` between.
void read_status_range(const YamlValue& value, HealthCheckConfig& out) {
  const auto parts = split(value.text(), '-');
  const auto min = parse_decimal(trim(parts.front()));
  const auto max = parse_decimal(trim(parts.back()));
  if (parts.size() > 2 || !min || !max || *min < 100 || *max > 599 || *min > *max) {
    return value.error_expected("a status such as 200, or a range such as `200-399`");
  }
  out.expect_status_min = static_cast<std::uint16_t>(*min);
  out.expect_status_max = static_cast<std::uint16_t>(*max);
}

HealthCheckConfig read_health_check(const YamlValue& value) {
  HealthCheckConfig out;
  YamlMapping fields(value, "upstreams.health_check");
  if (const auto path = fields.find("path")) {
    if (read_value(*path, out.path) &&
        (!out.path.starts_with('/') || out.path.find_first_of(" \t\r\n#") != std::string::npos)) {
      path->error_expected("a path that begins with `/`");
    }
  }
  fields.read("interval", out.interval, DurationRange{milliseconds(10), std::chrono::hours(24)});
  fields.read("timeout", out.timeout, kTimeoutRange);
  fields.read("unhealthy_after", out.unhealthy_after, NumberRange{1, 1000});
  fields.read("healthy_after", out.healthy_after, NumberRange{1, 1000});
  if (const auto status = fields.find("expect_status")) read_status_range(*status, out);
  fields.finish();
  return out;
}

void read_balance(YamlMapping& fields, UpstreamConfig& out) {
  const auto balance = fields.find("balance");
  if (balance) read_value(*balance, out.balance, kBalances);
  const auto hash_by = fields.find("hash_by");
  if (hash_by) read_hash_by(*hash_by, out);
  if (out.balance == Balance::Hash && !fields.has("hash_by")) {
    balance->error("`hash` needs `hash_by`: `header:NAME`, `key` or `client`");
  }
  if (out.balance != Balance::Hash && hash_by) {
    hash_by->warning("has no effect without `balance: hash`");
  }
}

void read_upstream(const YamlValue& entry, UpstreamConfig& out) {
  YamlMapping fields(entry, "upstreams");
  out.name.mark = entry.mark();
  if (const auto name = fields.find("name")) {
    if (read_value(*name, out.name) && (out.name.value.empty() || out.name.value.size() > 128)) {
      name->error_expected("a name of 1 to 128 characters");
    }
  } else if (fields.is_valid() && !fields.has("name")) {
    entry.error("needs `name`");
  }
  if (const auto servers = fields.find("servers")) {
    read_servers(*servers, out.servers);
  } else if (fields.is_valid() && !fields.has("servers")) {
    entry.error("needs `servers`");
  }
  read_balance(fields, out);
  fields.read("keepalive", out.keepalive, kCountRange);
  fields.read("keepalive_timeout", out.keepalive_timeout, kTimeoutRange);
  if (const auto check = fields.find("health_check")) out.health_check = read_health_check(*check);
  fields.read("max_fails", out.max_fails, kCountRange);
  fields.read("fail_timeout", out.fail_timeout, kTimeoutRange);
  fields.read("slow_start", out.slow_start, kTimeoutOrNoneRange);
  fields.finish();
}

}  // namespace

void read_upstreams(const YamlValue& list, std::vector<UpstreamConfig>& out) {
  for_each_entry(
      list, [&](const YamlValue& entry) { read_upstream(entry, out.emplace_back()); }, out.size());
}

}  // namespace fastgate::config
