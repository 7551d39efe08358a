/// Whether one route's conditions on the head fit a request: method, host, headers. RouteIndex and
/// the trace ask the same questions here. Pure.
#pragma once

#include "gateway/request_facts.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

/// The bit of a method in Route::methods. Methods without a name of their own share one.
[[nodiscard]] constexpr std::uint32_t method_bit(http::Method method) {
  return std::uint32_t{1} << static_cast<unsigned>(method);
}

/// Method names are compared with regard to case (RFC 9110 section 9.1).
[[nodiscard]] bool method_fits(const Route& route, const http::RequestHead& head);

/// Without regard to case and to a dot at the end. A rule with a port wants that port in Host, or
/// the scheme's own where Host names none. `*.example.com` fits any depth but not `example.com`.
[[nodiscard]] bool host_fits(const HostRule& rule, const RequestFacts& facts);

/// Whether the request's port is the one that the rule wants.
[[nodiscard]] bool port_fits(const HostRule& rule, const RequestFacts& facts);

/// Whether any field of that name has the wanted value.
[[nodiscard]] bool header_fits(const HeaderRule& rule, const RequestFacts& facts);
[[nodiscard]] bool headers_fit(const Route& route, const RequestFacts& facts);

/// A host without the dot that may end a full domain name.
[[nodiscard]] std::string_view without_final_dot(std::string_view host);

}  // namespace fastgate::gateway
