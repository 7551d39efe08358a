/// The other side of a stream, by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/tcp_stream.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {

/// A peer by plain blocking calls, so that the test says exactly what goes over the wire.
class PlainPeer {
 public:
  PlainPeer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    socklen_t length = sizeof address;
    REQUIRE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~PlainPeer() {
    close_connection();
    ::close(listener_);
  }
  PlainPeer(const PlainPeer&) = delete;
  PlainPeer& operator=(const PlainPeer&) = delete;

  [[nodiscard]] std::unique_ptr<Stream> connect(TestLoop& test) {
    std::unique_ptr<Stream> stream;
    auto connecting = connect_tcp(test.loop(), IpAddress::v4(INADDR_LOOPBACK), port_,
                                  [&stream](Result<std::unique_ptr<Stream>> made) {
                                    REQUIRE(made.has_value());
                                    stream = std::move(*made);
                                  });
    CHECK(stream == nullptr);  // never from inside
    REQUIRE(test.run_until([&stream] { return stream != nullptr; }));
    fd_ = ::accept(listener_, nullptr, nullptr);
    REQUIRE(fd_ >= 0);
    return stream;
  }
  [[nodiscard]] std::string read(std::size_t size) const {
    std::string out(size, '\0');
    const ssize_t count = ::recv(fd_, out.data(), size, MSG_WAITALL);
    out.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return out;
  }
  void write(std::string_view bytes) const {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void close_connection() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void reset_connection() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close_connection();
  }
  void shrink_receiving() const {
    const int size = 4096;
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  [[nodiscard]] std::size_t received() const {
    int count = 0;
    ioctl(fd_, FIONREAD, &count);
    return static_cast<std::size_t>(count);
  }
  /// Packets that have come, the handshake's included.
  [[nodiscard]] std::uint32_t packets() const {
    tcp_info info{};
    socklen_t length = sizeof info;
    REQUIRE(getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &length) == 0);
    return info.tcpi_segs_in;
  }
  void shut_sending() const { ::shutdown(fd_, SHUT_WR); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace fastgate::net::testing
