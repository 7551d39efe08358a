#include "base/host_port.h"

namespace fastgate {

std::string host_text(std::string_view host) {
  const bool is_v6 = host.contains(':');
  std::string out;
  if (is_v6) out += '[';
  out += host;
  if (is_v6) out += ']';
  return out;
}

std::string host_port_text(std::string_view host, std::uint16_t port) {
  return host_text(host).append(":").append(std::to_string(port));
}

}  // namespace fastgate
