/// What is mostly alike in many routes: who may use them, limits, times, what is taken off heads.
/// Part of a Snapshot.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/model.h"
#include "gateway/template_text.h"
#include "http/fields.h"

namespace fastgate::gateway {

using std::chrono::milliseconds;

/// A header field to set: the name, the compiled value, and whether it came through `${…}`.
struct FieldTemplate {
  std::string name;
  http::FieldId id = http::FieldId::Other;
  TemplateText value;
  bool is_secret = false;
  bool operator==(const FieldTemplate&) const = default;
};

/// A set of field names to take off: known ids as bits, the rest by name.
struct FieldRemoval {
  http::FieldIdSet ids;
  std::vector<std::string> names;  ///< lower case
  void insert(std::string_view name);
  [[nodiscard]] bool contains(const http::Field& field) const {
    if (field.id != http::FieldId::Other) return ids.contains(field.id);
    return !names.empty() && contains_name(field.name);
  }
  bool operator==(const FieldRemoval&) const = default;

 private:
  [[nodiscard]] bool contains_name(std::string_view name) const;
};

/// Requests a minute and at once, of a route and of each client address; 0: no limit (of a burst:
/// as the rate).
struct RouteLimits {
  std::uint32_t rate = 0;
  std::uint32_t burst = 0;
  std::uint32_t client_rate = 0;
  std::uint32_t client_burst = 0;
  std::uint32_t max_concurrency = 0;
  bool operator==(const RouteLimits&) const = default;
};

/// Routes that are configured alike share one, so that requests to thousands of routes read the
/// same memory. Immutable once shared.
struct RoutePolicy {
  config::RouteAuth auth = config::RouteAuth::Required;
  bool may_wait = false;       ///< has a waiting room: `queue`
  bool sets_host = false;      ///< add_headers names Host
  bool keeps_content = false;  ///< heads or bodies, in its records: `RouteConfig::audit`
  config::RetryOn retry_on;
  std::uint32_t retry_count = 0;
  /// Which of X-Forwarded-For, -Proto, -Host, X-Real-IP and X-Request-Id the gateway adds: those
  /// that the route neither removes nor sets itself.
  http::FieldIdSet forwarding;
  RouteLimits limits;
  milliseconds timeout{0};
  milliseconds connect_timeout{0};
  milliseconds first_byte_timeout{0};
  milliseconds total_timeout{0};  ///< 0: none
  milliseconds sse_keepalive{0};  ///< 0: off
  config::PreambleConfig failover_preamble;
  std::uint64_t max_body_size = 0;  ///< bytes; 0: no limit
  FieldRemoval remove_headers;      ///< remove_headers, strip_headers and what add_headers replaces
  FieldRemoval remove_response_headers;  ///< also what add_response_headers replaces
  std::vector<FieldTemplate> add_response_headers;
  std::vector<std::string> permissions;
  bool operator==(const RoutePolicy&) const = default;
};

/// Of everything in which policies of one configuration are likely to differ.
struct RoutePolicyHash {
  [[nodiscard]] std::size_t operator()(const RoutePolicy& policy) const;
};

/// Each policy once; one that was put in stays where it is.
using RoutePolicies = std::unordered_set<RoutePolicy, RoutePolicyHash>;

}  // namespace fastgate::gateway
