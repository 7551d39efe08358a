/// The nested parts of a route: fixed answers, tests, TLS to the target, retries, capture, queue.
/// Called by config/read_routes only.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "config/yaml_cursor.h"

namespace fastgate::config {

/// `GET,POST` or a list of methods, upper-cased; `ANY` gives an empty list.
void read_methods(const YamlValue& value, std::vector<std::string>& out);
/// `connect, 503` or a list of cases; what is not named is off.
void read_retry_on(const YamlValue& value, RetryOn& out);
void read_target_tls(const YamlValue& value, TargetTlsConfig& out);
[[nodiscard]] RespondConfig read_respond(const YamlValue& value);
[[nodiscard]] QueueConfig read_queue(const YamlValue& value);
void read_audit(const YamlValue& value, AuditConfig& out);
void read_route_tests(const YamlValue& list, std::vector<RouteTestConfig>& out);

}  // namespace fastgate::config
