#include "net/openssl.h"

#include <system_error>

#include <openssl/err.h>

namespace fastgate::net {
namespace {

// Forward secrecy and authenticated encryption only; the cheaper AES-128 first.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kTls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/// OpenSSL's default asks the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

/// What OpenSSL's reason for not reading a PEM file means; "" where that says it.
std::string_view meaning_of(std::string_view reason) {
  if (reason == "no start line" || reason == "unsupported") return " (not what PEM files hold)";
  const bool is_sealed = reason == "bad decrypt" || reason == "bad password read" ||
                         reason == "interrupted or cancelled";
  return is_sealed ? " (it has a pass phrase, which `openssl pkey` takes off)" : "";
}

}  // namespace

std::unexpected<Error> cannot_read(const char* what, const std::string& file) {
  const std::string reason = take_openssl_error();
  return fail(ErrorKind::Config, std::string("cannot read ")
                                     .append(what)
                                     .append(" ")
                                     .append(file)
                                     .append(": ")
                                     .append(reason)
                                     .append(meaning_of(reason)));
}

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (ERR_SYSTEM_ERROR(code)) {
    return std::error_code(ERR_GET_REASON(code), std::generic_category()).message();
  }
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(ERR_GET_REASON(code));
}

Result<SslCtxPtr> make_ssl_context(const SSL_METHOD* method) {
  ERR_clear_error();
  SslCtxPtr context(SSL_CTX_new(method));
  if (context == nullptr || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers) != 1 ||
      SSL_CTX_set_ciphersuites(context.get(), kTls13Ciphers) != 1) {
    return fail(ErrorKind::Config, "cannot set up TLS: " + take_openssl_error());
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(context.get(), no_pass_phrase);
  return context;
}

Result<void> load_certificate(SSL_CTX& context, const std::string& certificate_file,
                              const std::string& key_file) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(&context, certificate_file.c_str()) != 1) {
    return cannot_read("certificate", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(&context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    // Loading compares it with the certificate at once.
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_X509) return cannot_read("private key", key_file);
  } else if (SSL_CTX_check_private_key(&context) == 1) {
    return {};
  }
  ERR_clear_error();
  return fail(ErrorKind::Config,
              "private key " + key_file + " does not fit certificate " + certificate_file);
}

}  // namespace fastgate::net
