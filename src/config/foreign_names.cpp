#include "config/foreign_names.h"

namespace fastgate::config {
namespace {

constexpr std::string_view kEverywhere = "*";

struct ForeignName {
  std::string_view section;  ///< where it is unknown
  std::string_view name;
  std::string_view hint;
};

constexpr std::string_view kInServer = "; it stands in `server`, indented below it";
constexpr std::string_view kInLogging = "; it stands in `logging`, indented below it";
constexpr std::string_view kInRoute = "; it stands in an entry of `routes`";

constexpr ForeignName kNames[] = {
    {"", "host", kInServer},
    {"", "port", kInServer},
    {"", "listen", kInServer},
    {"", "workers", kInServer},
    {"", "tls", kInServer},
    {"", "trusted_proxies", kInServer},
    {"", "max_body_size", kInServer},
    {"", "max_connections", kInServer},
    {"", "keepalive_timeout", kInServer},
    {"", "level", kInLogging},
    {"", "file", kInLogging},
    {"", "access_log", kInLogging},
    {"", "access_format", kInLogging},
    {"", "match_path", kInRoute},
    {"", "target_host", kInRoute},
    {"", "respond", kInRoute},
    {"routes", "path", "; did you mean `match_path`?"},
    {"routes", "method", "; did you mean `match_method`?"},
    {"routes", "methods", "; did you mean `match_method`?"},
    {"routes", "host", "; did you mean `match_host`?"},
    {"routes", "headers", "; did you mean `match_headers` or `add_headers`?"},
    {"routes", "name", "; did you mean `route_name`?"},
    {"routes", "id", "; did you mean `route_id`?"},
    {"upstreams.servers", "server", "; did you mean `host`?"},
    // nginx's words.
    {kEverywhere, "worker_processes", "; here it is `server.workers`"},
    {kEverywhere, "worker_connections", "; here it is `server.max_connections`"},
    {kEverywhere, "error_log", "; here it is `logging.file` and `logging.level`"},
    {kEverywhere, "log_format", "; here it is `logging.access_format`"},
    {kEverywhere, "pid", "; here it is `pid_file`"},
    {kEverywhere, "server_name", "; here it is `match_host` of a route"},
    {kEverywhere, "ssl_certificate", "; here it is `certificate` of an entry of `server.tls`"},
    {kEverywhere, "ssl_certificate_key", "; here it is `private_key` of an entry of `server.tls`"},
    {kEverywhere, "ssl_client_certificate", "; here it is `ca` of `server.client_tls`"},
    {kEverywhere, "ssl_verify_client", "; here it is `verify` of `server.client_tls`"},
    {kEverywhere, "ssl_verify_depth", "; here it is `depth` of `server.client_tls`"},
    {kEverywhere, "ssl_crl", "; here it is `crl` of `server.client_tls`"},
    {kEverywhere, "client_max_body_size", "; here it is `max_body_size` of `server` or a route"},
    {kEverywhere, "client_header_buffer_size", "; here it is `server.max_header_size`"},
    {kEverywhere, "large_client_header_buffers", "; here it is `server.max_header_size`"},
    {kEverywhere, "set_real_ip_from", "; here it is `server.trusted_proxies`"},
    {kEverywhere, "location", "; here it is `match_path` of a route"},
    {kEverywhere, "proxy_pass", "; here it is `target_host` or `upstream` of a route"},
    {kEverywhere, "rewrite", "; here it is `target_path` of a route"},
    {kEverywhere, "return", "; here it is `respond` of a route"},
    {kEverywhere, "proxy_set_header", "; here it is `add_headers` of a route"},
    {kEverywhere, "add_header", "; here it is `add_response_headers` of a route"},
    {kEverywhere, "proxy_hide_header", "; here it is `remove_response_headers` of a route"},
    {kEverywhere, "proxy_connect_timeout", "; here it is `connect_timeout` of `proxy` or a route"},
    {kEverywhere, "proxy_read_timeout", "; here it is `timeout` of `proxy` or a route"},
    {kEverywhere, "proxy_next_upstream", "; here it is `retry_on` of a route"},
    {kEverywhere, "limit_req", "; here it is `client_rate_limit` of a route"},
    {kEverywhere, "limit_conn", "; here it is `max_concurrency` of a route"},
    {kEverywhere, "least_conn", "; here it is `balance: least_conn`"},
    {kEverywhere, "ip_hash", "; here it is `balance: hash` with `hash_by: client`"},
};

}  // namespace

std::string_view hint_for_unknown(std::string_view section, std::string_view name) {
  for (const ForeignName& known : kNames) {
    if (known.name == name && (known.section == kEverywhere || known.section == section)) {
      return known.hint;
    }
  }
  return {};
}

}  // namespace fastgate::config
