// The makers of tls.h's streams.
#include <utility>

#include "net/tls_client_context.h"
#include "net/tls_server_context.h"
#include "net/tls_stream.h"

namespace fastgate::net {
namespace {

class Handshake final : public TlsConnecting, private TlsHandshakeWaiter {
 public:
  Handshake(std::unique_ptr<TlsStream> stream, Done done)
      : stream_(std::move(stream)), done_(std::move(done)) {}
  void start() { stream_->connect(*this); }

 private:
  void on_handshake(Result<void> outcome) override {
    // `done` may destroy this, and the stream is in the middle of its event.
    const Done done = std::move(done_);
    if (outcome) return done(std::unique_ptr<Stream>(std::move(stream_)));
    done(std::unexpected(std::move(outcome).error()));
  }

  std::unique_ptr<TlsStream> stream_;
  Done done_;
};

std::string name_of_peer(const IpAddress& peer, const std::string& server_name) {
  const std::string address = peer.text();
  return server_name.empty() || server_name == address ? address
                                                       : server_name + " (" + address + ")";
}

}  // namespace

std::unique_ptr<Stream> make_tls_server_stream(Loop& loop, std::unique_ptr<Stream> transport,
                                               std::shared_ptr<const TlsServerContext> context) {
  const auto& openssl = static_cast<const OpensslServerContext&>(*context);
  return std::make_unique<TlsStream>(TlsStream::Parts{loop,
                                                      std::move(transport),
                                                      openssl.make_ssl(),
                                                      std::move(context),
                                                      PeerSide::Downstream,
                                                      {}},
                                     openssl.bio_method());
}

std::unique_ptr<TlsConnecting> connect_tls(Loop& loop, std::unique_ptr<Stream> transport,
                                           const IpAddress& peer,
                                           std::shared_ptr<const TlsClientContext> context,
                                           TlsConnecting::Done done) {
  const auto& openssl = static_cast<const OpensslClientContext&>(*context);
  auto stream = std::make_unique<TlsStream>(
      TlsStream::Parts{loop, std::move(transport), openssl.make_ssl(), std::move(context),
                       PeerSide::Upstream, name_of_peer(peer, openssl.server_name())},
      openssl.bio_method());
  auto handshake = std::make_unique<Handshake>(std::move(stream), std::move(done));
  handshake->start();
  return handshake;
}

}  // namespace fastgate::net
