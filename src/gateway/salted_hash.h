/// A keyed hash for tables that are filled by strangers: without the salt nobody can choose an
/// address that falls together with somebody else's.
///
/// A value; immutable after construction and so usable from every thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/ip_address.h"

namespace fastgate::gateway {

/// SipHash-2-4 (Aumasson and Bernstein, 2012).
class SaltedHash {
 public:
  using Salt = std::array<std::uint64_t, 2>;
  explicit SaltedHash(const Salt& salt) : salt_(salt) {}
  /// Salted from the system's secret generator.
  [[nodiscard]] static SaltedHash from_system();

  [[nodiscard]] std::uint64_t of(std::string_view text) const;
  /// A client within `scope` (a route id, or nothing). IPv6 clients of one /64 are one client.
  [[nodiscard]] std::uint64_t of_client(std::string_view scope, const IpAddress& client) const;
  [[nodiscard]] const Salt& salt() const { return salt_; }

 private:
  Salt salt_;
};

}  // namespace fastgate::gateway
