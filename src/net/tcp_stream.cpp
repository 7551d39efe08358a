#include "net/tcp_stream.h"

#include <utility>

#include <unistd.h>
#include <uv.h>

#include "net/inbox.h"
#include "net/socket_address.h"
#include "net/uv_error.h"
#include "net/uv_tcp_stream.h"

namespace fastgate::net {
namespace {

class Connecting;

/// libuv's until on_connected().
struct ConnectRequest {
  uv_connect_t request{};
  Connecting* waiting = nullptr;  ///< null once nobody waits
};

class Connecting final : public TcpConnecting {
 public:
  Connecting(Loop& loop, const SocketAddress& to, Done done)
      : loop_(loop), to_(to), done_(std::move(done)) {}
  ~Connecting() override {
    if (request_ != nullptr) request_->waiting = nullptr;
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  void start() {
    stream_ = std::make_unique<UvTcpStream>(loop_, PeerSide::Upstream);
    uv_tcp_nodelay(stream_->handle(), 1);
    auto request = std::make_unique<ConnectRequest>();
    request->request.data = request.get();
    request->waiting = this;
    sockaddr_storage address{};
    to_.to_system(address);
    failure_ = uv_tcp_connect(&request->request, stream_->handle(),
                              reinterpret_cast<const sockaddr*>(&address), on_connected);
    if (failure_ != 0) return loop_.call_later<&Connecting::finish>(later_, this);
    request_ = request.release();
    // Watching for bytes from the start saves system calls against beginning to when connected.
    stream_->watch();
  }

 private:
  static void on_connected(uv_connect_t* request, int status) {
    const std::unique_ptr<ConnectRequest> ended(static_cast<ConnectRequest*>(request->data));
    Connecting* waiting = ended->waiting;
    if (waiting == nullptr) return;
    waiting->request_ = nullptr;
    waiting->failure_ = status;
    waiting->finish();
  }

  void finish() {
    // `done` may destroy this.
    const Done done = std::move(done_);
    if (failure_ == 0) return done(std::unique_ptr<Stream>(std::move(stream_)));
    stream_.reset();
    done(failure());
  }

  [[nodiscard]] std::unexpected<Error> failure() const {
    if (is_shortage(failure_)) {
      return fail(ErrorKind::Overloaded,
                  "the gateway can open no further connection: " + uv_error_text(failure_),
                  RetrySafety::Always);
    }
    return fail(ErrorKind::ConnectFailed,
                "cannot connect to " + to_.text() + ": " + uv_error_text(failure_),
                RetrySafety::Always);
  }

  Loop& loop_;
  SocketAddress to_;
  Done done_;
  std::unique_ptr<UvTcpStream> stream_;
  ConnectRequest* request_ = nullptr;
  LaterCall later_;
  int failure_ = 0;
};

}  // namespace

Result<std::unique_ptr<Stream>> adopt_tcp(Loop& loop, int descriptor, Handover handover) {
  auto stream = std::make_unique<UvTcpStream>(loop, PeerSide::Downstream);
  if (const int failed = uv_tcp_open(stream->handle(), descriptor); failed != 0) {
    ::close(descriptor);
    return fail(ErrorKind::Io, "cannot use an accepted connection: " + uv_error_text(failed));
  }
  // Where the inbox is full, libuv tells of the bytes in the next turn.
  if (handover == Handover::WithBytes && loop.inbox().has_room()) loop.inbox().add(*stream);
  return stream;
}

std::unique_ptr<TcpConnecting> connect_tcp(Loop& loop, const IpAddress& address, std::uint16_t port,
                                           TcpConnecting::Done done) {
  auto connecting =
      std::make_unique<Connecting>(loop, SocketAddress{address, port}, std::move(done));
  connecting->start();
  return connecting;
}

}  // namespace fastgate::net
