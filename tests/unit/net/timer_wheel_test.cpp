#include "net/timer_wheel.h"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "base/random.h"

namespace fastgate::net {
namespace {

using namespace std::chrono_literals;

const MonotonicTime kStart{1000s};

struct Ring {
  std::vector<int>* order = nullptr;
  int id = 0;
  Timer timer;
  void fired() { order->push_back(id); }
  void arm(TimerWheel& wheel, std::chrono::nanoseconds delay) {
    timer.arm<&Ring::fired>(wheel, delay, this);
  }
};

struct Wheel {
  TimerWheel wheel{kStart};
  std::vector<int> order;
  std::vector<std::unique_ptr<Ring>> rings;
  Ring& ring(std::chrono::nanoseconds delay) {
    rings.push_back(std::make_unique<Ring>());
    rings.back()->order = &order;
    rings.back()->id = static_cast<int>(rings.size());
    rings.back()->arm(wheel, delay);
    return *rings.back();
  }
};

TEST_CASE("a timer fires once, never early and at most a tick late") {
  for (const std::chrono::nanoseconds delay :
       {0ns, 1ns, 1'000'000ns, 16'000'000ns, 16'000'001ns, 1'000'000'000ns, 16'384'000'000ns,
        60'000'000'000ns, 86'400'000'000'000ns}) {
    INFO("delay ", delay.count());
    Wheel w;
    w.ring(delay);
    CHECK(w.wheel.next_due() >= kStart + delay);
    CHECK(w.wheel.next_due() <= kStart + delay + TimerWheel::kTick);
    if (delay > 0ns) w.wheel.advance(kStart + delay - 1ns);
    CHECK(w.order.empty());
    w.wheel.advance(kStart + delay + TimerWheel::kTick);
    CHECK(w.order.size() == 1);
    CHECK(w.wheel.armed() == 0);
    CHECK_FALSE(w.rings[0]->timer.is_armed());
    w.wheel.advance(kStart + 2 * delay + 10s);
    CHECK(w.order.size() == 1);
  }
}

TEST_CASE("long timers survive small steps through many rounds of the wheel") {
  Wheel w;
  w.ring(100s);
  w.ring(40s);
  MonotonicTime fired_first{};
  MonotonicTime fired_second{};
  for (MonotonicTime now = kStart; now < kStart + 101s; now += 10ms) {
    w.wheel.advance(now);
    if (!w.order.empty() && fired_first == MonotonicTime{}) fired_first = now;
    if (w.order.size() == 2 && fired_second == MonotonicTime{}) fired_second = now;
  }
  CHECK(w.order == std::vector<int>{2, 1});
  CHECK(fired_first >= kStart + 40s);
  CHECK(fired_first <= kStart + 40s + 26ms);
  CHECK(fired_second >= kStart + 100s);
  CHECK(fired_second <= kStart + 100s + 26ms);
}

TEST_CASE("next_due is never late, and following it alone fires everything in time") {
  Wheel w;
  for (const auto delay : {5s, 90s, 17s, 33s, 3600s}) w.ring(delay);
  MonotonicTime now = kStart;
  int turns = 0;
  while (w.wheel.armed() > 0 && turns++ < 5000) {
    const MonotonicTime due = w.wheel.next_due();
    REQUIRE(due > now);
    now = due;
    w.wheel.advance(now);
  }
  CHECK(w.order == std::vector<int>{1, 3, 4, 2, 5});
  CHECK(now <= kStart + 3600s + TimerWheel::kTick);
  CHECK(w.wheel.next_due() == MonotonicTime::max());
}

TEST_CASE("what is due fires in order of due time, then of arming, after short and long pauses") {
  for (const auto pause : {1s, 20s, 100'000s}) {
    INFO("pause in seconds ", pause.count());
    Wheel w;
    w.ring(900ms);
    w.ring(100ms);
    w.ring(100ms);
    w.ring(500ms);
    w.ring(100ms);
    if (pause > 17s) w.ring(17s);
    w.wheel.advance(kStart + pause);
    std::vector<int> expected{2, 3, 5, 4, 1};
    if (pause > 17s) expected.push_back(6);
    CHECK(w.order == expected);
  }
}

TEST_CASE("disarming and destroying keep a timer from firing, also inside another's call") {
  Wheel w;
  Ring& kept = w.ring(1s);
  Ring& disarmed = w.ring(1s);
  disarmed.timer.disarm();
  CHECK(w.wheel.armed() == 1);
  disarmed.timer.disarm();
  CHECK(w.wheel.armed() == 1);

  struct Killer {
    Ring* victim = nullptr;
    std::unique_ptr<Ring> owned;
    Timer timer;
    void fired() {
      victim->timer.disarm();
      owned.reset();
    }
  } killer;
  killer.owned = std::make_unique<Ring>();
  killer.owned->order = &w.order;
  killer.timer.arm<&Killer::fired>(w.wheel, 500ms, &killer);
  killer.owned->arm(w.wheel, 500ms);
  killer.victim = &kept;
  w.wheel.advance(kStart + 10s);
  CHECK(w.order.empty());
  CHECK(w.wheel.armed() == 0);
}

TEST_CASE("a timer armed inside a call waits for the next advance") {
  struct Again {
    TimerWheel& wheel;
    int fired_times = 0;
    Timer timer;
    void fired() {
      ++fired_times;
      timer.arm<&Again::fired>(wheel, 0ns, this);
    }
  };
  TimerWheel wheel(kStart);
  Again again{wheel, 0, {}};
  again.timer.arm<&Again::fired>(wheel, 0ns, &again);
  wheel.advance(kStart + 1s);
  CHECK(again.fired_times == 1);
  wheel.advance(kStart + 1s);
  CHECK(again.fired_times == 1);
  wheel.advance(kStart + 1s + TimerWheel::kTick);
  CHECK(again.fired_times == 2);
}

TEST_CASE("arming again moves a timer, and its owner may destroy it while it fires") {
  Wheel w;
  Ring& ring = w.ring(1s);
  ring.arm(w.wheel, 3s);
  CHECK(w.wheel.armed() == 1);
  w.wheel.advance(kStart + 2s);
  CHECK(w.order.empty());
  w.wheel.advance(kStart + 4s);
  CHECK(w.order.size() == 1);

  struct Mortal {
    std::unique_ptr<Mortal>& self;
    Timer timer;
    void fired() { self.reset(); }
  };
  std::unique_ptr<Mortal> mortal;
  mortal = std::make_unique<Mortal>(mortal);
  mortal->timer.arm<&Mortal::fired>(w.wheel, 1s, mortal.get());
  w.wheel.advance(kStart + 6s);
  CHECK(mortal == nullptr);
}

TEST_CASE("a timer moved on again and again fires once, at its last due time") {
  for (const auto step : {10ms, 700ms, 16'384ms, 40'000ms}) {
    INFO("step in milliseconds ", step.count());
    Wheel w;
    Ring& moved = w.ring(20ms);
    MonotonicTime now = kStart;
    for (int i = 0; i < 50; ++i) {
      w.wheel.advance(now);
      moved.arm(w.wheel, 2 * step);
      now += step;
    }
    w.ring(1ms);
    w.ring(step / 2);
    w.wheel.advance(now + 2 * step);
    // Both of the others are due before it, although it was armed first.
    CHECK(w.order == std::vector<int>{2, 3, 1});
    w.wheel.advance(now + 10 * step);
    CHECK(w.order.size() == 3);
    CHECK(w.wheel.next_due() == MonotonicTime::max());
  }
}

TEST_CASE("a timer that is due may be moved on or armed anew by one that fires before it") {
  struct Mover {
    TimerWheel& wheel;
    Ring* other = nullptr;
    std::chrono::nanoseconds delay{};
    bool disarms = false;
    Timer timer;
    void fired() {
      if (disarms) other->timer.disarm();
      other->arm(wheel, delay);
    }
  };
  for (const bool disarms : {false, true}) {
    for (const auto delay : {0s, 3s, 30s}) {
      Wheel w;
      Mover mover{.wheel = w.wheel, .delay = delay, .disarms = disarms, .timer = {}};
      mover.timer.arm<&Mover::fired>(w.wheel, 100ms, &mover);
      mover.other = &w.ring(200ms);
      w.wheel.advance(kStart + 1s);
      CHECK(w.order.empty());
      CHECK(w.wheel.armed() == 1);
      if (delay > 0s) w.wheel.advance(kStart + 1s + delay - 1ns);
      CHECK(w.order.empty());
      CHECK(w.wheel.next_due() <= kStart + 1s + delay + TimerWheel::kTick);
      w.wheel.advance(kStart + 1s + delay + TimerWheel::kTick);
      CHECK(w.order.size() == 1);
    }
  }
}

TEST_CASE("whatever is armed, moved and disarmed: each fires in its tick, in order of due time") {
  struct Watched {
    MonotonicTime due{};
    bool is_armed = false;
    Timer timer;
    MonotonicTime* now = nullptr;
    MonotonicTime* last_due = nullptr;
    void fired() {
      CHECK(is_armed);
      CHECK(due <= *now);
      CHECK(due >= *last_due - TimerWheel::kTick);
      *last_due = due;
      is_armed = false;
    }
  };
  FastRandom random(7);
  TimerWheel wheel(kStart);
  MonotonicTime now = kStart;
  MonotonicTime last_due{};
  std::vector<std::unique_ptr<Watched>> all(40);
  for (auto& one : all) one = std::make_unique<Watched>();
  for (int round = 0; round < 20'000; ++round) {
    Watched& one = *all[random.below(all.size())];
    one.now = &now;
    one.last_due = &last_due;
    if (random.below(4) == 0) {
      one.timer.disarm();
      one.is_armed = false;
    } else {
      const std::chrono::milliseconds delay(random.below(random.below(10) == 0 ? 60'000 : 2'000));
      one.due = now + delay;
      one.is_armed = true;
      one.timer.arm<&Watched::fired>(wheel, delay, &one);
    }
    now += std::chrono::milliseconds(random.below(random.below(50) == 0 ? 50'000 : 40));
    last_due = {};
    wheel.advance(now);
    for (const auto& each : all) {
      REQUIRE(each->timer.is_armed() == each->is_armed);
      if (each->is_armed) REQUIRE(each->due + TimerWheel::kTick > now);
    }
  }
}

TEST_CASE("a disarmed timer may outlive the wheel") {
  Ring ring;
  {
    TimerWheel wheel(kStart);
    ring.arm(wheel, 1s);
    ring.timer.disarm();
  }
  CHECK_FALSE(ring.timer.is_armed());
}

TEST_CASE("the wake-up is asked for only when an earlier due time appears") {
  Wheel w;
  int wakeups = 0;
  w.wheel.set_wakeup([](void* count) { ++*static_cast<int*>(count); }, &wakeups);
  w.ring(10s);
  CHECK(wakeups == 1);
  w.ring(20s);
  w.ring(10s);
  CHECK(wakeups == 1);
  Ring& early = w.ring(5s);
  CHECK(wakeups == 2);
  for (int i = 0; i < 100; ++i) {
    early.timer.disarm();
    early.arm(w.wheel, 5s);
  }
  CHECK(wakeups == 2);
}

TEST_CASE("a wheel that stood still while empty counts from now") {
  Wheel w;
  w.wheel.set_now(kStart + 5000s);
  w.ring(1s);
  CHECK(w.wheel.next_due() >= kStart + 5001s);
  w.wheel.advance(kStart + 5001s - 1ns);
  CHECK(w.order.empty());
  w.wheel.advance(kStart + 5001s + TimerWheel::kTick);
  CHECK(w.order.size() == 1);
}

TEST_CASE("timers fire in time where the ticks outgrow 32 bits") {
  constexpr auto kTick = TimerWheel::kTick;
  const MonotonicTime turn = kStart + kTick * (std::int64_t{1} << 32);
  Wheel w;
  w.wheel.set_now(turn - 10 * kTick);
  w.ring(5 * kTick);
  w.ring(12 * kTick);
  // One that was armed for before, and then for after; and one the other way round.
  w.ring(8 * kTick).arm(w.wheel, 14 * kTick);
  w.ring(14 * kTick).arm(w.wheel, 8 * kTick);
  w.ring(24h);
  w.wheel.advance(turn - kTick);
  CHECK(w.order == std::vector<int>{1, 4});
  w.wheel.advance(turn + kTick);
  CHECK(w.order.size() == 2);
  w.wheel.advance(turn + 5 * kTick);
  CHECK(w.order == std::vector<int>{1, 4, 2, 3});
  w.wheel.advance(turn - 10 * kTick + 24h - 1ns);
  CHECK(w.order.size() == 4);
  w.wheel.advance(turn - 8 * kTick + 24h);
  CHECK(w.order.size() == 5);
}

TEST_CASE("absurd delays neither overflow nor fire at once") {
  Wheel w;
  w.ring(std::chrono::nanoseconds::max());
  w.ring(-5s);
  w.wheel.advance(kStart + 1s);
  CHECK(w.order == std::vector<int>{2});
  w.wheel.advance(kStart + 24h * 365);
  CHECK(w.order.size() == 1);
  CHECK(w.wheel.armed() == 1);
}

}  // namespace
}  // namespace fastgate::net
