// The part of a TLS stream that fails: why, and when that is told.

#include <utility>

#include "net/tls_stream.h"

namespace fastgate::net {

bool TlsStream::asks_for_certificate() const {
  return (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0;
}

/// Behind its certificate a client sends on, of TLS 1.3 a whole request: closing before that is
/// read would reset the connection, and the client could lose the alert. Whoever never closes is
/// up to the time that the owner keeps.
void TlsStream::refuse(std::string reason) {
  is_refused_ = true;
  failure_ = std::move(reason);
  transport_->end_writing();
}

void TlsStream::on_failed(Error error) {
  if (is_refused_) return fail_with(std::move(failure_));
  if (!is_open_ || owner_ == nullptr) return fail_with(std::move(error.text));
  if (std::exchange(is_failed_, true)) return;
  is_failure_reported_ = true;
  owner_->on_failed(std::move(error));
}

/// Why OpenSSL gave up, by the code of SSL_get_error(); not empty.
std::string TlsStream::reason_of(int error) const {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (!is_open_ && asks_for_certificate() && verified != X509_V_OK) {
    return std::string("the certificate is not valid: ") + X509_verify_cert_error_string(verified);
  }
  return error == SSL_ERROR_SSL ? take_openssl_error() : "broken off";
}

void TlsStream::fail_with(std::string reason) {
  if (is_failed_) return;
  is_failed_ = true;
  failure_ = std::move(reason);
  report_failure();
}

/// For failures noticed inside a call of the owner.
void TlsStream::fail_later(std::string reason) {
  if (std::exchange(is_failed_, true)) return;
  failure_ = std::move(reason);
  loop_.call_later<&TlsStream::report_failure>(failure_turn_, this);
}

/// Without anybody to tell it to, a failure waits for start().
void TlsStream::report_failure() {
  if (is_failure_reported_ || (waiter_ == nullptr && owner_ == nullptr)) return;
  is_failure_reported_ = true;
  Error error = make_error(failure_);
  if (waiter_ == nullptr) return owner_->on_failed(std::move(error));
  std::exchange(waiter_, nullptr)->on_handshake(std::unexpected(std::move(error)));
}

Error TlsStream::make_error(const std::string& reason) const {
  const bool is_upstream = side_ == PeerSide::Upstream;
  if (!is_open_) {
    std::string text = is_upstream ? "the TLS handshake with " + peer_name_ + " failed: "
                                   : std::string("the client's TLS handshake failed: ");
    return {ErrorKind::TlsFailed, is_upstream ? ErrorSide::Upstream : ErrorSide::Client,
            is_upstream ? RetrySafety::Always : RetrySafety::Never, text + reason};
  }
  if (!is_upstream) {
    return fail(ErrorKind::ClientGone, "the client's TLS connection broke: " + reason).error();
  }
  return fail(ErrorKind::UpstreamReset, "the TLS connection to " + peer_name_ + " broke: " + reason,
              RetrySafety::IfIdempotent)
      .error();
}

}  // namespace fastgate::net
