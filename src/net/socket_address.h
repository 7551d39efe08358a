/// IP addresses as the system's socket calls want them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/socket.h>

#include "base/ip_address.h"

namespace fastgate::net {

/// An address with a port, as sockets are bound to.
struct SocketAddress {
  IpAddress address;
  std::uint16_t port = 0;

  /// Fills `out` and returns its length: IPv4 as AF_INET, else AF_INET6.
  socklen_t to_system(sockaddr_storage& out) const;
  /// Nothing for other families than AF_INET and AF_INET6.
  [[nodiscard]] static std::optional<SocketAddress> from_system(const sockaddr& address);
  /// `a.b.c.d:port` or `[v6]:port`.
  [[nodiscard]] std::string text() const;
};

}  // namespace fastgate::net
