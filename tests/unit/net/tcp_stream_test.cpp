#include "net/tcp_stream.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

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
  void shut_sending() const { ::shutdown(fd_, SHUT_WR); }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int listener_ = -1;
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

TEST_CASE("a connection over the loopback carries bytes both ways") {
  for (const char* host : {"127.0.0.1", "::1"}) {
    INFO("host ", std::string(host));
    TestLoop test;
    StreamPair pair = make_tcp_pair(test, host);
    CHECK(pair.peer.address == IpAddress::parse(host).value());
    CHECK(pair.peer.port != 0);
    CHECK_FALSE(pair.far->is_tls());
    TestOwner near;
    TestOwner far;
    pair.near->start(&near);
    pair.far->start(&far);
    pair.near->write("ping");
    REQUIRE(test.run_until([&] { return far.received == "ping"; }));
    pair.far->write("pong");
    REQUIRE(test.run_until([&] { return near.received == "pong"; }));
  }
}

/// Sends `bytes` from one stream to another and returns the longest piece that came in one event.
std::size_t longest_piece(TestLoop& test, Stream& from, Stream& to, std::string_view bytes) {
  TestOwner sender;
  TestOwner receiver;
  std::size_t longest = 0;
  receiver.on_bytes_hook = [&, seen = std::size_t{0}]() mutable {
    longest =
        std::max(longest, receiver.received.size() - std::exchange(seen, receiver.received.size()));
  };
  from.start(&sender);
  to.start(&receiver);
  from.write(bytes);
  REQUIRE(test.run_until([&] { return receiver.received.size() == bytes.size(); }));
  CHECK(receiver.received == bytes);
  from.pause_reading();
  to.pause_reading();
  return longest;
}

TEST_CASE("an upstream's bytes come in long pieces while few streams are behind") {
  TestLoop test;
  const std::string bytes = numbered_bytes(32 * 1024 * 1024);
  std::array<PlainPeer, Loop::kMostBehind> peers;
  std::vector<std::unique_ptr<Stream>> behind;
  {
    const StreamPair pair = make_tcp_pair(test);
    CHECK(longest_piece(test, *pair.far, *pair.near, bytes) > Loop::kShortRead);
    CHECK(longest_piece(test, *pair.near, *pair.far, bytes) <= Loop::kShortRead);
  }
  CHECK(test.loop().streams_behind() == 0);
  for (PlainPeer& peer : peers) {
    behind.push_back(peer.connect(test));
    behind.back()->write(std::string_view(bytes).substr(0, bytes.size() / 2));
  }
  CHECK(test.loop().streams_behind() == behind.size());
  {
    const StreamPair pair = make_tcp_pair(test);
    CHECK(longest_piece(test, *pair.far, *pair.near, bytes) <= Loop::kShortRead);
  }
  behind.clear();
  test.settle();
  CHECK(test.loop().streams_behind() == 0);
}

TEST_CASE("a refused connection is told in a later turn, with its address") {
  TestLoop test;
  std::uint16_t port = 0;
  {
    const PlainPeer peer;
    port = peer.port();
  }
  int calls = 0;
  Error error;
  auto connecting = connect_tcp(test.loop(), IpAddress::v4(INADDR_LOOPBACK), port,
                                [&](Result<std::unique_ptr<Stream>> made) {
                                  ++calls;
                                  REQUIRE_FALSE(made.has_value());
                                  error = made.error();
                                });
  CHECK(calls == 0);
  REQUIRE(test.run_until([&calls] { return calls > 0; }));
  test.settle();
  CHECK(calls == 1);
  CHECK(error.kind == ErrorKind::ConnectFailed);
  CHECK(error.retry == RetrySafety::Always);
  CHECK(error.text ==
        "cannot connect to 127.0.0.1:" + std::to_string(port) + ": connection refused");
}

TEST_CASE("a connection that cannot even begin is told in a later turn too") {
  TestLoop test;
  int calls = 0;
  auto connecting = connect_tcp(test.loop(), IpAddress::parse("255.255.255.255").value(), 1,
                                [&](Result<std::unique_ptr<Stream>> made) {
                                  ++calls;
                                  CHECK_FALSE(made.has_value());
                                });
  CHECK(calls == 0);
  REQUIRE(test.run_until([&calls] { return calls == 1; }));
}

TEST_CASE("giving a connection up ends it without a report") {
  TestLoop test;
  const PlainPeer peer;
  int calls = 0;
  auto connecting = connect_tcp(test.loop(), IpAddress::v4(INADDR_LOOPBACK), peer.port(),
                                [&calls](auto) { ++calls; });
  connecting.reset();
  test.settle();
  CHECK(calls == 0);
}

TEST_CASE("a connecting object may be destroyed inside its report") {
  TestLoop test;
  const PlainPeer peer;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<TcpConnecting> connecting;
  connecting = connect_tcp(test.loop(), IpAddress::v4(INADDR_LOOPBACK), peer.port(),
                           [&](Result<std::unique_ptr<Stream>> made) {
                             connecting.reset();
                             stream = std::move(made).value();
                           });
  CHECK(test.run_until([&] { return stream != nullptr; }));
}

TEST_CASE("bytes that arrive before start() wait for it") {
  TestLoop test;
  PlainPeer peer;
  auto stream = peer.connect(test);
  peer.write("early");
  test.settle();
  TestOwner owner;
  stream->start(&owner);
  CHECK(test.run_until([&] { return owner.received == "early"; }));
}

TEST_CASE("the kinds of failures follow the side") {
  TestLoop test;
  StreamPair pair = make_tcp_pair(test);
  TestOwner owner;
  SUBCASE("of an upstream") {
    pair.near->start(&owner);
    pair.far->reset_on_close();
    pair.far.reset();
    REQUIRE(test.run_until([&] { return owner.failed == 1; }));
    CHECK(owner.failure.kind == ErrorKind::UpstreamReset);
    CHECK(owner.failure.side == ErrorSide::Upstream);
    CHECK(owner.failure.text == "the upstream connection broke: connection reset by peer");
  }
  SUBCASE("of a client") {
    pair.far->start(&owner);
    pair.near->reset_on_close();
    pair.near.reset();
    REQUIRE(test.run_until([&] { return owner.failed == 1; }));
    CHECK(owner.failure.kind == ErrorKind::ClientGone);
    CHECK(owner.failure.side == ErrorSide::Client);
  }
}

TEST_CASE("an early answer is read although writing fails") {
  TestLoop test;
  PlainPeer peer;
  auto stream = peer.connect(test);
  TestOwner owner;
  stream->start(&owner);
  stream->write("the head of a long body");
  REQUIRE(peer.read(8) == "the head");
  // Closing with bytes unread resets the connection behind the answer.
  peer.write("413 too large");
  peer.shut_sending();
  peer.close_connection();
  for (int i = 0; i < 50 && !stream->is_failed(); ++i) stream->write(numbered_bytes(100'000));
  CHECK(stream->is_failed());
  CHECK(owner.received.empty());
  REQUIRE(test.run_until([&] { return owner.failed == 1; }));
  CHECK(owner.received == "413 too large");
}

TEST_CASE("an answer cut off by a reset is no end, although writing fails first") {
  TestLoop test;
  PlainPeer peer;
  auto stream = peer.connect(test);
  TestOwner owner;
  stream->start(&owner);
  peer.write("half an answ");
  peer.reset_connection();
  stream->write("more");
  CHECK(stream->is_failed());
  REQUIRE(test.run_until([&] { return owner.failed == 1; }));
  CHECK(owner.received == "half an answ");
  CHECK(owner.ended == 0);
}

TEST_CASE("a reset is no end, although bytes wait to be sent") {
  TestLoop test;
  PlainPeer peer;
  auto stream = peer.connect(test);
  TestOwner owner;
  stream->start(&owner);
  peer.shrink_receiving();
  const std::string much = numbered_bytes(1'000'000);
  while (stream->pending() == 0) stream->write(much);
  test.settle();
  peer.write("half an answ");
  REQUIRE(test.run_until([&] { return !owner.received.empty(); }));
  peer.reset_connection();
  REQUIRE(test.run_until([&] { return owner.ended + owner.failed > 0; }));
  CHECK(owner.received == "half an answ");
  CHECK(owner.ended == 0);
  CHECK(owner.failed == 1);
  CHECK(owner.failure.text == "the upstream connection broke: connection reset by peer");
}

TEST_CASE("a hang-up behind bytes tells an end from a reset") {
  for (const bool is_reset : {false, true}) {
    INFO("reset ", is_reset);
    TestLoop test;
    PlainPeer peer;
    auto stream = peer.connect(test);
    TestOwner owner;
    stream->start(&owner);
    // Both directions ended makes the kernel report a hang-up together with the bytes.
    stream->end_writing();
    REQUIRE(peer.read(1).empty());
    peer.write("whole or not");
    if (is_reset) {
      peer.reset_connection();
    } else {
      peer.close_connection();
    }
    REQUIRE(test.run_until([&] { return owner.ended + owner.failed > 0; }));
    CHECK(owner.received == "whole or not");
    CHECK(owner.ended == (is_reset ? 0 : 1));
    CHECK(owner.failed == (is_reset ? 1 : 0));
  }
}

TEST_CASE("whether a request was taken is told truly") {
  TestLoop test;
  PlainPeer peer;
  auto stream = peer.connect(test);
  TestOwner owner;
  stream->start(&owner);
  const std::string request = "POST / HTTP/1.1\r\n\r\n";

  SUBCASE("closed before the write: nothing taken") {
    peer.close_connection();
    stream->write(request);
    REQUIRE(test.run_until([&] { return owner.ended + owner.failed > 0; }));
    CHECK(stream->nothing_acknowledged_of_last(request.size()));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size() + 1));
  }
  SUBCASE("closed before the write on a used connection: the first exchange does not count") {
    stream->write("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(peer.read(18).size() == 18);
    peer.write("HTTP/1.1 204\r\n\r\n");
    REQUIRE(test.run_until([&] { return owner.received.size() == 16; }));
    peer.close_connection();
    stream->write(request);
    REQUIRE(test.run_until([&] { return owner.ended + owner.failed > 0; }));
    CHECK(stream->nothing_acknowledged_of_last(request.size()));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size() + 1));
  }
  SUBCASE("taken, then closed: something taken") {
    stream->write(request);
    REQUIRE(peer.read(request.size()) == request);
    peer.close_connection();
    REQUIRE(test.run_until([&] { return owner.ended == 1; }));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size()));
  }
  SUBCASE("taken in part, then reset: cannot be told") {
    stream->write(request);
    REQUIRE(peer.read(4).size() == 4);
    peer.reset_connection();
    REQUIRE(test.run_until([&] { return owner.failed == 1; }));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size()));
  }
  SUBCASE("taken without an acknowledgement, then reset: cannot be told") {
    // After some exchanges the kernel delays acknowledgements, to send them with the answer.
    for (std::size_t i = 1; i <= 30; ++i) {
      stream->write("ask");
      REQUIRE(peer.read(3) == "ask");
      peer.write("tell");
      REQUIRE(test.run_until([&] { return owner.received.size() == 4 * i; }));
    }
    stream->write(request);
    REQUIRE(peer.read(request.size()) == request);
    peer.reset_connection();
    REQUIRE(test.run_until([&] { return owner.failed == 1; }));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size()));
  }
  SUBCASE("reset before the write: nothing taken") {
    peer.reset_connection();
    stream->write(request);
    CHECK(stream->is_failed());
    CHECK(stream->nothing_acknowledged_of_last(request.size()));
    REQUIRE(test.run_until([&] { return owner.failed == 1; }));
    stream->write("more");
    CHECK(stream->nothing_acknowledged_of_last(request.size() + 4));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size() + 5));
  }
  SUBCASE("taken, with our end sent behind it") {
    stream->write(request);
    stream->end_writing();
    REQUIRE(peer.read(request.size() + 1) == request);
    CHECK_FALSE(stream->nothing_acknowledged_of_last(1));
  }
  SUBCASE("taken in part, with our end waiting behind the rest: exact to the byte") {
    peer.shrink_receiving();
    const std::string body = numbered_bytes(150'000);
    stream->write(body);
    REQUIRE(stream->pending() == 0);
    stream->end_writing();
    test.settle();
    const std::size_t there = peer.received();
    REQUIRE(there > 0);
    REQUIRE(there < body.size());
    CHECK(stream->nothing_acknowledged_of_last(body.size() - there));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(body.size() - there + 1));
  }
  SUBCASE("closed before the write, with our end sent behind it") {
    peer.close_connection();
    stream->write(request);
    stream->end_writing();
    test.settle();
    CHECK(stream->nothing_acknowledged_of_last(request.size()));
    CHECK_FALSE(stream->nothing_acknowledged_of_last(request.size() + 1));
  }
}

}  // namespace
}  // namespace fastgate::net::testing
