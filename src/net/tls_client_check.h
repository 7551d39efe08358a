/// What stands behind TlsClientCheck: the authorities and revocations that clients' certificates
/// are verified against. Constant after load(). For this folder only.
#pragma once

#include "base/sha256.h"
#include "net/openssl.h"
#include "net/tls.h"

namespace fastgate::net {

class OpensslClientCheck final : public TlsClientCheck {
 public:
  /// Errors: Config.
  [[nodiscard]] Result<void> load(const TlsClientRules& rules);
  /// Makes a server's context ask for certificates and verify them. Sessions go on only under the
  /// same rules, authorities and revocations. Errors: Config.
  [[nodiscard]] Result<void> apply(SSL_CTX& context) const;

 private:
  using StorePtr = std::unique_ptr<X509_STORE, OpensslDeleter<X509_STORE_free>>;
  static void free_names(STACK_OF(X509_NAME) * names) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
  }
  using NamesPtr = std::unique_ptr<STACK_OF(X509_NAME), OpensslDeleter<free_names>>;

  [[nodiscard]] Result<void> load_files(const TlsClientRules& rules);
  [[nodiscard]] bool note_contents();

  StorePtr store_;
  NamesPtr names_;  ///< of the authorities, which clients are told of
  Sha256 digest_{};
  std::uint32_t depth_ = 0;
  bool is_required_ = true;
  bool has_revocations_ = false;
};

}  // namespace fastgate::net
