// How a connection ends while it writes: early answers, resets, and what was taken by then.

#include "net/tcp_stream.h"
#include "unit/net/fixture.h"
#include "unit/net/plain_peer.h"

namespace fastgate::net::testing {
namespace {

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
