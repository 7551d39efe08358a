#include "net/tls_client_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <openssl/err.h>
#include <openssl/evp.h>

namespace fastgate::net {
namespace {

// A resumed session is one whose certificate is not verified again; in TLS 1.3 each brings the
// ticket of the next, so that its age alone would never end.
constexpr std::time_t kVerifiedSeconds = 2 * 60 * 60;

/// Seals the time of the verification into the ticket, which later tickets of the session keep.
int on_new_ticket(SSL* ssl, void*) {
  if (SSL_session_reused(ssl) == 1) return 1;
  const std::time_t now = std::time(nullptr);
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &now, sizeof now);
}

/// Whether a certificate that was found valid once may be taken for valid still.
bool is_verified_lately(SSL_SESSION& session) {
  void* data = nullptr;
  std::size_t size = 0;
  std::time_t verified = 0;
  if (SSL_SESSION_get0_ticket_appdata(&session, &data, &size) != 1 || size != sizeof verified) {
    return false;
  }
  std::memcpy(&verified, data, sizeof verified);
  const std::time_t age = std::time(nullptr) - verified;
  if (age < 0 || age > kVerifiedSeconds) return false;
  const X509* certificate = SSL_SESSION_get0_peer(&session);
  return certificate == nullptr || X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

SSL_TICKET_RETURN on_ticket(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t,
                            SSL_TICKET_STATUS status, void*) {
  const bool is_open = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
  if (!is_open || session == nullptr || !is_verified_lately(*session)) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

/// Appends to `digests`; false if OpenSSL cannot.
template <auto Digest, class Object>
bool add_digest(const Object* object, std::vector<std::string>& digests) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  if (Digest(object, EVP_sha256(), bytes.data(), &size) != 1) return false;
  digests.emplace_back(bytes.begin(), bytes.begin() + size);
  return true;
}

}  // namespace

Result<std::shared_ptr<const TlsClientCheck>> TlsClientCheck::make(const TlsClientRules& rules) {
  auto check = std::make_shared<OpensslClientCheck>();
  if (auto loaded = check->load(rules); !loaded) return std::unexpected(std::move(loaded).error());
  return check;
}

Result<void> OpensslClientCheck::load(const TlsClientRules& rules) {
  depth_ = rules.depth;
  is_required_ = rules.is_required;
  has_revocations_ = !rules.crl_file.empty();
  ERR_clear_error();
  if (auto loaded = load_files(rules); !loaded) return loaded;
  if (!note_contents()) {
    return fail(ErrorKind::Config, "cannot set up TLS: " + take_openssl_error());
  }
  return {};
}

/// Each file is read for what it is meant to hold: a certificate in the file of revocations does
/// not become an authority.
Result<void> OpensslClientCheck::load_files(const TlsClientRules& rules) {
  store_.reset(X509_STORE_new());
  X509_LOOKUP* files = store_ ? X509_STORE_add_lookup(store_.get(), X509_LOOKUP_file()) : nullptr;
  if (files == nullptr) return fail(ErrorKind::Config, "cannot set up TLS: out of memory");
  if (X509_load_cert_file(files, rules.ca_file.c_str(), X509_FILETYPE_PEM) < 1) {
    return cannot_read("certificate authorities", rules.ca_file);
  }
  if (has_revocations_ &&
      X509_load_crl_file(files, rules.crl_file.c_str(), X509_FILETYPE_PEM) < 1) {
    return cannot_read("certificate revocation list", rules.crl_file);
  }
  return {};
}

/// Takes the authorities' names, and a digest of all that decides, from what was loaded.
bool OpensslClientCheck::note_contents() {
  names_.reset(sk_X509_NAME_new_null());
  std::vector<std::string> digests;
  const STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(store_.get());
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const X509_OBJECT* object = sk_X509_OBJECT_value(objects, i);
    if (const X509* authority = X509_OBJECT_get0_X509(object)) {
      X509_NAME* name = X509_NAME_dup(X509_get_subject_name(authority));
      if (name == nullptr || sk_X509_NAME_push(names_.get(), name) < 1) return false;
      if (!add_digest<X509_digest>(authority, digests)) return false;
    } else if (const X509_CRL* revocations =
                   X509_OBJECT_get0_X509_CRL(const_cast<X509_OBJECT*>(object))) {
      if (!add_digest<X509_CRL_digest>(revocations, digests)) return false;
    }
  }
  std::ranges::sort(digests);
  std::string all = is_required_ ? "required " : "optional ";
  all += std::to_string(depth_) + (has_revocations_ ? " crl " : " ");
  for (const std::string& digest : digests) all += digest;
  digest_ = sha256(all);
  return true;
}

Result<void> OpensslClientCheck::apply(SSL_CTX& context) const {
  ERR_clear_error();
  SSL_CTX_set_verify(
      &context, SSL_VERIFY_PEER | (is_required_ ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_verify_depth(&context, static_cast<int>(depth_));
  // Clients without tickets would go on with sessions of which nothing is asked here.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
  NamesPtr names(SSL_dup_CA_list(names_.get()));
  const bool is_set =
      names != nullptr &&
      // Not the context's own store: authorities of clients are no part of the server's chain.
      SSL_CTX_set1_verify_cert_store(&context, store_.get()) == 1 &&
      SSL_CTX_set_session_id_context(&context, digest_.data(), digest_.size()) == 1 &&
      SSL_CTX_set_session_ticket_cb(&context, on_new_ticket, on_ticket, nullptr) == 1 &&
      (!has_revocations_ ||
       X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context),
                                   X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1);
  if (!is_set) return fail(ErrorKind::Config, "cannot set up TLS: " + take_openssl_error());
  SSL_CTX_set_client_CA_list(&context, names.release());
  return {};
}

}  // namespace fastgate::net
