#include "net/listen_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/no_descriptors.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

using test::NoDescriptors;
using Sharing = ListenSocket::Sharing;

/// Connections to a port that nobody drives: only the kernel's side of them counts.
class Callers {
 public:
  explicit Callers(TestLoop& test) : test_(test) {}
  void call(std::uint16_t port, int times) {
    for (int i = 0; i < times; ++i) {
      calls_.push_back(connect_tcp(test_.loop(), IpAddress::parse("127.0.0.1").value(), port,
                                   [this](Result<std::unique_ptr<Stream>> made) {
                                     if (made) streams.push_back(std::move(*made));
                                   }));
    }
  }
  std::vector<std::unique_ptr<Stream>> streams;

 private:
  TestLoop& test_;
  std::vector<std::unique_ptr<TcpConnecting>> calls_;
};

TEST_CASE("a port of 0 becomes a real one, and the address is told") {
  for (const auto& [host, start] : {std::pair{"127.0.0.1", "127.0.0.1:"}, {"::1", "[::1]:"}}) {
    const auto socket = ListenSocket::open(host, 0, Sharing::Exclusive);
    REQUIRE(socket.has_value());
    CHECK(socket->local_port() != 0);
    CHECK(socket->local_address() == start + std::to_string(socket->local_port()));
    CHECK((fcntl(socket->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK((fcntl(socket->descriptor(), F_GETFL) & O_NONBLOCK) != 0);
  }
}

TEST_CASE("a port in use is refused with its address, unless shared by both") {
  const auto first = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort);
  REQUIRE(first.has_value());
  const auto shared = ListenSocket::open("127.0.0.1", first->local_port(), Sharing::ReusePort);
  CHECK(shared.has_value());
  const auto refused = ListenSocket::open("127.0.0.1", first->local_port(), Sharing::Exclusive);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().kind == ErrorKind::Io);
  CHECK(refused.error().side == ErrorSide::Config);
  CHECK(refused.error().text ==
        "cannot listen on " + first->local_address() + ": address already in use");
  CHECK_FALSE(ListenSocket::open("not an address", 0, Sharing::Exclusive).has_value());
}

TEST_CASE("moving, releasing, adopting and duplicating keep one owner a descriptor") {
  auto socket = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort).value();
  const std::uint16_t port = socket.local_port();
  auto copy = socket.duplicate().value();
  CHECK(copy.descriptor() != socket.descriptor());
  CHECK(copy.local_port() == port);
  const int fd = socket.release();
  CHECK(socket.descriptor() == -1);
  auto adopted = ListenSocket::adopt(fd).value();
  CHECK(adopted.descriptor() == fd);
  copy = std::move(adopted);
  CHECK(copy.local_port() == port);
  const int plain = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  CHECK_FALSE(ListenSocket::adopt(plain).has_value());
  ::close(plain);
  CHECK_FALSE(ListenSocket::adopt(-1).has_value());
}

TEST_CASE("a paused acceptor leaves connections in the queue; drain_queue takes them all") {
  TestLoop test;
  auto socket = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort).value();
  const std::uint16_t port = socket.local_port();
  std::vector<std::unique_ptr<Stream>> taken;
  std::vector<SocketAddress> peers;
  auto acceptor =
      Acceptor::start(test.loop(), std::move(socket), [&](auto stream, const SocketAddress& peer) {
        taken.push_back(std::move(stream));
        peers.push_back(peer);
      }).value();
  acceptor->pause();
  Callers callers(test);
  callers.call(port, 30);
  REQUIRE(test.run_until([&] { return callers.streams.size() == 30; }));
  test.settle();
  CHECK(taken.empty());
  SUBCASE("resumed") {
    acceptor->resume();
    REQUIRE(test.run_until([&] { return taken.size() == 30; }));
  }
  SUBCASE("drained") {
    acceptor->drain_queue();
    CHECK(taken.size() == 30);
    acceptor.reset();
  }
  CHECK(peers.front().address.is_loopback());
  CHECK(peers.front().port != peers.back().port);
}

struct Deferring {
  std::uint16_t port = 0;
  std::unique_ptr<Acceptor> acceptor;
};
/// Takes connections with their first bytes into `taken`; `owner` reads them all.
Deferring start_deferring(TestLoop& test, std::vector<std::unique_ptr<Stream>>& taken,
                          TestOwner& owner) {
  auto socket = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort).value();
  const std::uint16_t port = socket.local_port();
  auto acceptor = Acceptor::start(test.loop(), std::move(socket), [&](auto stream, const auto&) {
                    taken.push_back(std::move(stream));
                    taken.back()->start(&owner);
                  }).value();
  acceptor->set_handover(Handover::WithBytes);
  return {port, std::move(acceptor)};
}

TEST_CASE("connections come with their first bytes, silent ones a second later") {
  TestLoop test;
  TestOwner owner;
  std::vector<std::unique_ptr<Stream>> taken;
  const auto [port, acceptor] = start_deferring(test, taken, owner);
  Callers callers(test);
  callers.call(port, 2);
  REQUIRE(test.run_until([&] { return callers.streams.size() == 2; }));
  test.settle();
  CHECK(taken.empty());
  SUBCASE("both stay silent") {
    REQUIRE(test.run_until([&] { return taken.size() == 2; }));
    callers.streams.front()->write("late");
    REQUIRE(test.run_until([&] { return owner.received == "late"; }));
  }
  SUBCASE("one speaks") {
    callers.streams.front()->write("hello");
    REQUIRE(test.run_until([&] { return !taken.empty(); }));
    CHECK(owner.received == "hello");
    CHECK(taken.size() == 1);
  }
  SUBCASE("one goes") {
    callers.streams.pop_back();
    REQUIRE(test.run_until([&] { return !taken.empty(); }));
    CHECK(owner.ended == 1);
  }
  SUBCASE("switched off, others come at once") {
    acceptor->set_handover(Handover::AtOnce);
    callers.call(port, 1);
    REQUIRE(test.run_until([&] { return callers.streams.size() == 3 && !taken.empty(); }));
    CHECK(owner.received.empty());
    CHECK(taken.size() == 1);
  }
}

TEST_CASE("more connections at once than are read in one go all get what came for them") {
  TestLoop test;
  TestOwner owner;
  std::vector<std::unique_ptr<Stream>> taken;
  const auto [port, acceptor] = start_deferring(test, taken, owner);
  acceptor->pause();
  Callers callers(test);
  callers.call(port, 200);
  REQUIRE(test.run_until([&] { return callers.streams.size() == 200; }));
  for (auto& stream : callers.streams) stream->write("x");
  test.settle();
  SUBCASE("in their events") {
    acceptor->resume();
  }
  SUBCASE("drained") {
    acceptor->drain_queue();
    CHECK(taken.size() == 200);
  }
  REQUIRE(test.run_until([&] { return owner.received.size() == 200; }));
}

TEST_CASE("an acceptor may pause or end inside its own event") {
  for (const bool ends : {false, true}) {
    INFO("ends ", ends);
    TestLoop test;
    auto socket = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort).value();
    const std::uint16_t port = socket.local_port();
    int taken = 0;
    std::unique_ptr<Acceptor> acceptor;
    acceptor = Acceptor::start(test.loop(), std::move(socket), [&](auto, const auto&) {
                 // The third is the first of a batch of two.
                 if (++taken != 3) return;
                 if (ends) {
                   acceptor.reset();
                 } else {
                   acceptor->pause();
                 }
               }).value();
    acceptor->pause();
    Callers callers(test);
    callers.call(port, 10);
    REQUIRE(test.run_until([&callers] { return callers.streams.size() == 10; }));
    acceptor->resume();
    REQUIRE(test.run_until([&taken] { return taken >= 3; }));
    test.settle(20);
    CHECK(taken == 3);
    if (ends) continue;
    acceptor->resume();
    REQUIRE(test.run_until([&taken] { return taken == 10; }));
  }
}

TEST_CASE("without descriptors waiting connections are closed, and accepting goes on afterwards") {
  TestLoop test;
  auto socket = ListenSocket::open("127.0.0.1", 0, Sharing::ReusePort).value();
  const std::uint16_t port = socket.local_port();
  std::vector<std::unique_ptr<Stream>> taken;
  auto acceptor =
      Acceptor::start(test.loop(), std::move(socket), [&taken](auto stream, const auto&) {
        taken.push_back(std::move(stream));
      }).value();
  acceptor->pause();
  Callers callers(test);
  callers.call(port, 2);
  REQUIRE(test.run_until([&] { return callers.streams.size() == 2; }));
  acceptor->resume();
  {
    const NoDescriptors none;
    test.settle(20);
    CHECK(taken.empty());
  }
  for (const auto& stream : callers.streams) {
    TestOwner owner;
    stream->start(&owner);
    REQUIRE(test.run_until([&owner] { return owner.ended + owner.failed == 1; }));
    stream->pause_reading();
  }
  callers.call(port, 3);
  REQUIRE(test.run_until([&] { return taken.size() == 3; }));
}

}  // namespace
}  // namespace fastgate::net::testing
