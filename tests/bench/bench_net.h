/// What both programs of the bench share: sockets, an epoll loop, and a minimal reading of HTTP
/// heads.
///
/// Made for measuring against well-behaved programs on loopback, not for traffic: a failed system
/// call ends the program.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench_arguments.h"

namespace fastgate::bench {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

inline int check(int result, const char* what) {
  if (result < 0) die(what);
  return result;
}

/// As many open files as the machine lets us have.
inline void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline void set_no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// A connection to a port of this machine; not blocking, complete or under way.
inline int connect_to(std::uint16_t port) {
  const int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
  set_no_delay(fd);
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 &&
      errno != EINPROGRESS) {
    die("connect");
  }
  return fd;
}

class Poller {
 public:
  Poller() : fd_(check(epoll_create1(0), "epoll_create1")) {}
  void watch(int fd, std::uint32_t events, void* who) const {
    control(EPOLL_CTL_ADD, fd, events, who);
  }
  void change(int fd, std::uint32_t events, void* who) const {
    control(EPOLL_CTL_MOD, fd, events, who);
  }
  /// Calls `on_event(void* who, std::uint32_t events)` for what is ready.
  template <class OnEvent>
  void wait(int milliseconds, OnEvent&& on_event) {
    const int count = epoll_wait(fd_, ready_.data(), static_cast<int>(ready_.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready_[static_cast<std::size_t>(i)];
      on_event(event.data.ptr, event.events);
    }
  }

 private:
  void control(int operation, int fd, std::uint32_t events, void* who) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = who;
    check(epoll_ctl(fd_, operation, fd, &event), "epoll_ctl");
  }
  int fd_;
  std::array<epoll_event, 512> ready_{};
};

/// The value of a field in a head, whose name is given in lower case; "" where it is absent.
inline std::string_view field_of(std::string_view head, std::string_view lower_name) {
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos;
       line = head.find("\r\n", line)) {
    line += 2;
    if (line + lower_name.size() >= head.size()) return "";
    std::size_t i = 0;
    while (i < lower_name.size() && (head[line + i] | 0x20) == (lower_name[i] | 0x20)) ++i;
    if (i < lower_name.size() || head[line + i] != ':') continue;
    const std::size_t start = head.find_first_not_of(" \t", line + i + 1);
    return head.substr(start, head.find("\r\n", start) - start);
  }
  return "";
}

inline std::uint64_t decimal(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace fastgate::bench
