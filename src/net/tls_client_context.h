/// What stands behind TlsClientContext: an SSL_CTX and the sessions to resume. Shared by all
/// workers. For this folder only.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "net/openssl.h"
#include "net/tls.h"

namespace fastgate::net {

class OpensslClientContext final : public TlsClientContext {
 public:
  /// Errors: Config.
  [[nodiscard]] Result<void> load(const TlsClientSettings& settings);
  /// A client's end of a new connection, with SNI and a session to resume if there is one; null
  /// when memory is out.
  [[nodiscard]] SslPtr make_ssl() const;
  [[nodiscard]] const BIO_METHOD& bio_method() const { return *bio_method_; }
  [[nodiscard]] const std::string& server_name() const { return server_name_; }

 private:
  static constexpr std::size_t kMaxSessions = 16;

  static int on_new_session(SSL* ssl, SSL_SESSION* session);
  [[nodiscard]] Result<void> set_verification(const TlsClientSettings& settings);
  [[nodiscard]] SslSessionPtr take_session() const;

  BioMethodPtr bio_method_;
  SslCtxPtr context_;
  std::string server_name_;
  bool sends_name_ = false;  ///< an address is never sent as SNI (RFC 6066 section 3)
  mutable std::mutex mutex_;
  mutable std::vector<SslSessionPtr> sessions_;  ///< under mutex_, newest last
};

}  // namespace fastgate::net
