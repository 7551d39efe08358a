/// The TLS maker of Stream: OpenSSL between an owner and a transport stream. Owned like any Stream;
/// on its loop's thread. For this folder only; others see tls.h.
///
/// Records are decrypted out of the loop's read buffer and encrypted into the loop's scratch, so an
/// idle connection holds no buffer. All of one read is decrypted and reported at once; what arrives
/// before start() waits as ciphertext, one read at most.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/openssl.h"
#include "net/stream.h"
#include "net/tcp_stream.h"
#include "net/tls_bio.h"

namespace fastgate::net {

/// Hears how a client's handshake went, instead of the stream's owner.
class TlsHandshakeWaiter {
 public:
  virtual void on_handshake(Result<void> outcome) = 0;

 protected:
  ~TlsHandshakeWaiter() = default;
};

class TlsStream final : public Stream, private StreamOwner {
 public:
  struct Parts {
    Loop& loop;
    std::unique_ptr<Stream> transport;
    SslPtr ssl;
    std::shared_ptr<const void> context;  ///< what `ssl` was made from
    PeerSide side;
    std::string peer_name;  ///< for error texts
  };
  TlsStream(Parts parts, const BIO_METHOD& bio_method);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Begins a client's handshake; `waiter` hears of it once, in a later turn.
  void connect(TlsHandshakeWaiter& waiter);

  void start(StreamOwner* owner) override;
  void set_owner(StreamOwner* owner) override { owner_ = owner; }
  void pause_reading() override;
  void resume_reading() override;
  void write(std::span<const std::string_view> pieces) override;
  using Stream::write;
  void send_kept() override { transport_->send_kept(); }
  [[nodiscard]] std::size_t pending() const override {
    return early_.size() + transport_->pending();
  }
  void set_high_mark(std::size_t bytes) override { transport_->set_high_mark(bytes); }
  void end_writing() override;
  void reset_on_close() override;
  [[nodiscard]] bool is_failed() const override { return is_failed_ || transport_->is_failed(); }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t length) const override;
  [[nodiscard]] bool is_tls() const override { return true; }
  [[nodiscard]] TlsFacts tls_facts() const override;
  [[nodiscard]] std::string certificate_text(CertificateField field) const override;

 private:
  /// How far both counts were before one of the last writes.
  struct Mark {
    std::uint64_t plain = 0;
    std::uint64_t cipher = 0;
  };

  void on_bytes(std::string_view bytes) override;
  void on_drained() override;
  void on_end() override;
  void on_failed(Error error) override;

  void begin();
  void go_on_in_clear();
  void take_records(std::string_view records);
  void take_held();
  bool go_on_with_handshake();
  void handshake_done();
  void read_plain();
  [[nodiscard]] bool may_reply(std::size_t size);
  void report_read(std::size_t size, std::string failure);
  void report_end();
  void encrypt(std::span<const std::string_view> pieces);
  bool encrypt_bytes(std::string_view bytes);
  void send_close_notify();
  void flush();
  [[nodiscard]] std::string reason_of(int error) const;
  [[nodiscard]] bool asks_for_certificate() const;
  void refuse(std::string reason);
  void fail_with(std::string reason);
  void fail_later(std::string reason);
  void report_failure();
  [[nodiscard]] Error make_error(const std::string& reason) const;

  Loop& loop_;
  std::unique_ptr<Stream> transport_;
  std::shared_ptr<const void> context_;
  SslPtr ssl_;
  TlsBuffers buffers_;
  StreamOwner* owner_ = nullptr;
  TlsHandshakeWaiter* waiter_ = nullptr;
  std::string peer_name_;
  std::string held_;   ///< records that came before start(), or while it waits for its turn
  std::string early_;  ///< written before the handshake ended
  std::string failure_;
  LaterCall held_turn_;
  LaterCall failure_turn_;
  std::uint64_t plain_written_ = 0;
  std::uint64_t cipher_written_ = 0;
  std::array<Mark, 4> marks_{};  ///< of the last writes, newest at the front
  bool* is_gone_ = nullptr;      ///< where the destructor leaves a note
  std::uint32_t replied_ = 0;    ///< bytes of TLS's own since the other side took all there was
  PeerSide side_;
  bool is_open_ = false;   ///< the handshake ended well
  bool is_clear_ = false;  ///< the client speaks HTTP without TLS
  bool is_paused_ = true;
  bool is_ending_ = false;
  bool is_ended_ = false;  ///< close_notify and the transport's end are on their way
  bool is_resetting_ = false;
  bool is_end_received_ = false;  ///< close_notify came
  bool is_end_reported_ = false;
  bool is_refused_ = false;  ///< an alert told the client so, and the client has not closed yet
  bool is_failed_ = false;
  bool is_failure_reported_ = false;
};

}  // namespace fastgate::net
