/// IP addresses and networks: the client's address, `trusted_proxies`, `allow`, `allowed_ips`.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fastgate {

/// An IPv4 or IPv6 address without port. IPv4 is held in its mapped IPv6 form (::ffff:a.b.c.d), so
/// that a client that arrives through a dual-stack socket compares equal.
class IpAddress {
 public:
  IpAddress() = default;
  explicit IpAddress(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  [[nodiscard]] static IpAddress v4(std::uint32_t host_order);

  /// Form: `a.b.c.d`, or any IPv6 text form with or without brackets; no zone, no port. Errors:
  /// Config.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] bool is_loopback() const;
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// Canonical text (RFC 5952); IPv4 dotted.
  [[nodiscard]] std::string text() const;
  /// The same appended to `out`, for log lines.
  void append_to(std::string& out) const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A network such as `10.0.0.0/8` or `::1/128`; a bare address is a network of one.
struct IpNetwork {
  IpAddress base;
  std::uint8_t prefix_bits = 128;  ///< counted in the mapped form: an IPv4 /8 is 104

  /// Errors: Config, for a bad address or prefix length, or set bits behind the prefix.
  [[nodiscard]] static Result<IpNetwork> parse(std::string_view text);
  /// An IPv6 network shorter than /96 holds IPv6 addresses only: `::/0` is not "everybody".
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::string text() const;
};

/// Whether any network of the list holds the address.
[[nodiscard]] bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address);

}  // namespace fastgate
