#include <string>

#include "config/readers.h"

namespace fastgate::config {

namespace {

constexpr Choice<LogLevel> kLevels[] = {{"error", LogLevel::Error},
                                        {"warn", LogLevel::Warn},
                                        {"info", LogLevel::Info},
                                        {"debug", LogLevel::Debug}};
constexpr Choice<OnFull> kOnFull[] = {{"wait", OnFull::Wait}, {"drop", OnFull::Drop}};

/// A path, `-` or `off`; plain `false` says off as well.
void read_log_path(YamlMapping& section, std::string_view name, std::string& out) {
  const auto value = section.find(name);
  if (!value) return;
  std::string path;
  if (!read_value(*value, path)) return;
  if (path.empty()) return value->error_expected("a path, `-` or `off`");
  if (path.starts_with("syslog:")) {
    return value->error_expected("a path, `-` or `off`",
                                 "; syslog is not written, but systemd takes what goes to `-`");
  }
  if (path == "stderr" || path == "stdout") {
    return value->error_expected("a path, `-` or `off`",
                                 "; write `-`, or `./` before a file's name");
  }
  out = value->is_plain() && path == "false" ? "off" : path;
}

}  // namespace

void read_preamble(const YamlValue& value, PreambleConfig& out) {
  if (value.kind() == YamlKind::Scalar) {
    if (value.text() == "off" || (value.is_plain() && value.text() == "false")) {
      out = {};
      return;
    }
    return value.error_expected("a mapping with `bytes` and `time`, or `off`");
  }
  PreambleConfig read{.bytes = kibibytes(16), .time = milliseconds(2'000)};
  YamlMapping fields(value, "failover_preamble");
  fields.read("bytes", read.bytes, SizeRange{Bytes{1}, mebibytes(1)});
  fields.read("time", read.time, DurationRange{milliseconds(1), std::chrono::minutes(10)});
  fields.finish();
  out = read;
}

void read_proxy(const YamlValue& value, ProxyConfig& out) {
  YamlMapping section(value, "proxy");
  section.read("timeout", out.timeout, kTimeoutRange);
  section.read("connect_timeout", out.connect_timeout, kTimeoutRange);
  section.read("first_byte_timeout", out.first_byte_timeout, kTimeoutRange);
  section.read("total_timeout", out.total_timeout, kTimeoutOrNoneRange);
  if (out.total_timeout == milliseconds(0)) out.total_timeout.reset();
  section.read("max_retries", out.max_retries, NumberRange{0, 100});
  section.read("failover", out.failover);
  section.read("async_audit", out.async_audit);
  if (const auto names = section.find("strip_headers")) {
    std::vector<Located<std::string>> headers;
    read_header_names(*names, headers);
    out.strip_headers.clear();
    for (Located<std::string>& name : headers) out.strip_headers.push_back(std::move(name.value));
  }
  section.read("buffer_limit", out.buffer_limit, SizeRange{kibibytes(4), mebibytes(64)});
  section.read("inspect_limit", out.inspect_limit, SizeRange{kibibytes(1), mebibytes(1024)});
  section.read("max_response_header_size", out.max_response_header_size,
               SizeRange{kibibytes(1), mebibytes(1)});
  section.read("sse_keepalive", out.sse_keepalive, kTimeoutOrNoneRange);
  if (const auto preamble = section.find("failover_preamble")) {
    read_preamble(*preamble, out.failover_preamble);
  }
  section.read("server_timing", out.server_timing);
  section.finish();
}

void read_database(const YamlValue& value, DatabaseConfig& out) {
  YamlMapping section(value, "database");
  section.read("enabled", out.enabled);
  if (const auto path = section.find("sqlite_path")) {
    if (read_value(*path, out.sqlite_path) && out.sqlite_path.value.empty()) {
      path->error("must not be empty; `enabled: false` switches the store off");
    }
  }
  milliseconds retention = out.retention;
  section.read("retention", retention,
               DurationRange{std::chrono::seconds(1), std::chrono::hours(24 * 36500)});
  out.retention = std::chrono::duration_cast<std::chrono::seconds>(retention);
  section.read("max_size", out.max_size, SizeRange{Bytes{0}, mebibytes(1U << 30)});
  section.read("on_full", out.on_full, kOnFull);
  section.read("flush_interval", out.flush_interval,
               DurationRange{milliseconds(1), std::chrono::minutes(1)});
  section.finish();
}

void read_audit_store(const YamlValue& value, DatabaseConfig& out) {
  YamlMapping section(value, "audit");
  section.read("on_full", out.on_full, kOnFull);
  section.finish();
}

void read_rate_limiting(const YamlValue& value, RateLimitingConfig& out) {
  YamlMapping section(value, "rate_limiting");
  section.read("enabled", out.enabled);
  section.read("default_requests_per_minute", out.default_requests_per_minute, kRateRange);
  section.finish();
}

void read_logging(const YamlValue& value, LoggingConfig& out) {
  YamlMapping section(value, "logging");
  section.read("level", out.level, kLevels);
  read_log_path(section, "file", out.file);
  read_log_path(section, "access_log", out.access_log);
  section.read("access_format", out.access_format);
  section.finish();
}

}  // namespace fastgate::config
