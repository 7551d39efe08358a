#include "net/socket_address.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"

namespace fastgate::net {

socklen_t SocketAddress::to_system(sockaddr_storage& out) const {
  out = {};
  const auto& bytes = address.bytes();
  if (address.is_v4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, &bytes[12], 4);
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&out, &v6, sizeof v6);
  return sizeof v6;
}

std::optional<SocketAddress> SocketAddress::from_system(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, static_cast<const void*>(&address), sizeof v4);
    return SocketAddress{IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, static_cast<const void*>(&address), sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return SocketAddress{IpAddress(bytes), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

std::string SocketAddress::text() const {
  std::string out = address.is_v4() ? address.text() : "[" + address.text() + "]";
  out += ':';
  append_decimal(out, port);
  return out;
}

}  // namespace fastgate::net
