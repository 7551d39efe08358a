/// A host and its port as one text: in Host fields, URLs, log lines and the printed configuration.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fastgate {

/// `host` as it stands before a port: an IPv6 address in brackets, all else unchanged. Form: a name
/// or an address without brackets. Source: RFC 3986 section 3.2.2.
[[nodiscard]] std::string host_text(std::string_view host);

/// `host:port`, with host_text().
[[nodiscard]] std::string host_port_text(std::string_view host, std::uint16_t port);

}  // namespace fastgate
