#include "net/tls_client_context.h"

#include <string_view>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/ip_address.h"
#include "net/tls_bio.h"

namespace fastgate::net {
namespace {

constexpr std::string_view kOfferedProtocols = "\x08http/1.1";

}  // namespace

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::make(
    const TlsClientSettings& settings) {
  auto context = std::make_shared<OpensslClientContext>();
  if (auto loaded = context->load(settings); !loaded) {
    return std::unexpected(std::move(loaded).error());
  }
  return context;
}

Result<void> OpensslClientContext::load(const TlsClientSettings& settings) {
  auto method = make_tls_bio_method();
  if (!method) return std::unexpected(std::move(method).error());
  bio_method_ = std::move(*method);
  auto made = make_ssl_context(TLS_client_method());
  if (!made) return std::unexpected(std::move(made).error());
  context_ = std::move(*made);
  server_name_ = settings.server_name;
  sends_name_ = !server_name_.empty() && !IpAddress::parse(server_name_);
  if (auto set = set_verification(settings); !set) return set;
  if (!settings.certificate_file.empty()) {
    auto loaded = load_certificate(*context_, settings.certificate_file, settings.private_key_file);
    if (!loaded) return loaded;
  }
  SSL_CTX_set_alpn_protos(context_.get(),
                          reinterpret_cast<const unsigned char*>(kOfferedProtocols.data()),
                          kOfferedProtocols.size());
  SSL_CTX_set_session_cache_mode(context_.get(),
                                 SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context_.get(), this);
  SSL_CTX_sess_set_new_cb(context_.get(), on_new_session);
  return {};
}

Result<void> OpensslClientContext::set_verification(const TlsClientSettings& settings) {
  if (!settings.verify) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_NONE, nullptr);
    return {};
  }
  if (server_name_.empty()) {
    return fail(ErrorKind::Config, "verifying an upstream's certificate needs a server name");
  }
  ERR_clear_error();
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  const int has_roots = settings.ca_file.empty()
                            ? SSL_CTX_set_default_verify_paths(context_.get())
                            : SSL_CTX_load_verify_file(context_.get(), settings.ca_file.c_str());
  if (has_roots != 1) {
    return fail(ErrorKind::Config,
                "cannot read certificate authorities " +
                    (settings.ca_file.empty() ? "of the system" : settings.ca_file) + ": " +
                    take_openssl_error());
  }
  X509_VERIFY_PARAM* rules = SSL_CTX_get0_param(context_.get());
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const auto address = IpAddress::parse(server_name_);
  const int has_name =
      address ? X509_VERIFY_PARAM_set1_ip_asc(rules, address->text().c_str())
              : X509_VERIFY_PARAM_set1_host(rules, server_name_.data(), server_name_.size());
  if (has_name == 1) return {};
  return fail(ErrorKind::Config, "\"" + server_name_ + "\" cannot be a certificate's name");
}

SslPtr OpensslClientContext::make_ssl() const {
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr) return ssl;
  if (sends_name_ && SSL_set_tlsext_host_name(ssl.get(), server_name_.c_str()) != 1) return nullptr;
  if (const SslSessionPtr session = take_session()) SSL_set_session(ssl.get(), session.get());
  return ssl;
}

/// A TLS 1.3 ticket is for one use (RFC 8446 appendix C.4); a TLS 1.2 session for many.
SslSessionPtr OpensslClientContext::take_session() const {
  const std::scoped_lock lock(mutex_);
  while (!sessions_.empty()) {
    SslSessionPtr session = std::move(sessions_.back());
    sessions_.pop_back();
    if (SSL_SESSION_is_resumable(session.get()) != 1) continue;
    if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION &&
        SSL_SESSION_up_ref(session.get()) == 1) {
      sessions_.emplace_back(session.get());
    }
    return session;
  }
  return nullptr;
}

int OpensslClientContext::on_new_session(SSL* ssl, SSL_SESSION* session) {
  auto* context = static_cast<OpensslClientContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const std::scoped_lock lock(context->mutex_);
  if (context->sessions_.size() >= kMaxSessions)
    context->sessions_.erase(context->sessions_.begin());
  context->sessions_.emplace_back(session);
  return 1;  // the reference is ours now
}

}  // namespace fastgate::net
