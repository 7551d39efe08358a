/// The readers of the sections: one YAML value into one struct of config/model.h each.
///
/// Every reader reports what is wrong with its section and goes on; what it could not read keeps
/// its default. A list reader appends, so that included files add to the same lists. Called by
/// config/load only.
#pragma once

#include <string_view>
#include <vector>

#include "config/model.h"
#include "config/yaml_cursor.h"

namespace fastgate::config {

void read_server(const YamlValue& section, ServerConfig& out);
void read_admin(const YamlValue& section, AdminConfig& out);
void read_database(const YamlValue& section, DatabaseConfig& out);
/// The top-level `audit: {on_full}`, which is the store's.
void read_audit_store(const YamlValue& section, DatabaseConfig& out);
void read_proxy(const YamlValue& section, ProxyConfig& out);
void read_rate_limiting(const YamlValue& section, RateLimitingConfig& out);
void read_logging(const YamlValue& section, LoggingConfig& out);
void read_upstreams(const YamlValue& list, std::vector<UpstreamConfig>& out);
void read_routes(const YamlValue& list, std::vector<RouteConfig>& out);
/// `now` is where `expires_days` begins for a key without `created_at`.
void read_keys(const YamlValue& list, std::vector<KeyConfig>& out, WallTime now);

// ------------------------------------------------------- parts that several sections have in
// common

/// `HOST:PORT` with `tls` behind it, `:PORT` or `PORT`. Reports and returns nothing on anything
/// else.
[[nodiscard]] std::optional<ListenConfig> read_listen(const YamlValue& value);

/// A host name or address that may have a port, never a scheme or a path.
struct HostPort {
  std::string host;  ///< brackets off
  std::optional<std::uint16_t> port;
};
[[nodiscard]] std::optional<HostPort> read_host_port(const YamlValue& value);

/// What a list of header fields is for decides which names it may hold.
enum class HeaderUse : std::uint8_t {
  Match,          ///< compared only: any name
  AddToRequest,   ///< not the framing and connection fields
  AddToResponse,  ///< nor Host
};
/// A mapping of names to values. Values are never quoted in errors.
void read_headers(const YamlValue& value, std::vector<NamedText>& out, HeaderUse use);
/// A list of names that are taken off; the framing fields cannot be.
void read_header_names(const YamlValue& value, std::vector<Located<std::string>>& out);
/// Whether the name may stand in the lists above; reports if it may not.
bool check_header_name(const YamlValue& value, std::string_view name, HeaderUse use);

/// `{bytes, time}`, or `off`.
void read_preamble(const YamlValue& value, PreambleConfig& out);

/// A `/path` of our own, or `off` (then empty).
void read_own_path(const YamlValue& value, std::string& out);

/// Bounds that several sections share.
inline constexpr DurationRange kTimeoutRange{std::chrono::milliseconds(1), std::chrono::hours(24)};
inline constexpr DurationRange kTimeoutOrNoneRange{std::chrono::milliseconds(0),
                                                   std::chrono::hours(24)};
inline constexpr NumberRange kRateRange{0, 1'000'000'000};
inline constexpr NumberRange kConcurrencyRange{0, 10'000'000};

}  // namespace fastgate::config
