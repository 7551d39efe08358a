#include "server/systemd.h"

#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

namespace fastgate::server {
namespace {

constexpr int kFirstActivatedDescriptor = 3;
constexpr std::uint64_t kMostActivatedDescriptors = 64;

}  // namespace

void notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path, length);
  // '@' stands for the leading NUL of an abstract address.
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  static_cast<void>(::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size));
  ::close(fd);
}

std::vector<net::ListenSocket> take_activated_sockets() {
  std::vector<net::ListenSocket> sockets;
  const char* pid = std::getenv("LISTEN_PID");
  const char* count_text = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count_text == nullptr) return sockets;
  const std::optional<std::uint64_t> owner = parse_decimal(pid);
  const std::optional<std::uint64_t> count = parse_decimal(count_text);
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  if (!owner || !count || *owner != static_cast<std::uint64_t>(::getpid())) return sockets;
  if (*count > kMostActivatedDescriptors) return sockets;
  for (int i = 0; i < static_cast<int>(*count); ++i) {
    const int fd = kFirstActivatedDescriptor + i;
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) continue;
    if (Result<net::ListenSocket> socket = net::ListenSocket::adopt(fd)) {
      sockets.push_back(std::move(*socket));
    }
  }
  return sockets;
}

}  // namespace fastgate::server
