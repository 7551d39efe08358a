/// A connection as bytes in order, with pause and resume: TCP, TLS, or memory in tests.
///
/// Owned by one connection object, to which it reports; all on one loop's thread. Destroying a
/// stream closes it (its libuv memory is let go when libuv is done with it); destroy it from inside
/// its own event only through Loop::dispose of its owner, or after the event returned.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace fastgate::net {

/// What a stream tells its owner. After calling one of these the stream touches nothing of itself
/// that the owner might have destroyed.
class StreamOwner {
 public:
  /// Bytes arrived. `bytes` is valid during the call only and must be taken or copied whole; what
  /// cannot be used yet belongs into the owner's own bounded buffer after pause_reading().
  virtual void on_bytes(std::string_view bytes) = 0;
  /// pending() fell to half of the mark given to set_high_mark() after it had been above the mark
  /// (with a mark of 0: all is sent). Never from inside write().
  virtual void on_drained() = 0;
  /// The other side ended its direction (FIN, close_notify). Nothing more will arrive. A TLS stream
  /// cut without close_notify reports on_failed.
  virtual void on_end() = 0;
  /// The connection broke; nothing more will be reported. kind is UpstreamReset or ClientGone by
  /// the side set at creation, or TlsFailed during the handshake.
  virtual void on_failed(Error error) = 0;
  /// A client began with an HTTP request in clear where a TLS handshake was due. What is written
  /// from now on goes out in clear, and what comes in is reported as it is; the request itself is
  /// not. Who has no answer to it takes it as the failed handshake that `error` tells of.
  virtual void on_clear_request(Error error) { on_failed(std::move(error)); }

 protected:
  ~StreamOwner() = default;
};

/// What a TLS handshake came to. Lifetime: views are the stream's.
struct TlsFacts {
  std::string_view protocol;     ///< as in `TLSv1.3`; "" without TLS and before the handshake's end
  std::string_view cipher;       ///< OpenSSL's name, as in `TLS_AES_256_GCM_SHA384`
  std::string_view server_name;  ///< that the client asked for; "" if for none
  bool is_resumed = false;       ///< an earlier session went on
  bool has_certificate = false;  ///< the other side showed one, which was found valid
  /// nginx's word for the client's certificate: `SUCCESS`, `NONE`, and "" without TLS.
  [[nodiscard]] std::string_view client_verify() const {
    return protocol.empty() ? std::string_view() : has_certificate ? "SUCCESS" : "NONE";
  }
};

/// What a certificate says of itself: names by RFC 2253, the serial number in hexadecimal, SHA-1.
enum class CertificateField : std::uint8_t { Subject, Issuer, Serial, Fingerprint };

class Stream {
 public:
  virtual ~Stream() = default;

  /// Starts reporting to `owner`, reading on.
  virtual void start(StreamOwner* owner) = 0;
  /// Changes whom it reports to (an idle connection is handed to the pool, a lease to an attempt).
  virtual void set_owner(StreamOwner* owner) = 0;

  /// Stops on_bytes (and on_end) until resume_reading(). Idempotent. A paused stream still learns
  /// of resets only when it is written to or resumed.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;

  /// Sends the pieces in order: short ones at the end of the loop's turn, others at once, as far as
  /// the socket takes them (one system call); the rest is copied and sent as the socket drains.
  /// Never blocks, never reports from inside: failures are reported by on_failed in a later turn
  /// (or seen by is_failed()). The caller stops its source while pending() is above its limit.
  virtual void write(std::span<const std::string_view> pieces) = 0;
  void write(std::string_view bytes) { write(std::span<const std::string_view>(&bytes, 1)); }

  /// Sends what write() keeps for the end of the turn, so that pending() tells all of it.
  virtual void send_kept() {}
  /// Bytes that write() was given and the socket would not take yet.
  [[nodiscard]] virtual std::size_t pending() const = 0;
  /// on_drained is called when pending() falls to half of this after it was above it.
  virtual void set_high_mark(std::size_t bytes) = 0;

  /// Sends what is pending, then ends the sending direction (FIN; TLS: close_notify first).
  virtual void end_writing() = 0;
  /// Drops what is pending and makes the other side see a reset (RST) when the stream is destroyed:
  /// how an answer is broken visibly.
  virtual void reset_on_close() = 0;

  /// Whether the socket has broken (a write failed) even if on_failed was not reported yet.
  [[nodiscard]] virtual bool is_failed() const = 0;

  /// Whether the last `length` bytes written were not taken at all: the other side's kernel
  /// acknowledged none of them. False if it cannot be told: after a reset without a FIN before it,
  /// whose sender may have read bytes without having acknowledged them; over TLS for spans beyond
  /// the last four writes. Costs a system call (SIOCOUTQ); for the retry decision only.
  [[nodiscard]] virtual bool nothing_acknowledged_of_last(std::size_t length) const = 0;

  [[nodiscard]] virtual bool is_tls() const { return false; }
  [[nodiscard]] virtual TlsFacts tls_facts() const { return {}; }
  /// Of the other side's certificate, printable ASCII; "" without one. Made anew at each call.
  [[nodiscard]] virtual std::string certificate_text(CertificateField /*field*/) const {
    return {};
  }
};

}  // namespace fastgate::net
