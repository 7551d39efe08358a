/// Ownership of OpenSSL's objects, and texts of its errors. For this folder only.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/error.h"

namespace fastgate::net {

/// Frees by OpenSSL's function of the type.
template <auto Free>
struct OpensslDeleter {
  template <class Object>
  void operator()(Object* object) const {
    Free(object);
  }
};

using SslPtr = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpensslDeleter<SSL_SESSION_free>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, OpensslDeleter<BIO_meth_free>>;

/// The reason of the first error in this thread's queue, which is emptied. Holds no key material.
[[nodiscard]] std::string take_openssl_error();

/// That a PEM file is not what it should be, for the reason at the front of this thread's queue.
[[nodiscard]] std::unexpected<Error> cannot_read(const char* what, const std::string& file);

/// A context for both sides' common rules: TLS 1.2 and up, no renegotiation, buffers given back
/// when idle, errors instead of asking a terminal for pass phrases. Errors: Config.
[[nodiscard]] Result<SslCtxPtr> make_ssl_context(const SSL_METHOD* method);

/// Loads a chain and its key from PEM files. Errors: Config, naming the file.
[[nodiscard]] Result<void> load_certificate(SSL_CTX& context, const std::string& certificate_file,
                                            const std::string& key_file);

}  // namespace fastgate::net
