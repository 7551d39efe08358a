// The floor of the bench: what passing bytes on costs when nobody looks at them.
//   bench_relay --port P --upstream P
// One thread over epoll. Each client connection has an upstream connection, kept for the next
// client; a request is two reads and two writes. A request that holds `Connection: close` ends the
// client's connection with the first bytes of the answer. Ends on TERM.
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_net.h"

namespace {

using namespace fastgate::bench;

constexpr std::size_t kBlock = 64 * 1024;

struct Side {
  int fd = -1;
  Side* other = nullptr;
  std::string pending;  // bytes that the socket did not take
  bool is_client = false;
  bool closes = false;  // the client asked for that
};

class Relay {
 public:
  Relay(std::uint16_t port, std::uint16_t upstream) : upstream_(upstream) {
    listener_ = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    check(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    check(listen(listener_, 4096), "listen");
    poller_.watch(listener_, EPOLLIN, &listener_);
  }

  [[noreturn]] void run() {
    for (;;) {
      poller_.wait(-1, [this](void* who, std::uint32_t events) {
        if (who == &listener_) return accept_all();
        Side& side = *static_cast<Side*>(who);
        if (side.fd < 0) return;
        if ((events & EPOLLOUT) != 0) flush(side);
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(side);
      });
      closed_.clear();
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      set_no_delay(fd);
      auto client = std::make_unique<Side>();
      client->fd = fd;
      client->is_client = true;
      if (idle_.empty()) {
        idle_.push_back(std::make_unique<Side>());
        idle_.back()->fd = connect_to(upstream_);
        poller_.watch(idle_.back()->fd, EPOLLIN, idle_.back().get());
      }
      client->other = idle_.back().release();
      idle_.pop_back();
      client->other->other = client.get();
      poller_.watch(fd, EPOLLIN, client.release());
    }
  }

  void read(Side& from) {
    const ssize_t count = recv(from.fd, block_.data(), block_.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0 || from.other == nullptr) return end(from);
    Side& to = *from.other;
    const std::string_view bytes(block_.data(), static_cast<std::size_t>(count));
    // Only heads are short; nothing else is looked at.
    if (from.is_client && bytes.size() < 2048) from.closes = bytes.contains("Connection: close");
    const ssize_t sent =
        to.pending.empty() ? send(to.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) : 0;
    const auto taken = static_cast<std::size_t>(sent < 0 ? 0 : sent);
    if (taken < bytes.size()) {
      to.pending.append(bytes.substr(taken));
      poller_.change(from.fd, 0, &from);
      poller_.change(to.fd, EPOLLIN | EPOLLOUT, &to);
    } else if (to.closes) {
      end(to);
    }
  }

  void flush(Side& to) {
    const ssize_t sent = send(to.fd, to.pending.data(), to.pending.size(), MSG_NOSIGNAL);
    if (sent > 0) to.pending.erase(0, static_cast<std::size_t>(sent));
    if (!to.pending.empty()) return;
    poller_.change(to.fd, EPOLLIN, &to);
    if (to.other != nullptr) poller_.change(to.other->fd, EPOLLIN, to.other);
  }

  // A client that left gives its upstream connection back; one that is in the middle of something
  // is closed.
  void end(Side& side) {
    Side* client = side.is_client ? &side : side.other;
    Side* upstream = side.is_client ? side.other : &side;
    const bool reusable = side.is_client && side.closes && upstream->pending.empty();
    if (reusable) {
      upstream->other = nullptr;
      idle_.emplace_back(upstream);
    } else {
      std::erase_if(idle_,
                    [&](auto& one) { return one.get() == upstream && one.release() != nullptr; });
      bury(upstream);
    }
    if (client != nullptr) bury(client);
  }

  void bury(Side* side) {
    close(side->fd);
    side->fd = -1;
    closed_.emplace_back(side);
  }

  const std::uint16_t upstream_;
  Poller poller_;
  int listener_ = -1;
  std::vector<std::unique_ptr<Side>> idle_;
  std::vector<std::unique_ptr<Side>> closed_;
  std::vector<char> block_ = std::vector<char>(kBlock);
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  raise_file_limit();
  Relay relay(static_cast<std::uint16_t>(arguments.number("port", 9200)),
              static_cast<std::uint16_t>(arguments.number("upstream", 9100)));
  relay.run();
}
