/// What stands behind TlsServerContext: one SSL_CTX a certificate. Shared by all workers, constant
/// after make(). For this folder only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "net/openssl.h"
#include "net/tls.h"

namespace fastgate::net {

class OpensslServerContext final : public TlsServerContext {
 public:
  /// Errors: Config.
  [[nodiscard]] Result<void> load(const std::vector<CertificateFiles>& certificates,
                                  const TlsTicketKeys& ticket_keys, const TlsClientCheck* clients);
  [[nodiscard]] WallTime not_after() const override { return not_after_; }
  [[nodiscard]] const std::string& first_to_expire() const override { return first_to_expire_; }
  /// A server's end of a new connection; null when memory is out.
  [[nodiscard]] SslPtr make_ssl() const { return SslPtr(SSL_new(contexts_.front().get())); }
  [[nodiscard]] const BIO_METHOD& bio_method() const { return *bio_method_; }

 private:
  static int on_server_name(SSL* ssl, int* alert, void* context);
  [[nodiscard]] Result<SslCtxPtr> load_one(const CertificateFiles& files,
                                           const TlsTicketKeys& ticket_keys,
                                           const TlsClientCheck* clients);
  void add_names(SSL_CTX& context);
  void note_expiry(const X509& certificate, const std::string& file);
  [[nodiscard]] SSL_CTX* find(std::string_view name) const;

  BioMethodPtr bio_method_;
  std::vector<SslCtxPtr> contexts_;  ///< the first is the default
  WallTime not_after_ = WallTime::max();
  std::string first_to_expire_;
  std::map<std::string, SSL_CTX*, std::less<>> names_;  ///< lower case; wildcards as `*.rest`
};

}  // namespace fastgate::net
