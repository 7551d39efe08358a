// The upstream of the bench.
//   bench_upstream --port P [--rate EVENTS_PER_SECOND]
// GET /1k and POST /1k answer 1 KiB; GET /big/BYTES that many bytes; POST /sink takes a body and
// answers 2 bytes; GET /events streams events of 96 bytes at the rate, each stream in its own
// phase. Ends on TERM.
#include <algorithm>
#include <memory>
#include <unordered_map>
#include <vector>

#include <sys/timerfd.h>

#include "bench/bench_net.h"

namespace {

using namespace fastgate::bench;

constexpr std::size_t kBlock = 256 * 1024;
constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string answer_of(std::size_t bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x');
}

std::string event_chunk() {
  std::string event = "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"delta\":{\"content\":\"@\"}}]}";
  event.resize(94, ' ');
  event += "\n\n";
  return "60\r\n" + event + "\r\n";
}

struct Connection {
  int fd = -1;
  std::string head;                     // bytes of an unfinished request head
  std::uint64_t body_left = 0;          // of the request that is being read
  const std::string* answer = nullptr;  // to send once the body is read
  std::uint64_t big_left = 0;           // bytes of a large answer still to send
  bool dead = false;
};

// Event streams of one rate.
struct Streams {
  double rate = 0;  // events a second of each
  std::vector<Connection*> open;
  std::size_t next = 0;
  double due = 0;  // events that should have been sent by now
};

class Upstream {
 public:
  Upstream(std::uint16_t port, std::uint64_t rate)
      : fast_{.rate = static_cast<double>(rate), .open = {}} {
    listener_ = check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    check(bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    check(listen(listener_, 4096), "listen");
    poller_.watch(listener_, EPOLLIN, &listener_);
    timer_ = check(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), "timerfd_create");
    const itimerspec every{.it_interval = {0, kTick}, .it_value = {0, kTick}};
    check(timerfd_settime(timer_, 0, &every, nullptr), "timerfd_settime");
    poller_.watch(timer_, EPOLLIN, &timer_);
  }

  [[noreturn]] void run() {
    for (;;) {
      poller_.wait(-1, [this](void* who, std::uint32_t events) { on_event(who, events); });
      sweep();
    }
  }

 private:
  static constexpr long kTick = 1'000'000;  // nanoseconds

  void on_event(void* who, std::uint32_t events) {
    if (who == &listener_) return accept_all();
    if (who == &timer_) return on_tick();
    Connection& connection = *static_cast<Connection*>(who);
    if ((events & EPOLLOUT) != 0) send_big(connection);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(connection);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      set_no_delay(fd);
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      poller_.watch(fd, EPOLLIN, connection.get());
      connections_[fd] = std::move(connection);
    }
  }

  void read(Connection& connection) {
    const ssize_t count = recv(connection.fd, block_.data(), block_.size(), 0);
    if (count <= 0) {
      if (count == 0 || errno != EAGAIN) bury(connection);
      return;
    }
    std::string_view bytes(block_.data(), static_cast<std::size_t>(count));
    while (!bytes.empty() && !connection.dead)
      bytes = connection.answer != nullptr ? take_body(connection, bytes)
                                           : take_head(connection, bytes);
  }

  std::string_view take_body(Connection& connection, std::string_view bytes) {
    const std::size_t taken = std::min<std::uint64_t>(connection.body_left, bytes.size());
    connection.body_left -= taken;
    if (connection.body_left == 0) finish(connection);
    return bytes.substr(taken);
  }

  std::string_view take_head(Connection& connection, std::string_view bytes) {
    const std::size_t before = connection.head.size();
    connection.head.append(bytes);
    const std::size_t end = connection.head.find("\r\n\r\n", before < 3 ? 0 : before - 3);
    if (end == std::string::npos) return {};
    const std::size_t used = end + 4 - before;
    connection.head.resize(end + 2);
    begin(connection);
    connection.head.clear();
    return bytes.substr(used);
  }

  void begin(Connection& connection) {
    const std::string_view head = connection.head;
    const std::size_t target = head.find(' ') + 1;
    const std::string_view path = head.substr(target, head.find(' ', target) - target);
    if (path.starts_with("/events")) {
      (path.starts_with("/events/slow") ? slow_ : fast_).open.push_back(&connection);
      send_all(connection, kStreamHead);
    } else if (path.starts_with("/big/")) {
      connection.big_left = decimal(path.substr(5));
      send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: " +
                               std::to_string(connection.big_left) + "\r\n\r\n");
      send_big(connection);
    } else {
      connection.answer = path.starts_with("/sink") ? &small_ : &kilobyte_;
      connection.body_left = decimal(field_of(head, "content-length"));
      if (connection.body_left == 0) finish(connection);
    }
  }

  void finish(Connection& connection) {
    send_all(connection, *connection.answer);
    connection.answer = nullptr;
  }

  // What does not fit at once is given up: a proxy that falls behind by a socket buffer is beyond
  // the bench.
  void send_all(Connection& connection, std::string_view bytes) {
    if (send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size()))
      bury(connection);
  }

  void send_big(Connection& connection) {
    while (connection.big_left > 0) {
      const std::size_t part = std::min<std::uint64_t>(connection.big_left, kBlock);
      const ssize_t sent = send(connection.fd, zeros_.data(), part, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) return bury(connection);
        return poller_.change(connection.fd, EPOLLIN | EPOLLOUT, &connection);
      }
      connection.big_left -= static_cast<std::uint64_t>(sent);
    }
    poller_.change(connection.fd, EPOLLIN, &connection);
  }

  void on_tick() {
    std::uint64_t ticks = 0;
    if (::read(timer_, &ticks, sizeof ticks) < 0) return;
    for (Streams* streams : {&fast_, &slow_})
      emit(*streams, static_cast<double>(ticks) * kTick / 1e9);
  }

  // Each stream gets its events at equal distances; the streams take turns within the period.
  void emit(Streams& streams, double seconds) {
    const auto count = static_cast<double>(streams.open.size());
    streams.due = std::min(streams.due + seconds * count * streams.rate, count);
    for (; streams.due >= 1; streams.due -= 1) {
      streams.next = streams.next + 1 < streams.open.size() ? streams.next + 1 : 0;
      if (!streams.open[streams.next]->dead) send_all(*streams.open[streams.next], event_);
    }
  }

  void bury(Connection& connection) {
    connection.dead = true;
    any_dead_ = true;
  }

  void sweep() {
    if (!any_dead_) return;
    any_dead_ = false;
    for (Streams* streams : {&fast_, &slow_}) {
      std::erase_if(streams->open, [](const Connection* stream) { return stream->dead; });
    }
    std::erase_if(connections_, [](const auto& entry) {
      if (entry.second->dead) close(entry.first);
      return entry.second->dead;
    });
  }

  const std::string kilobyte_ = answer_of(1024);
  const std::string small_ = answer_of(2);
  const std::string event_ = event_chunk();
  const std::string zeros_ = std::string(kBlock, 'z');
  std::vector<char> block_ = std::vector<char>(kBlock);
  Poller poller_;
  int listener_ = -1;
  int timer_ = -1;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  Streams fast_;
  Streams slow_{.rate = 1, .open = {}};
  bool any_dead_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  raise_file_limit();
  Upstream upstream(static_cast<std::uint16_t>(arguments.number("port", 9100)),
                    arguments.number("rate", 100));
  upstream.run();
}
