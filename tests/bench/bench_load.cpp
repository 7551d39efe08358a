// The load of the bench.
//   bench_load --port P --mode MODE [--connections N] [--path /1k] [--body BYTES] [--asks FILE]
// Modes: `requests` (one after the other on each of N kept connections; POST where --body is
// given), `connections` (a new connection for each request, N at a time), `streams` (N event
// streams, read for ever), `hold` (N connections that ask once and then stay open, silent). --asks
// names a file of different requests, asked in turn: in each line path, header line and body,
// separated by tabs; what is empty is as without. Each
// line on standard input is answered by a line of counts as JSON; the end of the input ends the
// program.
#include <algorithm>
#include <fstream>
#include <vector>

#include "bench/bench_net.h"

namespace {

using namespace fastgate::bench;

enum class Mode : std::uint8_t { Requests, Connections, Streams, Hold };

Mode mode_of(const std::string& name) {
  if (name == "requests") return Mode::Requests;
  if (name == "connections") return Mode::Connections;
  if (name == "streams") return Mode::Streams;
  if (name == "hold") return Mode::Hold;
  std::fprintf(stderr, "bench_load: no mode %s\n", name.c_str());
  std::exit(2);
}

struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;  // of bodies, both ways
  std::uint64_t events = 0;
  std::uint64_t errors = 0;  // connections lost, and answers other than 200
  std::uint64_t ready = 0;   // connections that have had their first answer
};

struct Connection {
  int fd = -1;
  std::string head;             // bytes of an unfinished answer head
  std::uint64_t body_left = 0;  // of the answer that is being read
  std::uint64_t to_send = 0;    // of the request's body
  bool in_body = false;
  bool answered_once = false;
};

class Load {
 public:
  explicit Load(const Arguments& arguments)
      : mode_(mode_of(arguments.text("mode", "requests"))),
        port_(static_cast<std::uint16_t>(arguments.number("port", 0))),
        body_(arguments.number("body", 0)) {
    const std::string path = arguments.text("path", mode_ == Mode::Streams ? "/events" : "/1k");
    const std::string asks = arguments.text("asks", "");
    if (asks.empty()) {
      // A small body travels with its head, as real clients do it.
      requests_.push_back(head_of(path, "", body_) + std::string(body_ <= kSmall ? body_ : 0, 'y'));
    } else {
      read_asks(asks, path);
    }
    connections_.resize(arguments.number("connections", 50));
    poller_.watch(STDIN_FILENO, EPOLLIN, nullptr);
  }

  void run() {
    std::size_t opened = 0;
    while (!ended_) {
      // Opened in small groups, so that no backlog overflows.
      for (int i = 0; i < 32 && opened < connections_.size() && opened < counts_.ready + 256; ++i)
        open(connections_[opened++]);
      poller_.wait(opened < connections_.size() ? 1 : 1000,
                   [this](void* who, std::uint32_t events) { on_event(who, events); });
    }
  }

 private:
  static constexpr std::uint64_t kSmall = 64 * 1024;

  [[nodiscard]] std::string head_of(std::string_view path, std::string_view field,
                                    std::size_t body) const {
    std::string head = body > 0 ? "POST " : "GET ";
    head.append(path).append(
        " HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: bench\r\nAccept: */*\r\n");
    if (!field.empty()) head.append(field).append("\r\n");
    if (body > 0) {
      head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body) + "\r\n";
    }
    if (mode_ == Mode::Connections) head += "Connection: close\r\n";
    return head + "\r\n";
  }

  void read_asks(const std::string& file, const std::string& path) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t first = line.find('\t');
      const std::size_t second = line.find('\t', first + 1);
      const std::string own = line.substr(0, first);
      const std::string body = line.substr(second + 1);
      requests_.push_back(head_of(own.empty() ? path : own,
                                  line.substr(first + 1, second - first - 1), body.size()) +
                          body);
    }
    if (requests_.empty()) die("asks");
  }

  void open(Connection& connection) {
    connection.fd = connect_to(port_);
    connection.head.clear();
    connection.in_body = false;
    poller_.watch(connection.fd, EPOLLIN | EPOLLOUT, &connection);
  }

  void on_event(void* who, std::uint32_t events) {
    if (who == nullptr) return on_command();
    Connection& connection = *static_cast<Connection*>(who);
    if ((events & EPOLLOUT) != 0) on_writable(connection);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(connection);
  }

  void on_command() {
    std::array<char, 64> line{};
    if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) {
      ended_ = true;
      return;
    }
    std::printf(
        "{\"requests\": %lu, \"bytes\": %lu, \"events\": %lu, \"errors\": %lu, \"ready\": %lu}\n",
        counts_.requests, counts_.bytes, counts_.events, counts_.errors, counts_.ready);
    std::fflush(stdout);
  }

  // Connected, or room for more of a body.
  void on_writable(Connection& connection) {
    if (connection.to_send == 0 && !connection.in_body) {
      ask(connection);
    } else {
      send_body(connection);
    }
    if (connection.to_send == 0 && connection.fd >= 0)
      poller_.change(connection.fd, EPOLLIN, &connection);
  }

  void ask(Connection& connection) {
    const std::string& request = requests_[next_];
    next_ = next_ + 1 < requests_.size() ? next_ + 1 : 0;
    if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      return fail(connection);
    if (body_ <= kSmall) {
      counts_.bytes += body_;
      return;
    }
    connection.to_send = body_;
    send_body(connection);
    if (connection.to_send > 0) poller_.change(connection.fd, EPOLLIN | EPOLLOUT, &connection);
  }

  void send_body(Connection& connection) {
    while (connection.to_send > 0) {
      const std::size_t part = std::min<std::uint64_t>(connection.to_send, block_.size());
      const ssize_t sent = send(connection.fd, zeros_.data(), part, MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN ? void() : fail(connection);
      connection.to_send -= static_cast<std::uint64_t>(sent);
      counts_.bytes += static_cast<std::uint64_t>(sent);
    }
  }

  void read(Connection& connection) {
    if (connection.fd < 0) return;
    const ssize_t count = recv(connection.fd, block_.data(), block_.size(), 0);
    if (count <= 0) {
      if (count < 0 && errno == EAGAIN) return;
      return mode_ == Mode::Connections && connection.in_body && connection.body_left == 0
                 ? again(connection)
                 : fail(connection);
    }
    const std::string_view bytes(block_.data(), static_cast<std::size_t>(count));
    if (connection.in_body) return take_body(connection, bytes);
    connection.head.append(bytes);
    const std::size_t end = connection.head.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string_view head = std::string_view(connection.head).substr(0, end + 2);
    if (!head.starts_with("HTTP/1.1 200")) ++counts_.errors;
    connection.in_body = true;
    connection.body_left = decimal(field_of(head, "content-length"));
    if (!connection.answered_once) ++counts_.ready;
    connection.answered_once = true;
    const std::string rest = connection.head.substr(end + 4);
    connection.head.clear();
    take_body(connection, rest);
  }

  void take_body(Connection& connection, std::string_view bytes) {
    if (mode_ == Mode::Streams) {
      for (const char c : bytes) counts_.events += c == '@' ? 1 : 0;  // one in each event
      return;
    }
    counts_.bytes += bytes.size();
    connection.body_left -= std::min<std::uint64_t>(connection.body_left, bytes.size());
    if (connection.body_left > 0) return;
    ++counts_.requests;
    if (mode_ != Mode::Requests) return;  // waits for the end, or stays
    connection.in_body = false;
    ask(connection);
  }

  // The proxy closed a connection after its only answer.
  void again(Connection& connection) {
    close(connection.fd);
    open(connection);
  }

  void fail(Connection& connection) {
    ++counts_.errors;
    close(connection.fd);
    connection.to_send = 0;
    connection.fd = -1;
    if (mode_ == Mode::Requests || mode_ == Mode::Connections) open(connection);
  }

  const Mode mode_;
  const std::uint16_t port_;
  const std::uint64_t body_;
  std::vector<std::string> requests_;
  std::size_t next_ = 0;
  Counts counts_;
  bool ended_ = false;
  std::vector<Connection> connections_;
  std::vector<char> block_ = std::vector<char>(256 * 1024);
  const std::string zeros_ = std::string(256 * 1024, 'z');
  Poller poller_;
};

}  // namespace

int main(int argc, char** argv) {
  raise_file_limit();
  Load load(Arguments(argc, argv));
  load.run();
}
