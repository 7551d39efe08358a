#include "gateway/route_fit.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::gateway {
namespace {

bool value_fits(const HeaderRule& rule, std::string_view value, RegexScratch* scratch) {
  if (!rule.regex) return equals_ignoring_case(rule.value, value);
  return scratch != nullptr ? rule.regex->matches(value, *scratch) : rule.regex->matches(value);
}

}  // namespace

bool method_fits(const Route& route, const http::RequestHead& head) {
  if (route.methods == 0 && route.other_methods.empty()) return true;
  if (head.method != http::Method::Other) return (route.methods & method_bit(head.method)) != 0;
  return std::ranges::find(route.other_methods, head.method_name()) != route.other_methods.end();
}

std::string_view without_final_dot(std::string_view host) {
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool port_fits(const HostRule& rule, const RequestFacts& facts) {
  if (rule.port.empty()) return true;
  if (!facts.host_port.empty()) return facts.host_port == rule.port;
  return rule.port == (facts.scheme == Scheme::Https ? "443" : "80");
}

bool host_fits(const HostRule& rule, const RequestFacts& facts) {
  if (!port_fits(rule, facts)) return false;
  const std::string_view host = without_final_dot(facts.host);
  switch (rule.kind) {
    case HostRule::Kind::Any:
      return true;
    case HostRule::Kind::Exact:
      return equals_ignoring_case(rule.host, host);
    case HostRule::Kind::Wildcard:
      return host.size() > rule.host.size() &&
             equals_ignoring_case(rule.host, host.substr(host.size() - rule.host.size()));
  }
  return false;
}

bool header_fits(const HeaderRule& rule, const RequestFacts& facts) {
  const http::RequestHead& head = *facts.head;
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (head.fields.id_at(i) != rule.id) continue;
    const http::Field field = head.field(i);
    if (rule.id == http::FieldId::Other && !equals_ignoring_case(field.name, rule.name)) continue;
    if (value_fits(rule, field.value, facts.scratch)) return true;
  }
  return false;
}

bool headers_fit(const Route& route, const RequestFacts& facts) {
  return std::ranges::all_of(route.headers,
                             [&](const HeaderRule& rule) { return header_fits(rule, facts); });
}

}  // namespace fastgate::gateway
