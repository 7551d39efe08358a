// The Acceptor of listen_socket.h.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/inbox.h"
#include "net/listen_socket.h"
#include "net/socket_address.h"
#include "net/tcp_stream.h"
#include "net/uv_error.h"
#include "net/uv_handle.h"

namespace fastgate::net {
namespace {

// Connections taken in one event at most, so that others get their turn.
constexpr int kMaxBatch = 64;
// More than any kernel's queue holds.
constexpr int kMaxDrained = 1 << 17;
// How long accepting rests when the system has nothing left, not even the spare descriptor.
constexpr std::chrono::milliseconds kRest{100};

class SocketAcceptor final : public Acceptor {
 public:
  SocketAcceptor(Loop& loop, ListenSocket socket, OnConnection on_connection,
                 OnShortage on_shortage)
      : loop_(loop),
        socket_(std::move(socket)),
        on_connection_(std::move(on_connection)),
        on_shortage_(std::move(on_shortage)) {
    open_spare();
  }
  ~SocketAcceptor() override {
    if (is_gone_ != nullptr) *is_gone_ = true;
    if (spare_ >= 0) ::close(spare_);
  }
  SocketAcceptor(const SocketAcceptor&) = delete;
  SocketAcceptor& operator=(const SocketAcceptor&) = delete;

  int watch() {
    auto poll = std::make_unique<uv_poll_t>();
    if (const int failed = uv_poll_init(loop_.uv(), poll.get(), socket_.descriptor());
        failed != 0) {
      return failed;
    }
    poll_.reset(poll.release());
    poll_->data = this;
    resume();
    return 0;
  }

  void set_handover(Handover handover) override {
    handover_ = handover;
    socket_.set_handover(handover);
  }

  void pause() override {
    is_paused_ = true;
    uv_poll_stop(poll_.get());
  }

  void resume() override {
    is_paused_ = false;
    rest_.disarm();
    uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
      static_cast<SocketAcceptor*>(handle->data)->on_ready();
    });
  }

  void drain_queue() override { take(kMaxDrained); }

  [[nodiscard]] Result<ListenSocket> duplicate_socket() const override {
    return socket_.duplicate();
  }

 private:
  enum class Taken : std::uint8_t { All, Limit, Stopped };

  void on_ready();
  Taken take(int limit);
  bool out_of_descriptors();
  void rest_ended() {
    if (!is_paused_) resume();
  }
  void open_spare() { spare_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

  Loop& loop_;
  ListenSocket socket_;
  UvHandle<uv_poll_t> poll_;
  OnConnection on_connection_;
  OnShortage on_shortage_;
  Timer rest_;
  Handover handover_ = Handover::AtOnce;
  int spare_ = -1;
  int batch_ = 1;
  std::uint64_t last_full_turn_ = UINT64_MAX - 1;
  bool is_paused_ = false;
  bool* is_gone_ = nullptr;  ///< where the destructor leaves a note for take()
};

/// Asking again until the queue is empty would cost a call too many for each lone connection;
/// taking just one an event would be slow under a flood. So the batch grows while the queue is not
/// emptied in turns that follow each other.
void SocketAcceptor::on_ready() {
  // Connections that ended before these came make room for them.
  bool is_gone = false;
  is_gone_ = &is_gone;
  loop_.inbox().read_all();
  if (is_gone) return;
  is_gone_ = nullptr;
  if (is_paused_) return;
  const std::uint64_t turn = loop_.turn();
  const bool is_flood = turn == last_full_turn_ + 1;
  if (!is_flood) batch_ = 1;
  const Taken taken = take(batch_);
  if (taken == Taken::Stopped) return;
  if (taken == Taken::All) {
    batch_ = 1;
    return;
  }
  if (is_flood) batch_ = std::min(batch_ * 2, kMaxBatch);
  last_full_turn_ = turn;
}

SocketAcceptor::Taken SocketAcceptor::take(int limit) {
  bool is_gone = false;
  is_gone_ = &is_gone;
  for (int taken = 0; taken < limit; ++taken) {
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    const int fd = ::accept4(socket_.descriptor(), reinterpret_cast<sockaddr*>(&peer), &length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (is_shortage(uv_translate_sys_error(errno))) {
        if (on_shortage_) on_shortage_(system_error_text());
        if (out_of_descriptors()) continue;
        break;
      }
      // The rest are connections that ended in the queue (accept(2) names a dozen errors for it).
      if (errno != EAGAIN && errno != EWOULDBLOCK) continue;
      is_gone_ = nullptr;
      return Taken::All;
    }
    auto stream = adopt_tcp(loop_, fd, handover_);
    if (!stream) continue;
    on_connection_(std::move(*stream),
                   SocketAddress::from_system(reinterpret_cast<const sockaddr&>(peer))
                       .value_or(SocketAddress{}));
    if (is_gone) return Taken::Stopped;
    if (is_paused_ && limit != kMaxDrained) break;
  }
  is_gone_ = nullptr;
  return Taken::Limit;
}

/// Takes and closes one waiting connection with the spare descriptor. Returns whether that worked;
/// if not (another thread was quicker), accepting rests for a while.
bool SocketAcceptor::out_of_descriptors() {
  if (spare_ >= 0) ::close(std::exchange(spare_, -1));
  const int fd = ::accept4(socket_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) ::close(fd);
  open_spare();
  if (fd >= 0) return true;
  uv_poll_stop(poll_.get());
  rest_.arm<&SocketAcceptor::rest_ended>(loop_.timers(), kRest, this);
  return false;
}

}  // namespace

Result<std::unique_ptr<Acceptor>> Acceptor::start(Loop& loop, ListenSocket socket,
                                                  OnConnection on_connection,
                                                  OnShortage on_shortage) {
  const std::string address = socket.local_address();
  auto acceptor = std::make_unique<SocketAcceptor>(
      loop, std::move(socket), std::move(on_connection), std::move(on_shortage));
  if (const int failed = acceptor->watch(); failed != 0) {
    return fail(ErrorKind::Io, "cannot accept on " + address + ": " + uv_error_text(failed));
  }
  return acceptor;
}

}  // namespace fastgate::net
