// The load of the bench's TLS rows.
//   bench_tls --port P --mode handshakes|requests [--connections 20]
// `handshakes`: one connection after the other, each with a full handshake and one request.
// `requests`: GETs on kept connections, all sent before the first answer is read. TLS 1.3; nothing
// is verified, no session is resumed. Each line on standard input is answered by a line of counts
// as JSON; the end of the input ends the program.
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <poll.h>

#include "bench/bench_net.h"

namespace {

using namespace fastgate::bench;

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Ssl = std::unique_ptr<SSL, FreeSsl>;

struct Connection {
  Ssl ssl;
  int fd = -1;
};

class TlsLoad {
 public:
  explicit TlsLoad(std::uint16_t port) : port_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  }

  void run(bool handshakes, std::size_t count) {
    std::vector<Connection> connections(count);
    while (answer_commands()) {
      for (Connection& connection : connections) {
        if (connection.fd < 0) open(connection);
        ask(connection, handshakes ? "Connection: close\r\n\r\n" : "\r\n");
        if (handshakes) finish(connection);
      }
      if (handshakes) continue;
      for (Connection& connection : connections) read_answer(connection);
    }
  }

 private:
  // Whether to go on.
  [[nodiscard]] bool answer_commands() const {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    if (poll(&input, 1, 0) <= 0) return true;
    std::array<char, 64> line{};
    if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) return false;
    std::printf("{\"requests\": %lu, \"errors\": %lu, \"ready\": 1}\n", requests_, errors_);
    std::fflush(stdout);
    return true;
  }

  void open(Connection& connection) const {
    connection.fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    set_no_delay(connection.fd);
    const sockaddr_in address = loopback(port_);
    check(connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "connect");
    connection.ssl.reset(SSL_new(context_.get()));
    SSL_set_fd(connection.ssl.get(), connection.fd);
    if (SSL_connect(connection.ssl.get()) != 1) die("SSL_connect");
  }

  static void ask(const Connection& connection, const char* end) {
    const std::string request =
        std::string(
            "GET /1k HTTP/1.1\r\nHost: bench.test\r\nUser-Agent: bench\r\nAccept: */*\r\n") +
        end;
    SSL_write(connection.ssl.get(), request.data(), static_cast<int>(request.size()));
  }

  void read_answer(const Connection& connection) {
    std::string answer;
    std::array<char, 4096> block;
    for (;;) {
      const int count = SSL_read(connection.ssl.get(), block.data(), block.size());
      if (count <= 0) break;
      answer.append(block.data(), static_cast<std::size_t>(count));
      const std::size_t end = answer.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      if (answer.size() - end - 4 >= decimal(field_of(answer, "content-length"))) break;
    }
    ++(answer.starts_with("HTTP/1.1 200") ? requests_ : errors_);
  }

  void finish(Connection& connection) {
    read_answer(connection);
    SSL_shutdown(connection.ssl.get());
    connection.ssl.reset();
    close(connection.fd);
    connection.fd = -1;
  }

  const std::uint16_t port_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::uint64_t requests_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  TlsLoad load(static_cast<std::uint16_t>(arguments.number("port", 0)));
  load.run(arguments.text("mode", "") == "handshakes", arguments.number("connections", 20));
}
