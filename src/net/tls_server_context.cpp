#include "net/tls_server_context.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include <openssl/crypto.h>
#include <openssl/x509v3.h>

#include "base/random.h"
#include "base/text.h"
#include "net/tls_bio.h"
#include "net/tls_client_check.h"

namespace fastgate::net {
namespace {

constexpr std::string_view kSessionIdContext = "fastgate";
// Sessions of clients without tickets (TLS 1.2 only), over all workers.
constexpr long kCachedSessions = 10'000;
constexpr long kSessionSeconds = 2 * 60 * 60;
constexpr std::string_view kTakenProtocols = "\x08http/1.1\x08http/1.0";

/// RFC 7301 section 3.2: no common protocol ends the handshake.
int on_protocols(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                 const unsigned char* offered, unsigned offered_size, void*) {
  const auto* ours = reinterpret_cast<const unsigned char*>(kTakenProtocols.data());
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, chosen_size, ours, kTakenProtocols.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::string text_of(const ASN1_STRING* text) {
  return to_lower(std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                   static_cast<std::size_t>(ASN1_STRING_length(text))));
}

/// The names in subjectAltName, else the subject's common name.
std::vector<std::string> names_of(const X509& certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>> alternatives(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  return names;
}

}  // namespace

TlsTicketKeys::TlsTicketKeys() {
  fill_secret_random(bytes_);
}

TlsTicketKeys::~TlsTicketKeys() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::make(
    const std::vector<CertificateFiles>& certificates, const TlsTicketKeys* ticket_keys,
    const TlsClientCheck* clients) {
  auto context = std::make_shared<OpensslServerContext>();
  Result<void> loaded;
  if (ticket_keys != nullptr) {
    loaded = context->load(certificates, *ticket_keys, clients);
  } else {
    const TlsTicketKeys own;
    loaded = context->load(certificates, own, clients);
  }
  if (!loaded) return std::unexpected(std::move(loaded).error());
  return context;
}

Result<void> OpensslServerContext::load(const std::vector<CertificateFiles>& certificates,
                                        const TlsTicketKeys& ticket_keys,
                                        const TlsClientCheck* clients) {
  if (certificates.empty()) return fail(ErrorKind::Config, "TLS needs a certificate");
  auto method = make_tls_bio_method();
  if (!method) return std::unexpected(std::move(method).error());
  bio_method_ = std::move(*method);
  for (const CertificateFiles& files : certificates) {
    auto loaded = load_one(files, ticket_keys, clients);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    add_names(**loaded);
    note_expiry(*SSL_CTX_get0_certificate(loaded->get()), files.certificate);
    contexts_.push_back(std::move(*loaded));
  }
  SSL_CTX* first = contexts_.front().get();
  SSL_CTX_set_tlsext_servername_callback(first, on_server_name);
  SSL_CTX_set_tlsext_servername_arg(first, this);
  return {};
}

Result<SslCtxPtr> OpensslServerContext::load_one(const CertificateFiles& files,
                                                 const TlsTicketKeys& ticket_keys,
                                                 const TlsClientCheck* clients) {
  auto made = make_ssl_context(TLS_server_method());
  if (!made) return made;
  SSL_CTX* context = made->get();
  if (auto loaded = load_certificate(*context, files.certificate, files.private_key); !loaded) {
    return std::unexpected(std::move(loaded).error());
  }
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_alpn_select_cb(context, on_protocols, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, kCachedSessions);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  // One resumption yields the next ticket; a second one for each handshake is rarely used.
  SSL_CTX_set_num_tickets(context, 1);
  // The same in all, so that a session may go on under any certificate of this context.
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(kSessionIdContext.data()),
                                 kSessionIdContext.size());
  std::array<std::uint8_t, 80> keys;
  std::ranges::copy(ticket_keys.bytes(), keys.begin());
  const long accepted = SSL_CTX_set_tlsext_ticket_keys(context, keys.data(), keys.size());
  OPENSSL_cleanse(keys.data(), keys.size());
  if (accepted != 1) return fail(ErrorKind::Config, "cannot set up TLS: " + take_openssl_error());
  if (clients != nullptr) {
    auto applied = static_cast<const OpensslClientCheck*>(clients)->apply(*context);
    if (!applied) return std::unexpected(std::move(applied).error());
  }
  return made;
}

/// The first certificate of a name keeps it.
void OpensslServerContext::add_names(SSL_CTX& context) {
  for (std::string& name : names_of(*SSL_CTX_get0_certificate(&context))) {
    names_.try_emplace(std::move(name), &context);
  }
}

void OpensslServerContext::note_expiry(const X509& certificate, const std::string& file) {
  std::tm broken{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &broken) != 1) return;
  const std::chrono::sys_days day =
      std::chrono::year(broken.tm_year + 1900) / (broken.tm_mon + 1) / broken.tm_mday;
  const auto at = day + std::chrono::hours(broken.tm_hour) + std::chrono::minutes(broken.tm_min) +
                  std::chrono::seconds(broken.tm_sec);
  // Nanoseconds end in the year 2262; certificates "for ever" end in 9999.
  if (at >= std::chrono::floor<std::chrono::seconds>(not_after_)) return;
  not_after_ = at;
  first_to_expire_ = file;
}

SSL_CTX* OpensslServerContext::find(std::string_view name) const {
  const std::string wanted = to_lower(name);
  if (const auto exact = names_.find(wanted); exact != names_.end()) return exact->second;
  const std::size_t dot = wanted.find('.');
  if (dot == std::string::npos || dot == 0) return nullptr;
  // RFC 6125 section 6.4.3: a wildcard stands for one label.
  const auto wildcard = names_.find("*" + wanted.substr(dot));
  return wildcard != names_.end() ? wildcard->second : nullptr;
}

int OpensslServerContext::on_server_name(SSL* ssl, int*, void* context) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_CTX* found = static_cast<const OpensslServerContext*>(context)->find(name);
  if (found == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, found);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace fastgate::net
