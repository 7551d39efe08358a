#include "gateway/group_collector.h"

#include <utility>

#include "base/text.h"
#include "http/target.h"

namespace fastgate::gateway {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

/// Writes values one behind the other so that no two lists of values give the same text.
class IdentityWriter {
 public:
  IdentityWriter& text(std::string_view value) {
    append_decimal(out_, value.size());
    out_.append(":").append(value).append(";");
    return *this;
  }
  template <class Number>
  IdentityWriter& number(Number value) {
    append_decimal(out_, static_cast<std::uint64_t>(value));
    out_.append(";");
    return *this;
  }
  IdentityWriter& optional(const std::optional<config::Text>& value) {
    return value ? text(value->value) : text("-");
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string identity_of(const GroupSpec& group) {
  const config::UpstreamConfig& upstream = group.upstream;
  IdentityWriter out;
  out.text(upstream.name.value).number(group.is_named).text(group.host_header);
  for (const config::UpstreamServerConfig& server : upstream.servers) {
    out.text(server.host).number(server.port);
  }
  out.text("options").number(upstream.balance).number(upstream.hash_by);
  out.text(upstream.hash_header).number(upstream.keepalive);
  out.number(upstream.keepalive_timeout.count()).number(upstream.max_fails);
  out.number(upstream.fail_timeout.count()).number(upstream.slow_start.count());
  if (upstream.health_check) {
    const config::HealthCheckConfig& check = *upstream.health_check;
    out.text(check.path).number(check.interval.count()).number(check.timeout.count());
    out.number(check.unhealthy_after).number(check.healthy_after);
    out.number(check.expect_status_min).number(check.expect_status_max);
  }
  out.text("tls").number(group.protocol);
  if (group.protocol == config::Protocol::Https) {
    out.optional(group.tls.ca).text(group.tls.server_name.value_or("-")).number(group.tls.verify);
    out.optional(group.tls.client_certificate).optional(group.tls.client_key);
  }
  return out.take();
}

config::UpstreamServerConfig server_of(const config::Located<std::string>& target) {
  config::UpstreamServerConfig server;
  server.mark = target.mark;
  server.host = target.value;
  if (const auto parts = http::parse_host(target.value); parts) {
    server.host = parts->host;
    const auto port = parse_decimal(parts->port);
    if (port && *port <= 0xffff) server.port = static_cast<std::uint16_t>(*port);
  }
  return server;
}

}  // namespace

GroupCollector::GroupCollector(const config::Config& config, std::vector<GroupSpec>& groups)
    : config_(config), groups_(groups) {
  for (const config::UpstreamConfig& upstream : config_.upstreams) {
    named_.try_emplace(upstream.name.value, &upstream);
  }
}

GroupIndex GroupCollector::group_of(const config::RouteConfig& route) {
  // Without TLS a group is told by its name alone, which thousands of routes may share.
  if (route.target_protocol != config::Protocol::Http) return add_group_of(route);
  const bool is_named = !route.upstream.value.empty();
  const std::string_view name = is_named ? route.upstream.value : route.target_host.value;
  const auto [known, is_new] =
      (is_named ? plain_named_ : plain_hosts_).try_emplace(name, GroupIndex::None);
  if (is_new) known->second = add_group_of(route);
  return known->second;
}

GroupIndex GroupCollector::add_group_of(const config::RouteConfig& route) {
  GroupSpec group;
  group.protocol = route.target_protocol;
  group.tls = route.target_tls;
  if (!route.upstream.value.empty()) {
    const auto found = named_.find(route.upstream.value);
    if (found == named_.end()) return GroupIndex::None;
    group.upstream = *found->second;
    group.is_named = true;
    group.mark = group.upstream.name.mark;
  } else if (!route.target_host.value.empty()) {
    group.upstream.name = route.target_host;
    group.upstream.servers.push_back(server_of(route.target_host));
    group.host_header = route.target_host.value;
    group.mark = route.target_host.mark;
  } else {
    return GroupIndex::None;
  }
  for (config::UpstreamServerConfig& server : group.upstream.servers) {
    if (server.port != 0) continue;
    server.port = group.protocol == config::Protocol::Https ? kHttpsPort : kHttpPort;
  }
  group.identity = identity_of(group);
  const auto next = static_cast<GroupIndex>(groups_.size());
  const auto [known, is_new] = known_.try_emplace(group.identity, next);
  if (is_new) groups_.push_back(std::move(group));
  return known->second;
}

}  // namespace fastgate::gateway
