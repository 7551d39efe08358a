#include "gateway/waiting_room.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "base/random.h"
#include "support/times.h"

namespace fastgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Tokens = std::vector<WaitingRoom::Token>;
using fastgate::test::kStart;

constexpr config::QueueConfig kQueue{milliseconds(2000), 100};

void let_in(WaitingRoom& room, std::string_view key, const Tokens& tokens,
            MonotonicTime now = kStart) {
  for (const auto token : tokens) {
    REQUIRE(room.enqueue(key, token, now) == WaitingRoom::Enqueued::Accepted);
  }
}

Tokens drain(WaitingRoom& room) {
  Tokens order;
  while (const auto next = room.next_ready()) {
    order.push_back(*next);
    room.leave_front();
  }
  return order;
}

TEST_CASE("an empty room has nobody") {
  WaitingRoom room(kQueue);
  CHECK_FALSE(room.next_ready());
  CHECK(room.expire(kStart + seconds(100)).empty());
  CHECK_FALSE(room.remove(1));
  room.skip_front();
  CHECK(room.size() == 0);
}

TEST_CASE("a key's own requests keep their order") {
  WaitingRoom room(kQueue);
  let_in(room, "a", {3, 1, 2});
  CHECK(drain(room) == Tokens{3, 1, 2});
  CHECK(room.size() == 0);
  CHECK(room.parties() == 0);
}

TEST_CASE("turns go round between keys, however many one of them sent") {
  WaitingRoom room(kQueue);
  let_in(room, "greedy", {1, 2, 3, 4});
  let_in(room, "b", {10, 11});
  let_in(room, "", {20});
  CHECK(drain(room) == Tokens{1, 10, 20, 2, 11, 3, 4});
}

TEST_CASE("who comes back after an admission stands behind those who wait") {
  WaitingRoom room(kQueue);
  let_in(room, "a", {1});
  let_in(room, "b", {2});
  room.leave_front();
  let_in(room, "a", {3});
  CHECK(drain(room) == Tokens{2, 3});
}

TEST_CASE("a skipped key keeps its row, others have their turn") {
  WaitingRoom room(kQueue);
  let_in(room, "a", {1, 2});
  let_in(room, "b", {3});
  room.skip_front();
  CHECK(room.next_ready() == 3);
  CHECK(room.parties() == 2);
  room.leave_front();
  room.skip_front();
  CHECK(drain(room) == Tokens{1, 2});
}

TEST_CASE("a full room takes nobody until somebody leaves") {
  WaitingRoom room({milliseconds(2000), 2});
  let_in(room, "a", {1, 2});
  CHECK(room.enqueue("b", 3, kStart) == WaitingRoom::Enqueued::Full);
  CHECK(room.size() == 2);
  CHECK(room.remove(1));
  let_in(room, "b", {3});
  WaitingRoom closed({milliseconds(2000), 0});
  CHECK(closed.enqueue("a", 1, kStart) == WaitingRoom::Enqueued::Full);
}

TEST_CASE("waits end in the order of their deadlines, not before") {
  WaitingRoom room(kQueue);
  let_in(room, "a", {1}, kStart);
  let_in(room, "b", {2}, kStart + milliseconds(500));
  let_in(room, "a", {3}, kStart + milliseconds(1000));
  CHECK(room.expire(kStart + milliseconds(1999)).empty());
  CHECK(room.expire(kStart + milliseconds(2500)) == Tokens{1, 2});
  CHECK(room.expire(kStart + milliseconds(2999)).empty());
  CHECK(room.next_ready() == 3);
  CHECK(room.expire(kStart + seconds(60)) == Tokens{3});
}

TEST_CASE("a reload's shorter wait holds for those who come later") {
  WaitingRoom room(kQueue);
  let_in(room, "a", {1});
  room.reconfigure({milliseconds(100), 100});
  let_in(room, "a", {2});
  CHECK(room.expire(kStart + milliseconds(100)) == Tokens{2});
  CHECK(room.next_ready() == 1);
}

TEST_CASE("whatever happens, nobody is lost or served twice") {
  FastRandom random(7);
  WaitingRoom room({milliseconds(50), 40});
  std::vector<int> state(20'000, 0);  // 0 outside, 1 waiting, 2 done
  MonotonicTime now = kStart;
  for (WaitingRoom::Token token = 0; token < state.size(); ++token) {
    now += milliseconds(random.below(4));
    const std::string key(1, static_cast<char>('a' + random.below(6)));
    if (room.enqueue(key, token, now) == WaitingRoom::Enqueued::Accepted) state[token] = 1;
    const auto finish = [&](WaitingRoom::Token done) {
      REQUIRE(state[done] == 1);
      state[done] = 2;
    };
    switch (random.below(4)) {
      case 0:
        if (const auto next = room.next_ready()) {
          finish(*next);
          room.leave_front();
        }
        break;
      case 1:
        if (const auto other = random.below(token + 1); room.remove(other)) finish(other);
        break;
      case 2:
        room.skip_front();
        break;
      default:
        for (const auto expired : room.expire(now)) finish(expired);
    }
    REQUIRE(room.size() <= 40);
  }
  for (const auto left : drain(room)) {
    REQUIRE(state[left] == 1);
    state[left] = 2;
  }
  CHECK(std::count(state.begin(), state.end(), 1) == 0);
  CHECK(room.parties() == 0);
}

}  // namespace
}  // namespace fastgate::gateway
