// The sending half of UvTcpStream.
#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "net/backlog.h"
#include "net/outbox.h"
#include "net/uv_tcp_stream.h"

namespace fastgate::net {
namespace {

constexpr std::size_t kPiecesASend = 16;
// Up to here, putting pieces side by side costs less than what the kernel does for a list of them.
constexpr std::size_t kMostJoined = 4 * 1024;
// What one request to libuv holds, whose lengths are 32 bits wide.
constexpr std::size_t kMaxPart = 1 << 30;

std::size_t total_of(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  return total;
}

/// The first of `pieces` for one system call: a list of some, or more of them where all are so
/// small that they are put side by side. A body in tiny chunks would take a call for every few
/// bytes.
std::span<const std::string_view> first_to_send(std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  std::size_t count = 0;
  for (; count < pieces.size(); ++count) {
    size += pieces[count].size();
    if (count >= kPiecesASend && size > kMostJoined) break;
  }
  return pieces.first(count);
}

ssize_t send_bytes(int descriptor, std::string_view bytes, int flags) {
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor, bytes.data(), bytes.size(), flags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t send_joined(int descriptor, std::span<const std::string_view> pieces, int flags) {
  std::array<char, kMostJoined> joined;
  char* end = joined.data();
  // Not ranges::copy, which copies from const byte by byte in libstdc++ 12.
  for (const std::string_view piece : pieces) end = std::copy(piece.begin(), piece.end(), end);
  return send_bytes(descriptor, {joined.data(), end}, flags);
}

ssize_t send_list(int descriptor, std::span<const std::string_view> pieces, int flags) {
  std::array<iovec, kPiecesASend> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    vectors[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(descriptor, &message, flags);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

/// One system call for pieces of `size` bytes in all. Returns the bytes taken (0 if the socket is
/// full), or a negated errno.
ssize_t send_pieces(int descriptor, std::span<const std::string_view> pieces, std::size_t size,
                    int flags) {
  ssize_t sent = 0;
  if (pieces.size() == 1) {
    sent = send_bytes(descriptor, pieces.front(), flags);
  } else if (size <= kMostJoined) {
    sent = send_joined(descriptor, pieces, flags);
  } else {
    sent = send_list(descriptor, pieces, flags);
  }
  if (sent >= 0) return sent;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -errno;
}

}  // namespace

Backlog& UvTcpStream::backlog() {
  if (backlog_ == nullptr) {
    backlog_ = std::make_unique<Backlog>(loop().streams_behind());
    backlog_->request.data = backlog_.get();
  }
  return *backlog_;
}

bool UvTcpStream::has_pending() const {
  return backlog_ != nullptr && (backlog_->sending_now > 0 || backlog_->waiting() > 0);
}

std::size_t UvTcpStream::pending() const {
  if (backlog_ == nullptr || is_failed_ || is_resetting_) return 0;
  return backlog_->waiting() +
         uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(handle()));
}

void UvTcpStream::set_high_mark(std::size_t bytes) {
  high_mark_ = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, UINT32_MAX));
  is_above_mark_ = pending() > high_mark_;
}

void UvTcpStream::write(std::span<const std::string_view> pieces) {
  if (is_resetting_) return;
  FG_ASSERT(!is_ending_);
  if (!is_failed_ && !has_pending() && loop().outbox().try_keep(*this, pieces)) return;
  send_kept();
  send(pieces);
}

void UvTcpStream::send_kept() {
  if (is_in_outbox_) loop().outbox().send(*this);
}

void UvTcpStream::send(std::span<const std::string_view> pieces) {
  std::size_t sent = 0;
  if (!is_failed_ && !has_pending()) sent = send_now(pieces);
  const std::size_t total = total_of(pieces);
  if (is_failed_) {
    backlog().lost += total - sent;
  } else if (sent < total) {
    keep(pieces, sent);
  }
}

/// Gives the socket as much as it takes; returns how much that was.
std::size_t UvTcpStream::send_now(std::span<const std::string_view> pieces) {
  const int socket = descriptor();
  // The FIN that follows goes with the bytes, in one packet.
  const int flags = MSG_NOSIGNAL | (is_ending_ ? MSG_MORE : 0);
  std::size_t total_sent = 0;
  while (!pieces.empty()) {
    const auto chunk = first_to_send(pieces);
    pieces = pieces.subspan(chunk.size());
    const std::size_t size = total_of(chunk);
    if (size == 0) continue;
    const ssize_t sent = send_pieces(socket, chunk, size, flags);
    if (sent < 0) {
      write_failed(static_cast<int>(sent));
      return total_sent;
    }
    total_sent += static_cast<std::size_t>(sent);
    if (static_cast<std::size_t>(sent) < size) return total_sent;
  }
  return total_sent;
}

void UvTcpStream::keep(std::span<const std::string_view> pieces, std::size_t skip) {
  Backlog& log = backlog();
  std::string& out = log.sending_now > 0 ? log.next : log.sending;
  for (const std::string_view piece : pieces) {
    const std::size_t skipped = std::min(skip, piece.size());
    out += piece.substr(skipped);
    skip -= skipped;
  }
  if (pending() > high_mark_) is_above_mark_ = true;
  if (log.sending_now == 0) send_backlog();
}

/// Hands libuv the next part: up to where the owner wants to hear of it, if it does.
void UvTcpStream::send_backlog() {
  Backlog& log = *backlog_;
  if (log.sent == log.sending.size()) {
    log.sending.clear();
    log.sending.swap(log.next);
    log.sent = 0;
  }
  std::size_t size = log.sending.size() - log.sent;
  const std::size_t half = high_mark_ / 2;
  if (is_above_mark_ && log.waiting() > half) size = std::min(size, log.waiting() - half);
  const uv_buf_t buffer =
      uv_buf_init(log.sending.data() + log.sent, static_cast<unsigned>(std::min(size, kMaxPart)));
  log.sending_now = buffer.len;
  const int failed =
      uv_write(&log.request, reinterpret_cast<uv_stream_t*>(handle()), &buffer, 1, on_written);
  if (failed == 0) return;
  log.sending_now = 0;
  write_failed(failed);
}

void UvTcpStream::on_written(uv_write_t* request, int status) {
  auto* log = static_cast<Backlog*>(request->data);
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(request->handle)) != 0) {
    std::unique_ptr<Backlog>(log).reset();
    return;
  }
  auto* stream = static_cast<UvTcpStream*>(request->handle->data);
  log->sent += std::exchange(log->sending_now, 0);
  if (stream->is_failed_ || stream->is_resetting_) return;
  if (status < 0) return stream->write_failed(status);
  stream->backlog_moved();
}

void UvTcpStream::backlog_moved() {
  if (has_pending()) {
    send_backlog();
  } else {
    backlog_.reset();
    if (is_ending_) send_fin();
  }
  if (!is_above_mark_ || pending() > high_mark_ / 2) return;
  is_above_mark_ = false;
  if (!is_failed_) owner_->on_drained();
}

void UvTcpStream::write_failed(int code) {
  if (is_failed_) return;
  is_failed_ = true;
  is_reset_ = code == UV_ECONNRESET;
  Backlog& log = backlog();
  log.lost = log.waiting();
  log.next = {};
  log.failure = code;
  loop().call_later<&UvTcpStream::report_write_failure>(log.report, this);
}

void UvTcpStream::end_writing() {
  if (is_ending_ || is_resetting_) return;
  is_ending_ = true;
  send_kept();
  if (!is_failed_ && !has_pending()) send_fin();
}

/// Not uv_shutdown(): that waits for a later turn, and is lost if the stream ends before it.
void UvTcpStream::send_fin() {
  is_fin_sent_ = ::shutdown(descriptor(), SHUT_WR) == 0;
}

void UvTcpStream::reset_on_close() {
  send_kept();
  is_resetting_ = true;
  is_above_mark_ = false;
  if (backlog_ != nullptr) backlog_->next = {};
}

/// SIOCOUTQ counts what the other side has not acknowledged, sent or not, and still tells it after
/// a reset. A reset without a FIN before it does not count as proof: its sender may have read the
/// bytes without having acknowledged them yet.
bool UvTcpStream::nothing_acknowledged_of_last(std::size_t length) const {
  if (is_in_outbox_) loop().outbox().flush();
  const std::size_t unsent =
      backlog_ == nullptr ? 0 : (is_failed_ ? backlog_->lost : backlog_->waiting());
  if (unsent >= length) return true;
  if (is_reset_) return false;
  int queued = 0;
  if (ioctl(descriptor(), SIOCOUTQ, &queued) != 0 || queued < 0) return false;
  // A FIN of ours counts as a byte.
  const int fin = is_fin_sent_ ? 1 : 0;
  return queued >= fin && static_cast<std::size_t>(queued - fin) + unsent >= length;
}

}  // namespace fastgate::net
