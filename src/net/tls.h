/// TLS by OpenSSL on top of a Stream: contexts (certificates, roots, session caches) that are built
/// off the loops and shared, and streams that use them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/ip_address.h"
#include "net/loop.h"
#include "net/stream.h"

namespace fastgate::net {

/// The keys that session tickets are sealed with. Kept by the server for the life of the process
/// and given to each new context, so that clients resume across a reload.
class TlsTicketKeys {
 public:
  static constexpr std::size_t kSize = 80;  ///< name, HMAC key, AES key, as OpenSSL wants them
  /// Secret and random.
  TlsTicketKeys();
  /// Those of another process, which clients have tickets of.
  explicit TlsTicketKeys(std::span<const std::uint8_t, kSize> bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
  }
  /// Wipes them.
  ~TlsTicketKeys();
  TlsTicketKeys(const TlsTicketKeys&) = delete;
  TlsTicketKeys& operator=(const TlsTicketKeys&) = delete;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::array<std::uint8_t, kSize> bytes_;
};

struct CertificateFiles {
  std::string certificate;  ///< PEM chain, leaf first
  std::string private_key;
};

/// What clients are to show of themselves.
struct TlsClientRules {
  std::string ca_file;      ///< PEM bundle of the authorities that sign clients' certificates
  std::string crl_file;     ///< PEM revocation lists, one of each authority; empty: none
  std::uint32_t depth = 1;  ///< authorities between the certificate and one of `ca_file`, at most
  bool is_required = true;  ///< a client without a certificate is refused
};

/// The rules with their files read. Immutable and thread-safe.
class TlsClientCheck {
 public:
  /// Reads files: never on a loop. Errors: Config, naming the file.
  [[nodiscard]] static Result<std::shared_ptr<const TlsClientCheck>> make(
      const TlsClientRules& rules);
  virtual ~TlsClientCheck() = default;
};

/// What a TLS listener presents: TLS 1.2 and 1.3, the certificate by SNI (exact name, then
/// wildcard, else the first), tickets and a session cache, ALPN `http/1.1`. Immutable and
/// thread-safe.
class TlsServerContext {
 public:
  /// Reads files: never on a loop. Errors: Config, naming the file (missing, not PEM, key does not
  /// fit, expired is a warning of the caller's: see not_after).
  /// Without `ticket_keys` the context has its own; without `clients` no client is asked for a
  /// certificate. A session goes on only under the same `clients`.
  [[nodiscard]] static Result<std::shared_ptr<const TlsServerContext>> make(
      const std::vector<CertificateFiles>& certificates, const TlsTicketKeys* ticket_keys = nullptr,
      const TlsClientCheck* clients = nullptr);
  virtual ~TlsServerContext() = default;
  /// When the first of the certificates expires, and the file that it is in.
  [[nodiscard]] virtual WallTime not_after() const = 0;
  [[nodiscard]] virtual const std::string& first_to_expire() const = 0;
};

struct TlsClientSettings {
  std::string ca_file;  ///< empty: the system's roots
  bool verify = true;
  std::string server_name;  ///< SNI and the name that must be in the certificate; may be an address
  std::string certificate_file;  ///< client certificate; empty: none
  std::string private_key_file;
};

/// How an upstream is connected to: verification, SNI, session reuse (tickets kept per context).
class TlsClientContext {
 public:
  /// Reads files: never on a loop. Errors: Config.
  [[nodiscard]] static Result<std::shared_ptr<const TlsClientContext>> make(
      const TlsClientSettings& settings);
  virtual ~TlsClientContext() = default;
};

/// A server-side TLS stream over an accepted one. The handshake runs as bytes arrive; application
/// bytes are reported like any stream's. The caller keeps the time of the handshake
/// (client_header_timeout).
[[nodiscard]] std::unique_ptr<Stream> make_tls_server_stream(
    Loop& loop, std::unique_ptr<Stream> transport, std::shared_ptr<const TlsServerContext> context);

/// A client-side handshake under way; destroying it gives up. Reports once, never from inside.
/// Errors: TlsFailed with RetrySafety::Always, saying why verification failed.
class TlsConnecting {
 public:
  using Done = std::function<void(Result<std::unique_ptr<Stream>>)>;
  virtual ~TlsConnecting() = default;
};
[[nodiscard]] std::unique_ptr<TlsConnecting> connect_tls(
    Loop& loop, std::unique_ptr<Stream> transport, const IpAddress& peer,
    std::shared_ptr<const TlsClientContext> context, TlsConnecting::Done done);

}  // namespace fastgate::net
