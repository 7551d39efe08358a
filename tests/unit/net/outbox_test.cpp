// What the streams of a loop write in one turn: when it is sent, and that nothing of it is lost.
#include "net/outbox.h"

#include <string>
#include <vector>

#include "unit/net/fixture.h"
#include "unit/net/plain_peer.h"

namespace fastgate::net::testing {
namespace {

/// Runs `work` once, inside a turn of the loop.
void in_turn(TestLoop& test, const std::function<void()>& work) {
  bool is_done = false;
  test.loop().post([&] {
    work();
    is_done = true;
  });
  REQUIRE(test.run_until([&] { return is_done; }));
}

struct Pair {
  explicit Pair(TestLoop& test) : streams(make_tcp_pair(test)) {
    streams.near->start(&near);
    streams.far->start(&far);
  }
  bool arrives(TestLoop& test, std::string_view text) {
    return test.run_until([&] { return far.received.size() >= text.size(); }) &&
           far.received == text;
  }

  StreamPair streams;
  TestOwner near;
  TestOwner far;
};

TEST_CASE("what a stream writes in one turn arrives in one piece") {
  TestLoop test;
  Pair pair(test);
  in_turn(test, [&] {
    for (const char* text : {"a head, ", "a body, ", "an end"}) pair.streams.near->write(text);
  });
  CHECK(pair.arrives(test, "a head, a body, an end"));
  CHECK(pair.far.reads == 1);
}

TEST_CASE("streams that write by turns keep their own order") {
  TestLoop test;
  Pair one(test);
  Pair other(test);
  in_turn(test, [&] {
    for (const char* text : {"1", "2", "3"}) {
      one.streams.near->write(text);
      other.streams.near->write(text);
    }
  });
  CHECK(one.arrives(test, "123"));
  CHECK(other.arrives(test, "123"));
}

TEST_CASE("a long write does not overtake a short one before it") {
  TestLoop test;
  Pair pair(test);
  const std::string much(Outbox::kMostKept + 1, 'm');
  in_turn(test, [&] {
    for (const std::string& text : {std::string("short,"), much, std::string(",short")}) {
      pair.streams.near->write(text);
    }
  });
  CHECK(pair.arrives(test, "short," + much + ",short"));
}

TEST_CASE("more streams and bytes than are kept at once arrive whole") {
  TestLoop test;
  std::vector<std::unique_ptr<Pair>> pairs;
  for (std::size_t i = 0; i < Outbox::kMostStreams + 3; ++i) {
    pairs.push_back(std::make_unique<Pair>(test));
  }
  const std::string text(Outbox::kMostKept, 'x');
  in_turn(test, [&] {
    for (const auto& pair : pairs) pair->streams.near->write(text);
  });
  for (const auto& pair : pairs) CHECK(pair->arrives(test, text));
}

TEST_CASE("what was written before the end of a stream is sent") {
  TestLoop test;
  Pair pair(test);
  Pair last(test);  // so that the other is not the last to write
  SUBCASE("destroyed") {
    in_turn(test, [&] {
      pair.streams.near->write("farewell");
      last.streams.near->write("later");
      pair.streams.near.reset();
    });
  }
  SUBCASE("ended") {
    in_turn(test, [&] {
      pair.streams.near->write("farewell");
      pair.streams.near->end_writing();
    });
  }
  REQUIRE(test.run_until([&] { return pair.far.ended + pair.far.failed > 0; }));
  CHECK(pair.far.received == "farewell");
  CHECK(pair.far.ended == 1);
}

TEST_CASE("the end of a stream goes with its last bytes, in one packet") {
  TestLoop test;
  PlainPeer peer;
  const auto stream = peer.connect(test);
  const std::uint32_t before = peer.packets();
  in_turn(test, [&] {
    stream->write("farewell");
    stream->end_writing();
  });
  CHECK(peer.read(9) == "farewell");
  CHECK(peer.packets() == before + 1);
}

TEST_CASE("send_kept() sends at once, and pending() tells what is left") {
  TestLoop test;
  Pair pair(test);
  pair.streams.far->pause_reading();
  in_turn(test, [&] {
    const std::string text(Outbox::kMostKept, 'x');
    std::size_t written = 0;
    // The kernel's buffers are full at some time, within far less than this.
    while (pair.streams.near->pending() == 0 && written < 64U << 20) {
      pair.streams.near->write(text);
      CHECK(pair.streams.near->pending() == 0);
      pair.streams.near->send_kept();
      written += text.size();
    }
    CHECK(pair.streams.near->pending() > 0);
  });
}

}  // namespace
}  // namespace fastgate::net::testing
