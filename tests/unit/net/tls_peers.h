/// Other ends of a TLS connection for the tests of net/tls: by plain OpenSSL calls, or our own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/openssl.h"
#include "net/tls.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {

inline std::shared_ptr<const TlsServerContext> server_context(
    const std::vector<CertificateFiles>& certificates, const TlsTicketKeys* keys = nullptr) {
  auto made = TlsServerContext::make(certificates, keys);
  REQUIRE(made.has_value());
  return *made;
}

inline std::shared_ptr<const TlsClientContext> client_context(const TlsClientSettings& settings) {
  auto made = TlsClientContext::make(settings);
  REQUIRE(made.has_value());
  return *made;
}

/// A client by plain OpenSSL calls over a memory pair's near end: says what the server chose.
class PlainClient final : public StreamOwner {
 public:
  PlainClient(TestLoop& test, std::unique_ptr<Stream> transport, int version = 0)
      : test_(test), transport_(std::move(transport)), context_(SSL_CTX_new(TLS_client_method())) {
    if (version != 0) SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_app_data(context_.get(), this);
    SSL_CTX_sess_set_new_cb(context_.get(), [](SSL* ssl, SSL_SESSION* fresh) {
      auto* self = static_cast<PlainClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      self->session.reset(fresh);
      return 1;
    });
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
    transport_->start(this);
  }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;
  virtual ~PlainClient() = default;

  bool shake() {
    for (int i = 0; i < 100; ++i) {
      const int result = SSL_do_handshake(ssl_.get());
      send();
      if (result == 1) return true;
      if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ || is_closed) return false;
      test_.loop().run_once();
    }
    return false;
  }
  void write(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    send();
  }
  std::string read() {
    std::string out(20'000, '\0');
    const int size = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
    out.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    send();
    return out;
  }
  void shut_down() {
    SSL_shutdown(ssl_.get());
    send();
  }
  [[nodiscard]] bool got_close_notify() {
    read();
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }
  [[nodiscard]] Stream& transport() { return *transport_; }
  void close_transport() { transport_.reset(); }

  void on_bytes(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
  }
  void on_drained() override {}
  void on_end() override { is_closed = true; }
  void on_failed(Error) override { is_closed = true; }

  bool is_closed = false;
  SslSessionPtr session;

 private:
  void send() {
    std::string out(64 * 1024, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    if (size > 0 && transport_ != nullptr && !transport_->is_failed()) {
      transport_->write(std::string_view(out).substr(0, static_cast<std::size_t>(size)));
    }
  }
  TestLoop& test_;
  std::unique_ptr<Stream> transport_;
  SslCtxPtr context_;
  SslPtr ssl_;
};

/// A TLS 1.2 server by plain OpenSSL calls that speaks first: its greeting comes in one write with
/// the end of the handshake.
class GreetingServer final : public StreamOwner {
 public:
  GreetingServer(std::unique_ptr<Stream> transport, const CertificateFiles& files)
      : transport_(std::move(transport)), context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), TLS1_2_VERSION);
    SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), files.private_key.c_str(), SSL_FILETYPE_PEM);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
    transport_->start(this);
  }
  GreetingServer(const GreetingServer&) = delete;
  GreetingServer& operator=(const GreetingServer&) = delete;

  void on_bytes(std::string_view bytes) override {
    BIO_write(SSL_get_rbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    if (SSL_do_handshake(ssl_.get()) == 1) SSL_write(ssl_.get(), "220 ready", 9);
    std::string out(64 * 1024, '\0');
    const int size = BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    if (size > 0)
      transport_->write(std::string_view(out).substr(0, static_cast<std::size_t>(size)));
  }
  void on_drained() override {}
  void on_end() override {}
  void on_failed(Error) override {}

 private:
  std::unique_ptr<Stream> transport_;
  SslCtxPtr context_;
  SslPtr ssl_;
};

/// A TLS server's stream with its owner, and the transport of whoever calls.
struct TlsServerEnd {
  TlsServerEnd(TestLoop& test, std::shared_ptr<const TlsServerContext> context) {
    StreamPair pair = make_memory_pair(test);
    caller = std::move(pair.near);
    stream = make_tls_server_stream(test.loop(), std::move(pair.far), std::move(context));
    stream->start(&owner);
  }
  std::unique_ptr<Stream> caller;
  std::unique_ptr<Stream> stream;
  TestOwner owner;
};

}  // namespace fastgate::net::testing
