#include "net/loop.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

using namespace std::chrono_literals;

TEST_CASE("posted work runs on the loop's thread, in order, not from inside post()") {
  TestLoop test;
  std::vector<int> order;
  test.loop().post([&] {
    order.push_back(1);
    test.loop().post([&order] { order.push_back(3); });
    order.push_back(2);
  });
  CHECK(order.empty());
  REQUIRE(test.run_until([&order] { return order.size() == 3; }));
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("work from other threads arrives whole, each thread's in its order") {
  TestLoop test;
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::array<std::vector<int>, kThreads> seen;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&test, &seen, t] {
        auto& mine = seen[static_cast<std::size_t>(t)];
        for (int i = 0; i < kEach; ++i) test.loop().post([&mine, i] { mine.push_back(i); });
      });
    }
    REQUIRE(test.run_until([&seen] {
      return std::ranges::all_of(seen, [](const auto& mine) { return mine.size() == kEach; });
    }));
  }
  for (const auto& mine : seen) CHECK(std::ranges::is_sorted(mine));
}

TEST_CASE("run() ends by stop(), also from another thread by post()") {
  TestLoop test;
  std::atomic<bool> has_run = false;
  std::jthread other([&] {
    test.loop().post([&] {
      has_run = true;
      test.loop().stop();
    });
  });
  test.loop().run();
  CHECK(has_run);
}

TEST_CASE("work posted before the loop ends is run before it ends") {
  int runs = 0;
  {
    auto loop = Loop::make().value();
    Loop* raw = loop.get();
    loop->post([&runs, raw] {
      ++runs;
      raw->post([&runs] { ++runs; });
    });
  }
  CHECK(runs == 2);
}

TEST_CASE("a stream that ends with the loop's last work leaves nothing behind") {
  auto loop = std::make_unique<TestLoop>();
  auto pair = std::make_shared<StreamPair>(make_tcp_pair(*loop));
  TestOwner owner;
  pair->near->start(&owner);
  pair->near->write("on its way");
  loop->loop().post([pair = std::move(pair)]() mutable { pair.reset(); });
  loop.reset();
  CHECK(owner.failed == 0);
}

struct Counted final : Disposable {
  explicit Counted(int& ended) : ended_(ended) {}
  ~Counted() override { ++ended_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  int& ended_;
};

TEST_CASE("disposed objects end in a later turn, or with the loop") {
  int ended = 0;
  {
    TestLoop test;
    test.loop().dispose(std::make_unique<Counted>(ended));
    test.loop().dispose(std::make_unique<Counted>(ended));
    CHECK(ended == 0);
    test.loop().run_once_without_waiting();
    test.loop().run_once_without_waiting();
    CHECK(ended == 2);
    test.loop().post([&] {
      test.loop().dispose(std::make_unique<Counted>(ended));
      CHECK(ended == 2);
    });
    REQUIRE(test.run_until([&ended] { return ended == 3; }));
    test.loop().dispose(std::make_unique<Counted>(ended));
  }
  CHECK(ended == 4);
}

struct Later {
  Loop& loop;
  std::vector<int>& order;
  int id;
  std::function<void()> action;
  LaterCall call;
  void called() {
    order.push_back(id);
    if (action) action();
  }
  void arm() { loop.call_later<&Later::called>(call, this); }
};

TEST_CASE("later calls come next turn in order, once, and not after disarming") {
  TestLoop test;
  std::vector<int> order;
  Later first{test.loop(), order, 1, {}, {}};
  Later second{test.loop(), order, 2, {}, {}};
  Later third{test.loop(), order, 3, {}, {}};
  auto fourth = std::make_unique<Later>(test.loop(), order, 4);
  first.arm();
  second.arm();
  third.arm();
  second.arm();
  third.call.disarm();
  fourth->arm();
  fourth.reset();
  CHECK(order.empty());
  first.action = [&] { first.arm(); };
  test.loop().run_once_without_waiting();
  CHECK(order == std::vector<int>{1, 2});
  first.action = [&] { second.call.disarm(); };
  second.arm();
  test.loop().run_once_without_waiting();
  CHECK(order == std::vector<int>{1, 2, 1});
  test.settle();
  CHECK(order.size() == 3);
}

struct Fired {
  Loop& loop;
  MonotonicTime at{};
  Timer timer;
  void fired() {
    loop.refresh_time();
    at = loop.now();
  }
};

TEST_CASE("the loop drives the timers, none early") {
  TestLoop test;
  std::vector<std::unique_ptr<Fired>> timers;
  const MonotonicTime start = test.loop().now();
  for (const auto delay : {150ms, 1ms, 40ms, 80ms, 0ms}) {
    timers.push_back(std::make_unique<Fired>(test.loop()));
    timers.back()->timer.arm<&Fired::fired>(test.loop().timers(), delay, timers.back().get());
  }
  REQUIRE(test.run_until([&timers] {
    return std::ranges::all_of(timers, [](const auto& t) { return t->at != MonotonicTime{}; });
  }));
  CHECK(timers[0]->at - start >= 150ms);
  CHECK(timers[1]->at - start >= 1ms);
  CHECK(timers[2]->at - start >= 40ms);
  CHECK(timers[3]->at - start >= 80ms);
  CHECK(timers[1]->at <= timers[2]->at);
  CHECK(timers[2]->at <= timers[3]->at);
  CHECK(timers[3]->at <= timers[0]->at);
}

TEST_CASE("time stands still inside a turn unless refreshed, and goes on between turns") {
  TestLoop test;
  MonotonicTime first{};
  MonotonicTime second{};
  MonotonicTime refreshed{};
  WallTime wall_first{};
  WallTime wall_second{};
  const auto spend = [] {
    const auto until = std::chrono::steady_clock::now() + 2ms;
    while (std::chrono::steady_clock::now() < until) {
    }
  };
  test.loop().post([&] {
    first = test.loop().now();
    wall_first = test.loop().wall_now();
    spend();
    second = test.loop().now();
    wall_second = test.loop().wall_now();
    test.loop().refresh_time();
    refreshed = test.loop().now();
  });
  REQUIRE(test.run_until([&] { return first != MonotonicTime{}; }));
  CHECK(second == first);
  CHECK(wall_second == wall_first);
  CHECK(refreshed - first >= 2ms);
  CHECK(test.loop().now() >= refreshed);
  const auto off = std::chrono::system_clock::now() - wall_first;
  CHECK(off < 60s);
  CHECK(off > -60s);
}

}  // namespace
}  // namespace fastgate::net::testing
