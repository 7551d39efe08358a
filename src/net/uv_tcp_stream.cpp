#include "net/uv_tcp_stream.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include <sys/socket.h>
#include <unistd.h>

#include "net/backlog.h"
#include "net/inbox.h"
#include "net/uv_error.h"

namespace fastgate::net {
namespace {

// How much of what arrived before a failed write is still reported: 16 reads, 1 MiB at most.
constexpr int kReadsAfterFailure = 16;

}  // namespace

void* UvTcpStream::operator new(std::size_t size) {
  static_assert(alignof(UvTcpStream) <= alignof(uv_tcp_t));
  return static_cast<std::byte*>(::operator new(sizeof(uv_tcp_t) + size)) + sizeof(uv_tcp_t);
}

uv_tcp_t* UvTcpStream::handle() const {
  const auto* bytes = reinterpret_cast<const std::byte*>(this);
  return reinterpret_cast<uv_tcp_t*>(const_cast<std::byte*>(bytes) - sizeof(uv_tcp_t));
}

Loop& UvTcpStream::loop() const {
  return *static_cast<Loop*>(handle()->loop->data);
}

int UvTcpStream::descriptor() const {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<uv_handle_t*>(handle()), &fd);
  return fd;
}

UvTcpStream::UvTcpStream(Loop& loop, PeerSide side) : is_upstream_(side == PeerSide::Upstream) {
  uv_tcp_init(loop.uv(), handle());  // makes no socket, so it cannot fail
  handle()->data = this;
}

UvTcpStream::~UvTcpStream() {
  send_kept();
  if (is_in_inbox_ || is_held_) loop().inbox().forget(*this);
  if (is_resetting_) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  if (backlog_ != nullptr && backlog_->is_gone != nullptr) *backlog_->is_gone = true;
  if (backlog_ != nullptr && backlog_->sending_now > 0) {
    backlog_->report.disarm();
    // on_written() takes it back.
    uv_write_t& request = backlog_->request;
    request.data = backlog_.release();
  }
  uv_close(reinterpret_cast<uv_handle_t*>(handle()),
           [](uv_handle_t* closed) { ::operator delete(closed); });
}

// ---- Reading

void UvTcpStream::start(StreamOwner* owner) {
  owner_ = owner;
  resume_reading();
}

void UvTcpStream::resume_reading() {
  is_paused_ = false;
  if (is_held_) loop().inbox().tell_held_later();
  if (!is_watching_) watch();
}

void UvTcpStream::watch() {
  if (is_read_ended_ || is_failed_) return;
  is_watching_ =
      uv_read_start(reinterpret_cast<uv_stream_t*>(handle()), on_alloc, on_readable) == 0;
}

/// libuv gets no buffer, and so only tells that there is something to read: its read() costs more
/// than recv(), and it may take a hang-up for an end, which would make a reset look proper.
void UvTcpStream::on_alloc(uv_handle_t* /*handle*/, std::size_t /*size*/, uv_buf_t* buffer) {
  *buffer = uv_buf_init(nullptr, 0);
}

void UvTcpStream::on_readable(uv_stream_t* handle, ssize_t /*count*/, const uv_buf_t* /*buffer*/) {
  auto* stream = static_cast<UvTcpStream*>(handle->data);
  // Only now, when bytes did arrive, is libuv told of a pause, which costs system calls; most
  // pauses end before.
  if (stream->is_paused_) return stream->stop_watching();
  stream->loop().inbox().add(*stream);
}

std::size_t UvTcpStream::read_size() const {
  const bool may_be_long = is_upstream_ && loop().streams_behind() < Loop::kMostBehind;
  return may_be_long ? Loop::kReadBufferSize : Loop::kShortRead;
}

Arrival UvTcpStream::receive(std::span<char> room) const {
  if (is_paused_) return {{}, EAGAIN};
  const ssize_t count = ::recv(descriptor(), room.data(), std::min(room.size(), read_size()), 0);
  if (count < 0) return {{}, errno};
  return {{room.data(), static_cast<std::size_t>(count)}, 0};
}

void UvTcpStream::tell(Arrival arrival) {
  if (is_failure_reported_) return;
  if (!arrival.bytes.empty()) return owner_->on_bytes(arrival.bytes);
  // A write that failed since the event took the socket's error with it, and tells of it: what
  // looks like an end may be a reset.
  if (is_failed_ && arrival.failure == 0) return;
  stop_watching();
  if (arrival.failure == 0) return report_end();
  report_failed(-arrival.failure);
}

void UvTcpStream::stop_watching() {
  uv_read_stop(reinterpret_cast<uv_stream_t*>(handle()));
  is_watching_ = false;
}

void UvTcpStream::report_end() {
  is_read_ended_ = true;
  owner_->on_end();
}

void UvTcpStream::report_failed(int code) {
  if (is_failure_reported_) return;
  is_failed_ = is_failure_reported_ = true;
  is_reset_ = is_reset_ || code == UV_ECONNRESET;
  if (is_watching_) stop_watching();
  if (backlog_ != nullptr) backlog_->report.disarm();
  const std::string reason = uv_error_text(code);
  owner_->on_failed(
      is_upstream_
          ? fail(ErrorKind::UpstreamReset, "the upstream connection broke: " + reason,
                 RetrySafety::IfIdempotent)
                .error()
          : fail(ErrorKind::ClientGone, "the client's connection broke: " + reason).error());
}

/// After a failed write: what the other side sent before it broke off (an early answer, say) is
/// still in the socket and counts.
void UvTcpStream::report_write_failure() {
  const int code = backlog_->failure;
  if (deliver_what_arrived(code)) report_failed(code);
}

/// `code` is the failure of the write: where that is not of the direction alone, what reads as an
/// end is none. Returns whether the stream still exists.
bool UvTcpStream::deliver_what_arrived(int code) {
  const auto is_gone = std::make_shared<bool>(false);
  backlog_->is_gone = is_gone;
  if (is_held_) loop().inbox().tell_held();  // it was read before
  if (*is_gone) return false;
  for (int i = 0; i < kReadsAfterFailure && !is_paused_ && !is_read_ended_; ++i) {
    const ssize_t count = ::read(descriptor(), loop().read_buffer(), Loop::kShortRead);
    if (count > 0) {
      owner_->on_bytes({loop().read_buffer(), static_cast<std::size_t>(count)});
    } else if (count == 0 && code == UV_EPIPE) {
      report_end();
    } else if (count == 0 || errno != EINTR) {
      break;
    }
    if (*is_gone) return false;
  }
  backlog_->is_gone = nullptr;
  return true;
}

}  // namespace fastgate::net
