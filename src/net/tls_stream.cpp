#include "net/tls_stream.h"

#include <algorithm>
#include <utility>

#include <openssl/err.h>

#include "net/certificate_text.h"
#include "net/tls_scratch.h"

namespace fastgate::net {
namespace {

/// Answers of TLS itself, to wishes for new keys say, that may wait for the other side to take
/// them.
constexpr std::size_t kMostReplied = 16 * 1024;

/// Whether a client's first bytes are a request line's beginning, as no TLS record's are.
bool begins_http(std::string_view bytes) {
  constexpr std::array<std::string_view, 9> kMethods{
      "GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ", "CONNECT ", "TRACE "};
  return std::ranges::any_of(
      kMethods, [bytes](std::string_view method) { return bytes.starts_with(method); });
}

}  // namespace

TlsStream::TlsStream(Parts parts, const BIO_METHOD& bio_method)
    : loop_(parts.loop),
      transport_(std::move(parts.transport)),
      context_(std::move(parts.context)),
      ssl_(std::move(parts.ssl)),
      peer_name_(std::move(parts.peer_name)),
      side_(parts.side) {
  if (ssl_ != nullptr && !attach_tls_bio(*ssl_, bio_method, buffers_)) ssl_ = nullptr;
  if (ssl_ == nullptr) {
    fail_later("out of memory");
    return;
  }
  if (side_ == PeerSide::Upstream) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

TlsStream::~TlsStream() {
  if (is_gone_ != nullptr) *is_gone_ = true;
  // OpenSSL forbids resuming a session whose connection was not shut down in form; HTTP's own
  // framing tells whether an answer was whole, so the session stays good.
  if (is_open_ && !is_failed_) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

void TlsStream::connect(TlsHandshakeWaiter& waiter) {
  waiter_ = &waiter;
  transport_->start(this);
  loop_.call_later<&TlsStream::begin>(held_turn_, this);
}

void TlsStream::begin() {
  if (!is_failed_) go_on_with_handshake();
}

TlsFacts TlsStream::tls_facts() const {
  if (!is_open_) return {};
  const char* server_name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return {.protocol = SSL_get_version(ssl_.get()),
          .cipher = SSL_get_cipher_name(ssl_.get()),
          .server_name = server_name == nullptr ? std::string_view() : server_name,
          .is_resumed = SSL_session_reused(ssl_.get()) == 1,
          .has_certificate = SSL_get0_peer_certificate(ssl_.get()) != nullptr};
}

std::string TlsStream::certificate_text(CertificateField field) const {
  const X509* certificate = is_open_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
  return certificate == nullptr ? std::string() : net::certificate_text(*certificate, field);
}

void TlsStream::start(StreamOwner* owner) {
  owner_ = owner;
  is_paused_ = false;
  if (is_failed_) return loop_.call_later<&TlsStream::report_failure>(failure_turn_, this);
  if (!is_open_) return transport_->start(this);
  resume_reading();
}

// ---- Reading

/// A handshake goes on during a pause: the owner did not ask to stop that.
void TlsStream::pause_reading() {
  is_paused_ = true;
  if (is_open_ || is_clear_) transport_->pause_reading();
}

void TlsStream::resume_reading() {
  is_paused_ = false;
  if (is_failed_) return;
  transport_->resume_reading();
  if (!held_.empty() || (is_end_received_ && !is_end_reported_)) {
    loop_.call_later<&TlsStream::take_held>(held_turn_, this);
  }
}

void TlsStream::on_bytes(std::string_view bytes) {
  if (is_clear_) return owner_->on_bytes(bytes);
  if (is_refused_ || is_failed_ || is_end_received_) return;
  const bool is_first = side_ == PeerSide::Downstream && SSL_in_before(ssl_.get()) == 1;
  if (is_first && begins_http(bytes)) return go_on_in_clear();
  if (held_.empty()) return take_records(bytes);
  held_ += bytes;
}

void TlsStream::go_on_in_clear() {
  is_clear_ = true;
  early_.clear();
  owner_->on_clear_request(make_error("the client sent an HTTP request in clear"));
}

void TlsStream::take_held() {
  if (is_paused_ || is_failed_) return;
  if (is_end_received_) return report_end();
  std::string records = std::exchange(held_, {});
  // More may have come while it waited for its turn; the scratch has room for one read.
  if (records.size() > Loop::kReadBufferSize) {
    held_ = records.substr(Loop::kReadBufferSize);
    records.resize(Loop::kReadBufferSize);
    loop_.call_later<&TlsStream::take_held>(held_turn_, this);
  }
  take_records(records);
}

/// The view is OpenSSL's for this call; what it leaves belongs to an owner who is not there yet.
void TlsStream::take_records(std::string_view records) {
  buffers_.input = records;
  if (!is_open_ && !go_on_with_handshake()) return;
  if (is_paused_) {
    transport_->pause_reading();
    held_ = std::exchange(buffers_.input, {});
    if (waiter_ != nullptr) std::exchange(waiter_, nullptr)->on_handshake({});
    return;
  }
  read_plain();
}

/// Returns whether the handshake is done.
bool TlsStream::go_on_with_handshake() {
  ERR_clear_error();
  buffers_.output = &loop_.tls_scratch().cipher;
  const int outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1) {
    is_open_ = true;
    handshake_done();
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), outcome);
  const std::string reason = error == SSL_ERROR_WANT_READ ? std::string() : reason_of(error);
  buffers_.input = {};
  flush();
  if (reason.empty()) return false;
  if (side_ == PeerSide::Downstream && asks_for_certificate()) {
    refuse(reason);
  } else {
    fail_with(reason);
  }
  return false;
}

void TlsStream::handshake_done() {
  if (!early_.empty()) {
    const std::string early = std::exchange(early_, {});
    const std::string_view piece = early;
    encrypt({&piece, 1});
  }
  if (is_ending_) send_close_notify();
  flush();
}

void TlsStream::read_plain() {
  TlsScratch& scratch = loop_.tls_scratch();
  ERR_clear_error();
  buffers_.output = &scratch.cipher;
  std::size_t size = 0;
  int outcome = SSL_ERROR_NONE;
  bool is_drained = false;
  while (outcome == SSL_ERROR_NONE && !is_drained && size < TlsScratch::kPlainSize) {
    std::size_t read = 0;
    const int result =
        SSL_read_ex(ssl_.get(), scratch.plain.get() + size, TlsScratch::kPlainSize - size, &read);
    if (result != 1) outcome = SSL_get_error(ssl_.get(), result);
    size += read;
    // Being told that there is no more costs nearly as much as a record.
    is_drained = buffers_.input.empty() && SSL_has_pending(ssl_.get()) == 0;
  }
  // The scratch is larger than what one read can bring.
  FG_ASSERT(is_drained || outcome != SSL_ERROR_NONE);
  buffers_.input = {};
  is_end_received_ = outcome == SSL_ERROR_ZERO_RETURN;
  // Read before the owner's calls, which may use OpenSSL too.
  std::string reason;
  const bool is_broken =
      outcome != SSL_ERROR_NONE && outcome != SSL_ERROR_WANT_READ && !is_end_received_;
  if (is_broken) reason = reason_of(outcome);
  if (!scratch.cipher.empty() && !may_reply(scratch.cipher.size()) && reason.empty()) {
    reason = "it asks for answers and takes none";
  }
  flush();
  report_read(size, std::move(reason));
}

/// The owner knows nothing of these bytes, and so cannot stop reading because of them.
bool TlsStream::may_reply(std::size_t size) {
  if (transport_->pending() == 0) replied_ = 0;
  replied_ += static_cast<std::uint32_t>(size);
  return replied_ <= kMostReplied;
}

void TlsStream::report_read(std::size_t size, std::string failure) {
  if (size > 0) {
    bool is_gone = false;
    is_gone_ = &is_gone;
    owner_->on_bytes({loop_.tls_scratch().plain.get(), size});
    if (is_gone) return;
    is_gone_ = nullptr;
  }
  if (!failure.empty()) return fail_with(std::move(failure));
  if (is_end_received_ && !is_paused_) report_end();
}

void TlsStream::report_end() {
  if (std::exchange(is_end_reported_, true)) return;
  owner_->on_end();
}

void TlsStream::on_end() {
  if (is_clear_) return report_end();
  if (is_failed_ || is_end_received_) return;
  if (is_refused_) return fail_with(std::move(failure_));
  fail_with(is_open_ ? "cut off without close_notify" : "closed during the handshake");
}

// ---- Writing

void TlsStream::write(std::span<const std::string_view> pieces) {
  if (is_resetting_ || is_failed_) return;
  FG_ASSERT(!is_ending_);
  if (is_clear_) return transport_->write(pieces);
  if (!is_open_) {
    for (const std::string_view piece : pieces) early_ += piece;
    return;
  }
  std::shift_right(marks_.begin(), marks_.end(), 1);
  marks_.front() = {plain_written_, cipher_written_};
  encrypt(pieces);
  flush();
}

/// Fills records: pieces smaller than one are joined.
void TlsStream::encrypt(std::span<const std::string_view> pieces) {
  ERR_clear_error();
  char* const joined = loop_.tls_scratch().joined.get();
  std::size_t size = 0;
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const std::string_view part = piece.substr(0, TlsScratch::kRecordSize - size);
      piece.remove_prefix(part.size());
      if (part.size() == TlsScratch::kRecordSize) {
        if (!encrypt_bytes(part)) return;
        continue;
      }
      // Not ranges::copy, which copies from const byte by byte in libstdc++ 12.
      std::copy(part.begin(), part.end(), joined + size);
      size += part.size();
      if (size < TlsScratch::kRecordSize) continue;
      if (!encrypt_bytes({joined, size})) return;
      size = 0;
    }
  }
  if (size > 0) encrypt_bytes({joined, size});
}

/// One record, or some if the client negotiated smaller ones (RFC 6066 section 4). Bounds the
/// scratch too: the transport gets what is done after each 64 KiB.
bool TlsStream::encrypt_bytes(std::string_view bytes) {
  buffers_.output = &loop_.tls_scratch().cipher;
  while (!bytes.empty()) {
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
    if (result != 1) {
      fail_later("cannot encrypt: " + take_openssl_error());
      return false;
    }
    bytes.remove_prefix(written);
    plain_written_ += written;
  }
  if (loop_.tls_scratch().cipher.size() >= Loop::kShortRead) {
    flush();
    buffers_.output = &loop_.tls_scratch().cipher;
  }
  return true;
}

/// One write of the transport for all records made. Behind its end there is none: what the other
/// side asks of TLS by then stays without an answer.
void TlsStream::flush() {
  std::string& cipher = loop_.tls_scratch().cipher;
  buffers_.output = nullptr;
  if (is_ended_) cipher.clear();
  if (cipher.empty()) return;
  cipher_written_ += cipher.size();
  transport_->write(cipher);
  cipher.clear();
}

void TlsStream::end_writing() {
  if (is_ending_ || is_resetting_ || is_failed_) return;
  is_ending_ = true;
  if (is_clear_) return transport_->end_writing();
  if (is_open_) send_close_notify();
}

void TlsStream::send_close_notify() {
  ERR_clear_error();
  buffers_.output = &loop_.tls_scratch().cipher;
  SSL_shutdown(ssl_.get());
  flush();
  is_ended_ = true;
  transport_->end_writing();
}

void TlsStream::reset_on_close() {
  is_resetting_ = true;
  early_.clear();
  transport_->reset_on_close();
}

void TlsStream::on_drained() {
  owner_->on_drained();
}

/// Counted in records' bytes from the start of a write at or before the span asked for: what lies
/// further back than the marks cannot be told.
bool TlsStream::nothing_acknowledged_of_last(std::size_t length) const {
  if (early_.size() >= length) return true;
  if (length > plain_written_) return false;
  for (const Mark& mark : marks_) {
    if (mark.plain > plain_written_ - length) continue;
    return transport_->nothing_acknowledged_of_last(cipher_written_ - mark.cipher);
  }
  return false;
}

}  // namespace fastgate::net
