#include "net/tcp_stream.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <netinet/in.h>

#include "unit/net/fixture.h"
#include "unit/net/plain_peer.h"

namespace fastgate::net::testing {
namespace {

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

}  // namespace
}  // namespace fastgate::net::testing
