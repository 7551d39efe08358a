#include "net/listen_socket.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/socket_address.h"
#include "net/uv_error.h"

namespace fastgate::net {
namespace {

constexpr int kBacklog = 4096;
constexpr std::uint16_t kFirstFreePort = 1024;
// The least that there is: one retransmission of the handshake's answer.
constexpr int kSilentSeconds = 1;

bool switch_on(int fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

bool prepare(int fd, const IpAddress& address, ListenSocket::Sharing sharing) {
  if (!switch_on(fd, SOL_SOCKET, SO_REUSEADDR)) return false;
  if (!address.is_v4() && !switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY)) return false;
  return sharing != ListenSocket::Sharing::ReusePort || switch_on(fd, SOL_SOCKET, SO_REUSEPORT);
}

SocketAddress local_of(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
  return SocketAddress::from_system(reinterpret_cast<const sockaddr&>(storage))
      .value_or(SocketAddress{});
}

/// An address text as it is, a name by the system's resolver: its first IPv4 address if it has one,
/// as clients of `localhost` expect.
Result<IpAddress> address_of(const std::string& host) {
  if (Result<IpAddress> address = IpAddress::parse(host)) return address;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); code != 0) {
    return fail(ErrorKind::Io, "cannot listen on " + host + ": " + ::gai_strerror(code));
  }
  const addrinfo* chosen = found;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET) continue;
    chosen = entry;
    break;
  }
  const std::optional<SocketAddress> address = SocketAddress::from_system(*chosen->ai_addr);
  ::freeaddrinfo(found);
  if (!address) return fail(ErrorKind::Io, "cannot listen on " + host + ": it has no IP address");
  return address->address;
}

}  // namespace

Result<ListenSocket> ListenSocket::open(const std::string& host, std::uint16_t port,
                                        Sharing sharing) {
  const auto address = address_of(host);
  if (!address) return std::unexpected(address.error());
  const SocketAddress local{*address, port};
  const auto failed = [&local] {
    const bool is_privileged = errno == EACCES && local.port < kFirstFreePort;
    const std::string_view hint =
        is_privileged ? " (a port below 1024 wants root or CAP_NET_BIND_SERVICE)" : "";
    Error error{ErrorKind::Io, ErrorSide::Config, RetrySafety::Never,
                "cannot listen on " + local.text() + ": " + system_error_text().append(hint)};
    return std::unexpected(std::move(error));
  };
  sockaddr_storage storage{};
  const socklen_t length = local.to_system(storage);
  ListenSocket opened(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (opened.fd_ < 0 || !prepare(opened.fd_, *address, sharing)) return failed();
  if (::bind(opened.fd_, reinterpret_cast<const sockaddr*>(&storage), length) != 0) return failed();
  if (::listen(opened.fd_, kBacklog) != 0) return failed();
  // Accepted connections inherit it, which saves a call for each.
  switch_on(opened.fd_, IPPROTO_TCP, TCP_NODELAY);
  return opened;
}

Result<ListenSocket> ListenSocket::adopt(int descriptor) {
  int is_listening = 0;
  socklen_t length = sizeof is_listening;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &length) != 0 ||
      is_listening == 0) {
    return fail(ErrorKind::Io,
                "descriptor " + std::to_string(descriptor) + " is not a listening socket");
  }
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) {
    return fail(ErrorKind::Io, "cannot take over descriptor " + std::to_string(descriptor) + ": " +
                                   system_error_text());
  }
  switch_on(descriptor, IPPROTO_TCP, TCP_NODELAY);
  return ListenSocket(descriptor);
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

ListenSocket& ListenSocket::operator=(ListenSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) ::close(fd_);
}

int ListenSocket::release() {
  return std::exchange(fd_, -1);
}

void ListenSocket::set_handover(Handover handover) {
  const int seconds = handover == Handover::WithBytes ? kSilentSeconds : 0;
  setsockopt(fd_, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

std::string ListenSocket::local_address() const {
  return local_of(fd_).text();
}

std::uint16_t ListenSocket::local_port() const {
  return local_of(fd_).port;
}

Result<ListenSocket> ListenSocket::duplicate() const {
  const int copy = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    return fail(ErrorKind::Io, "cannot duplicate a listening socket: " + system_error_text());
  return ListenSocket(copy);
}

}  // namespace fastgate::net
