/// The configuration as plain values: what YAML said, defaults filled in, every place kept.
///
/// Built by config/load on the main thread (or a helper thread at a reload), read by
/// gateway/compile and the server, never changed afterwards. Names are the contract's (sections 2
/// to 4), unchanged.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/app_log.h"
#include "base/clock.h"
#include "base/ip_address.h"
#include "base/sha256.h"
#include "base/units.h"
#include "config/secret_texts.h"

namespace fastgate::config {

using std::chrono::milliseconds;

/// Where a value stands. `file` is an index into Config::files.
struct Mark {
  std::uint32_t file = 0;
  std::uint32_t line = 0;    ///< from 1; 0: not from a file (a default)
  std::uint32_t column = 0;  ///< from 1
  auto operator<=>(const Mark&) const = default;
};

/// A value with its place, for everything that is checked or compiled later.
template <class T>
struct Located {
  T value{};
  Mark mark{};
};

/// A text that may hold a secret: whatever came through `${…}` is masked when shown and never
/// written.
struct Text {
  std::string value;
  Mark mark{};
  bool is_substituted = false;  ///< some part came through `${NAME}` or `${file:…}`
  /// Where a `{` stands that came so, in order: it opens no placeholder.
  std::vector<std::uint32_t> literal_braces{};
};

/// A YAML value turned into JSON text. Form: plain YAML scalars become JSON numbers, booleans, null
/// by YAML's core schema; quoted ones stay strings; order of keys is kept.
struct Json {
  std::string text;
  Mark mark{};
  std::map<std::string, Mark> places;  ///< by JSON pointer ("/properties/model"), "" is `mark`
  bool is_substituted = false;
  std::string masked;  ///< if is_substituted: the text with `***` for what came through `${…}`
};

// ---------------------------------------------------------------------------------------- server

struct CertificateConfig {
  Text certificate;  ///< path of a PEM chain, leaf first
  Text private_key;  ///< path of a PEM key
};

enum class ClientVerify : std::uint8_t { Required, Optional };

/// The certificates of clients, asked for by every listener with TLS.
struct ClientTlsConfig {
  Text ca;  ///< path of a PEM bundle: the authorities that sign them
  ClientVerify verify = ClientVerify::Required;
  std::optional<Text> crl;  ///< path of PEM revocation lists
  std::uint32_t depth = 1;  ///< authorities between the certificate and one of `ca`, at most
  Mark mark{};
};

struct ListenConfig {
  std::string host;        ///< address or name; "" for a UNIX socket is not supported
  std::uint16_t port = 0;  ///< 0: any free port (the log's `listening` line tells it)
  bool tls = false;
  Mark mark{};
};

struct ServerConfig {
  std::vector<ListenConfig> listen;  ///< from `listen`, or one of `host` and `port`
  std::uint32_t workers = 0;         ///< 0: one a core (`auto`)
  std::vector<CertificateConfig> tls;
  /// One for all certificates: a client could name one host by SNI and ask another.
  std::optional<ClientTlsConfig> client_tls;
  milliseconds client_header_timeout{10'000};
  milliseconds client_body_timeout{30'000};
  milliseconds send_timeout{60'000};  ///< a client that takes no byte for so long is closed
  milliseconds keepalive_timeout{75'000};
  std::uint32_t keepalive_requests = 0;  ///< requests of one connection; 0: no limit
  Bytes max_header_size = kibibytes(32);
  Bytes max_body_size = mebibytes(64);    ///< 0: no limit
  std::uint32_t max_connections = 65536;  ///< over all workers
  bool defer_accept = true;               ///< connections are accepted with their first bytes
  milliseconds shutdown_timeout{0};  ///< QUIT: connections still busy after it are cut; 0: never
  std::vector<IpNetwork> trusted_proxies;
  bool core_dumps = false;  ///< a crash may leave the memory, with the keys in it, in a core file
};

// ----------------------------------------------------------------------------------------- admin

enum class AdminAuth : std::uint8_t { Token, None };
enum class AdminRole : std::uint8_t { Admin, Operator, Viewer };

struct AdminTokenConfig {
  std::string name;
  Sha256 token_sha256{};
  AdminRole role = AdminRole::Admin;
  Mark mark{};
};

struct AdminConfig {
  std::string path = "/admin";
  std::string health_path = "/health";    ///< empty: switched off
  std::string metrics_path = "/metrics";  ///< empty: switched off
  bool metrics_on_admin_only = false;
  std::optional<ListenConfig> listen;    ///< absent: on the same listeners as traffic
  std::vector<AdminTokenConfig> tokens;  ///< from `token`, `token_sha256` or `tokens`
  AdminAuth auth = AdminAuth::Token;
  std::vector<IpNetwork> allow;  ///< default: loopback
};

// ---------------------------------------------------------------- database, proxy, limits, logging

enum class OnFull : std::uint8_t { Wait, Drop };

struct DatabaseConfig {
  bool enabled = true;
  Text sqlite_path{.value = "data/fastgate.db"};
  std::chrono::seconds retention{30 * 24 * 3600};
  Bytes max_size{0};              ///< 0: no limit
  OnFull on_full = OnFull::Wait;  ///< `audit.on_full`
  milliseconds flush_interval{200};
};

/// How long the beginning of an event stream is held back, so that one that begins with an error
/// can still be replaced by another server's.
struct PreambleConfig {
  Bytes bytes{0};  ///< of the answer's body, at most; 0: nothing is held back
  milliseconds time{0};
  bool operator==(const PreambleConfig&) const = default;
};

struct ProxyConfig {
  milliseconds timeout{30'000};
  milliseconds connect_timeout{5'000};
  std::optional<milliseconds> first_byte_timeout;  ///< absent: `timeout`
  std::optional<milliseconds> total_timeout;       ///< absent: none
  std::uint32_t max_retries = 3;
  bool failover = true;
  bool async_audit = true;
  std::vector<std::string> strip_headers;
  Bytes buffer_limit = kibibytes(64);
  Bytes inspect_limit = mebibytes(8);
  Bytes max_response_header_size = kibibytes(64);
  milliseconds sse_keepalive{0};
  PreambleConfig failover_preamble;
  bool server_timing = false;
};

struct RateLimitingConfig {
  bool enabled = true;
  std::uint32_t default_requests_per_minute = 0;  ///< 0: no limit
};

struct LoggingConfig {
  LogLevel level = LogLevel::Info;
  std::string file = "logs/fastgate.log";      ///< `off`, `-` (standard error) or a path
  std::string access_log = "logs/access.log";  ///< `off`, `-` (standard output) or a path
  Located<std::string> access_format{.value =
                                         "combined"};  ///< combined, json, logfmt, or `$variables`
};

// ------------------------------------------------------------------------------------- upstreams

enum class Balance : std::uint8_t { RoundRobin, LeastConn, Hash, Random2 };
enum class HashBy : std::uint8_t { Header, Key, Client };

struct UpstreamServerConfig {
  std::string host;  ///< name or address, brackets off
  std::uint16_t port = 0;
  std::uint32_t weight = 1;
  bool backup = false;
  bool down = false;
  std::uint32_t max_conns = 0;  ///< 0: no limit
  Mark mark{};
};

struct HealthCheckConfig {
  std::string path = "/health";
  milliseconds interval{5'000};
  milliseconds timeout{2'000};
  std::uint32_t unhealthy_after = 3;
  std::uint32_t healthy_after = 2;
  std::uint16_t expect_status_min = 200;
  std::uint16_t expect_status_max = 399;
};

enum class Protocol : std::uint8_t { Http, Https };

/// How TLS to an upstream is verified.
struct TargetTlsConfig {
  std::optional<Text> ca;                  ///< PEM bundle; absent: the system's roots
  std::optional<std::string> server_name;  ///< SNI and name to verify; absent: the target's host
  bool verify = true;
  std::optional<Text> client_certificate;
  std::optional<Text> client_key;
};

struct UpstreamConfig {
  Located<std::string> name;
  std::vector<UpstreamServerConfig> servers;
  Balance balance = Balance::RoundRobin;
  HashBy hash_by = HashBy::Client;
  std::string hash_header;       ///< with HashBy::Header
  std::uint32_t keepalive = 64;  ///< idle connections that a worker keeps to each server
  milliseconds keepalive_timeout{60'000};
  std::optional<HealthCheckConfig> health_check;
  std::uint32_t max_fails = 3;  ///< 0: never taken out
  milliseconds fail_timeout{10'000};
  milliseconds slow_start{0};
};

// ---------------------------------------------------------------------------------------- routes

enum class RouteAuth : std::uint8_t { Required, Optional, None };

/// What `retry_on` may name, as bits.
struct RetryOn {
  bool connect = true;  ///< could not connect: nothing was sent
  bool timeout = false;
  bool reset = false;
  bool status_429 = false;
  bool status_502 = false;
  bool status_503 = false;
  bool status_504 = false;
  bool is_explicit = false;  ///< the route wrote `retry_on`
  bool operator==(const RetryOn&) const = default;
};

struct NamedText {
  std::string name;
  Mark name_mark{};
  Text value;
};

struct RespondConfig {
  std::uint16_t status = 200;
  std::vector<NamedText> headers;
  Text body;  ///< text as written, or JSON text where YAML gave an object or list
  bool is_json = false;
};

struct AuditConfig {
  bool headers = false;
  Bytes request_body{0};
  Bytes response_body{0};
};

struct QueueConfig {
  milliseconds max_wait{2'000};
  std::uint32_t size = 100;
};

struct RouteTestConfig {
  std::string method = "GET";
  std::string path = "/";
  std::vector<NamedText> headers;
  std::optional<Json> body_json;
  std::optional<std::string> body_text;
  std::optional<std::string> key_id;
  std::optional<std::string> expect_route_id;
  std::optional<std::string> expect_target_url;
  std::optional<std::uint16_t> expect_status;
  std::vector<NamedText> expect_headers;  ///< of the upstream request, or of the fixed answer
  std::optional<Json> expect_body;
  Mark mark{};
};

struct RouteConfig {
  Located<std::string> route_id;  ///< written, or made from route_name (config/route_ids)
  bool route_id_is_written = false;
  std::string route_name;
  std::string description;
  Located<std::string> match_path;        ///< default `/*`
  std::vector<std::string> match_method;  ///< upper case; empty: ANY
  Located<std::string> match_host;        ///< empty: any
  std::vector<NamedText> match_headers;
  std::optional<Json> match_body_schema;
  Located<std::string> target_host;  ///< `host` or `host:port`; empty with `upstream` or `respond`
  Located<std::string> upstream;     ///< name of an upstreams entry
  std::optional<Text> target_path;
  Protocol target_protocol = Protocol::Http;
  TargetTlsConfig target_tls;
  bool strip_path_prefix = false;
  std::vector<NamedText> add_headers;
  std::vector<Located<std::string>> remove_headers;
  std::vector<NamedText> add_response_headers;
  std::vector<Located<std::string>> remove_response_headers;
  std::vector<std::pair<std::string, Json>> add_body_fields;
  std::vector<std::string> remove_body_fields;
  std::optional<milliseconds> timeout;
  std::optional<milliseconds> connect_timeout;
  std::optional<milliseconds> first_byte_timeout;
  std::optional<milliseconds> total_timeout;
  std::optional<milliseconds> sse_keepalive;
  std::optional<PreambleConfig> failover_preamble;
  std::optional<std::uint32_t> retry_count;
  RetryOn retry_on;
  std::int32_t priority = 100;
  bool is_active = true;
  RouteAuth auth = RouteAuth::Required;
  std::vector<std::string> permissions;
  std::uint32_t rate_limit = 0;         ///< requests a minute over all keys; 0: none
  std::uint32_t burst = 0;              ///< 0: as rate_limit
  std::uint32_t client_rate_limit = 0;  ///< requests a minute of one client address; 0: none
  std::uint32_t client_burst = 0;
  std::uint32_t max_concurrency = 0;
  std::optional<QueueConfig> queue;
  std::optional<Bytes> max_body_size;
  AuditConfig audit;
  std::optional<RespondConfig> respond;
  std::vector<RouteTestConfig> tests;
  Mark mark{};  ///< of the entry
};

// ------------------------------------------------------------------------------------------ keys

struct KeyConfig {
  Located<std::string> key_id;  ///< `fg_` + 12 hex digits
  Sha256 key_sha256{};
  std::optional<Sha256> previous_sha256;  ///< rotation: still accepted until
  std::optional<WallTime> previous_expires_at;
  std::string source_path;
  std::string description;
  std::vector<std::string> permissions;
  std::optional<std::uint32_t> rate_limit;  ///< requests a minute; absent: the default; 0: no limit
  std::uint32_t burst = 0;                  ///< 0: as rate_limit
  std::uint32_t max_concurrency = 0;
  std::vector<IpNetwork> allowed_ips;       ///< empty: any
  std::vector<std::string> allowed_routes;  ///< route ids; empty: any
  std::vector<std::string>
      allowed_models;  ///< of a JSON body's `model`, may end in `*`; empty: any
  std::optional<WallTime> created_at;
  std::optional<WallTime> expires_at;  ///< also from `expires_days` after created_at
  bool is_active = true;
  Mark mark{};
};

/// The whole configuration.
struct Config {
  std::vector<std::string> files;  ///< in the order they were read; Mark::file indexes it
  ServerConfig server;
  AdminConfig admin;
  DatabaseConfig database;
  ProxyConfig proxy;
  RateLimitingConfig rate_limiting;
  LoggingConfig logging;
  std::string pid_file = "run/fastgate.pid";
  std::vector<UpstreamConfig> upstreams;
  std::vector<RouteConfig> routes;
  std::vector<KeyConfig> keys;
  /// What was written where a value came through `${…}`, by JSON pointer into this configuration
  /// ("/routes/3/target_host"): print() shows it in place of the value, which may be a secret.
  std::map<std::string, std::string> substituted;
  SecretTexts secrets;  ///< the values themselves, to be kept out of what is shown
};

}  // namespace fastgate::config
