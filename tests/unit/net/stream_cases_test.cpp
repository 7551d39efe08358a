// What every maker of Stream promises, run over each of them.
#include <algorithm>

#include "base/random.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

struct Maker {
  const char* name;
  StreamPair (*make)(TestLoop&);
};

constexpr std::size_t kMuch = 32 * 1024 * 1024;  // more than the kernel's buffers hold

/// Runs `body(test, pair)` over each maker.
template <class Body>
void for_each_maker(Body body) {
  for (const Maker& maker : {Maker{"tcp", [](TestLoop& test) { return make_tcp_pair(test); }},
                             Maker{"memory", make_memory_pair}, Maker{"tls", make_tls_pair}}) {
    INFO("maker ", std::string(maker.name));
    TestLoop test;
    StreamPair pair = maker.make(test);
    body(test, pair);
  }
}

/// The same with an owner on each side that keeps what it is told.
template <class Body>
void for_each_started(Body body) {
  for_each_maker([&body](TestLoop& test, StreamPair& pair) {
    TestOwner near;
    TestOwner far;
    pair.near->start(&near);
    pair.far->start(&far);
    body(test, pair, near, far);
  });
}

TEST_CASE("pieces arrive joined and in order, empty ones too") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner& far) {
    const std::string source = numbered_bytes(5000);
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0, size = 0; at < source.size(); at += size, size = (size + 7) % 211) {
      pieces.push_back(std::string_view(source).substr(at, size));
    }
    REQUIRE(pieces.size() > 40);
    pair.near->write(pieces);
    pair.near->write(std::span<const std::string_view>{});
    pair.near->write("");
    REQUIRE(test.run_until([&] { return far.received.size() >= source.size(); }));
    CHECK(far.received == source);
    CHECK(pair.near->pending() == 0);
    CHECK(near.reads + near.ended + near.failed + near.drained == 0);
    CHECK(far.ended + far.failed == 0);
  });
}

TEST_CASE("thousands of tiny pieces in one write, and longer ones between them, arrive in order") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    const std::string source = numbered_bytes(300'000);
    std::vector<std::string_view> pieces;
    // A long one behind 10, 11, 12… short ones, so that it meets each place of a send's list.
    std::size_t run = 10;
    std::size_t left = run;
    for (std::size_t at = 0; at < source.size(); at += pieces.back().size()) {
      const bool is_long = left-- == 0;
      pieces.push_back(std::string_view(source).substr(at, is_long ? 4097 : left % 9));
      if (is_long) left = ++run;
    }
    REQUIRE(pieces.size() > 2000);
    pair.near->write(pieces);
    REQUIRE(test.run_until([&] { return far.received.size() >= source.size(); }));
    CHECK(far.received == source);
  });
}

TEST_CASE("a reader that stops holds the writer back, and on_drained comes at half the mark") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner& far) {
    pair.far->pause_reading();
    constexpr std::size_t kMark = kMuch / 2;
    pair.near->set_high_mark(kMark);
    const std::string source = numbered_bytes(kMuch);
    pair.near->write(source);
    CHECK(pair.near->pending() > kMark);
    CHECK(pair.near->pending() <= kMuch + kMuch / 50);  // TLS adds its records' heads
    test.settle(20);
    CHECK(far.received.empty());
    CHECK(near.drained == 0);
    const std::size_t held = pair.near->pending();
    CHECK(held > kMark);

    std::size_t left = 0;
    near.on_drained_hook = [&] { left = pair.near->pending(); };
    pair.far->resume_reading();
    REQUIRE(test.run_until([&] { return near.drained > 0; }));
    CHECK(left <= kMark / 2);
    CHECK(left > 0);
    REQUIRE(test.run_until([&] { return far.received.size() >= source.size(); }));
    CHECK(far.received == source);
    test.settle();
    CHECK(near.drained == 1);
    CHECK(pair.near->pending() == 0);
    pair.near->write("small");
    REQUIRE(test.run_until([&] { return far.received.size() == source.size() + 5; }));
    CHECK(near.drained == 1);
  });
}

TEST_CASE("a mark of nothing tells when all is sent") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner&) {
    pair.near->write(numbered_bytes(kMuch));
    REQUIRE(pair.near->pending() > 0);
    pair.near->set_high_mark(0);
    REQUIRE(test.run_until([&] { return near.drained == 1; }));
    CHECK(pair.near->pending() == 0);
  });
}

TEST_CASE("a pause inside on_bytes keeps the rest until resumed") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    const std::string source = numbered_bytes(1'000'000);
    far.on_bytes_hook = [&] { pair.far->pause_reading(); };
    pair.near->write(source);
    pair.near->end_writing();
    REQUIRE(test.run_until([&] { return far.reads == 1; }));
    for (int i = 0; i < 1000 && far.ended == 0; ++i) {
      const int reads = far.reads;
      test.settle(2);
      REQUIRE(far.reads == reads);
      REQUIRE(far.ended == 0);
      pair.far->resume_reading();
      REQUIRE(test.run_until([&] { return far.reads > reads || far.ended > 0; }));
    }
    CHECK(far.received == source);
    CHECK(far.reads > 3);
    CHECK(far.ended == 1);
    CHECK(far.failed == 0);
  });
}

TEST_CASE("pause and resume between events lose and double nothing") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    pair.far->pause_reading();
    pair.far->pause_reading();
    pair.near->write("one");
    pair.far->resume_reading();
    pair.far->resume_reading();
    REQUIRE(test.run_until([&] { return far.received == "one"; }));
    pair.far->pause_reading();
    pair.near->write("two");
    test.settle();
    CHECK(far.received == "one");
    pair.far->resume_reading();
    pair.far->pause_reading();
    test.settle();
    CHECK(far.received == "one");
    pair.far->resume_reading();
    REQUIRE(test.run_until([&] { return far.received == "onetwo"; }));
  });
}

TEST_CASE("what is pending is sent before the end, and the other direction goes on") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner& far) {
    const std::string source = numbered_bytes(kMuch);
    pair.near->write(source);
    REQUIRE(pair.near->pending() > 0);
    pair.near->end_writing();
    pair.near->end_writing();
    REQUIRE(test.run_until([&] { return far.ended == 1; }));
    CHECK(far.received == source);
    pair.far->write("still here");
    REQUIRE(test.run_until([&] { return near.received == "still here"; }));
    CHECK(near.ended == 0);
    pair.far->end_writing();
    REQUIRE(test.run_until([&] { return near.ended == 1; }));
    test.settle();
    CHECK(near.failed + far.failed == 0);
    CHECK(near.ended + far.ended == 2);
  });
}

TEST_CASE("an end that comes during a pause is told when reading goes on") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    pair.far->pause_reading();
    pair.near->write("last");
    pair.near->end_writing();
    test.settle();
    CHECK(far.received.empty());
    CHECK(far.ended == 0);
    pair.far->resume_reading();
    REQUIRE(test.run_until([&] { return far.ended == 1; }));
    CHECK(far.received == "last");
    pair.far->pause_reading();
    pair.far->resume_reading();
    test.settle();
    CHECK(far.ended == 1);
  });
}

TEST_CASE("a reset is a failure and never an end, told once, behind the bytes before it") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    pair.near->write("half an answ");
    pair.near->reset_on_close();
    CHECK(pair.near->pending() == 0);
    pair.near.reset();
    REQUIRE(test.run_until([&] { return far.failed == 1; }));
    CHECK(far.ended == 0);
    CHECK((far.received.empty() || far.received == "half an answ"));
    CHECK_FALSE(far.failure.text.empty());
    CHECK(pair.far->is_failed());
    pair.far->write("into the void");
    pair.far->resume_reading();
    test.settle();
    CHECK(far.failed == 1);
  });
}

TEST_CASE("a reset behind bytes already delivered is not taken for an end") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    pair.near->write("half an answ");
    REQUIRE(test.run_until([&] { return far.received == "half an answ"; }));
    pair.near->reset_on_close();
    pair.near.reset();
    REQUIRE(test.run_until([&] { return far.failed == 1; }));
    CHECK(far.ended == 0);
  });
}

TEST_CASE("writing to one that is gone fails later, once, and also during a pause") {
  for (const bool is_paused : {false, true}) {
    INFO("paused ", is_paused);
    for_each_started([is_paused](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
      if (is_paused) pair.far->pause_reading();
      pair.near.reset();
      for (int i = 0; i < 200 && far.failed == 0; ++i) {
        const int failed = far.failed;
        pair.far->write("anyone there?");
        CHECK(far.failed == failed);  // never from inside
        test.settle(1);
      }
      CHECK(far.failed == 1);
      CHECK(pair.far->is_failed());
      CHECK(pair.far->pending() == 0);
      pair.far->write("once more");
      pair.far->end_writing();
      pair.far->resume_reading();
      test.settle();
      CHECK(far.failed == 1);
    });
  }
}

TEST_CASE("a stream may be destroyed inside each of its events") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    far.on_bytes_hook = [&] { pair.far.reset(); };
    pair.near->write(numbered_bytes(300'000));
    pair.near->end_writing();
    REQUIRE(test.run_until([&] { return far.reads == 1; }));
    test.settle();
    CHECK(far.reads == 1);
    CHECK(far.ended == 0);
  });
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    far.on_end_hook = [&] { pair.far.reset(); };
    pair.near->end_writing();
    REQUIRE(test.run_until([&] { return far.ended == 1; }));
    test.settle();
  });
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner&, TestOwner& far) {
    far.on_failed_hook = [&] { pair.far.reset(); };
    pair.near->reset_on_close();
    pair.near.reset();
    REQUIRE(test.run_until([&] { return far.failed == 1; }));
    test.settle();
    CHECK(far.failed == 1);
  });
}

TEST_CASE("a stream destroyed with bytes pending leaves nothing behind") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner& far) {
    pair.far->pause_reading();
    pair.near->write(numbered_bytes(kMuch));
    test.settle(2);
    REQUIRE(pair.near->pending() > 0);
    pair.near.reset();
    pair.far.reset();
    test.settle();
    CHECK(near.failed + near.drained + far.reads == 0);
  });
}

TEST_CASE("reports go to the owner of the moment") {
  for_each_maker([](TestLoop& test, StreamPair& pair) {
    TestOwner near;
    TestOwner first;
    TestOwner second;
    pair.near->start(&near);
    pair.far->start(&first);
    pair.near->write("a");
    REQUIRE(test.run_until([&] { return first.received == "a"; }));
    pair.far->set_owner(&second);
    pair.near->write("b");
    pair.near->end_writing();
    REQUIRE(test.run_until([&] { return second.ended == 1; }));
    CHECK(first.received == "a");
    CHECK(second.received == "b");
    CHECK(first.ended == 0);
  });
}

TEST_CASE("an echo with odd sizes and pauses gives back every byte") {
  for_each_started([](TestLoop& test, StreamPair& pair, TestOwner& near, TestOwner& far) {
    FastRandom random(7);
    std::size_t echoed = 0;
    far.on_bytes_hook = [&] {
      pair.far->write(std::string_view(far.received).substr(echoed));
      echoed = far.received.size();
      if (random.below(4) == 0) pair.far->pause_reading();
    };
    const std::string source = numbered_bytes(3'000'000);
    std::size_t written = 0;
    while (near.received.size() < source.size()) {
      const std::size_t size = std::min<std::size_t>(random.below(90'000), source.size() - written);
      pair.near->write(std::string_view(source).substr(written, size));
      written += size;
      pair.far->resume_reading();
      const std::size_t before = near.received.size();
      test.settle(1);
      REQUIRE((written < source.size() || near.received.size() > before || test.run_until([&] {
        pair.far->resume_reading();
        return near.received.size() > before;
      })));
    }
    CHECK(near.received == source);
    CHECK(near.failed + far.failed + near.ended + far.ended == 0);
  });
}

}  // namespace
}  // namespace fastgate::net::testing
