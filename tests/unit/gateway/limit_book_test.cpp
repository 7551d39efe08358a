#include "gateway/limit_book.h"

#include <functional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/times.h"

namespace fastgate::gateway {
namespace {

using fastgate::test::kNow;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// How many of `calls` calls a thread, over 16 threads at once, say yes.
std::uint32_t count_yes(int calls, const std::function<bool()>& ask) {
  std::atomic<std::uint32_t> yes{0};
  std::atomic<bool> go{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      while (!go.load()) std::this_thread::yield();
      for (int i = 0; i < calls; ++i) {
        if (ask()) yes.fetch_add(1);
      }
    });
  }
  go.store(true);
  threads.clear();
  return yes.load();
}

IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}

TEST_CASE("a burst passes, the next is refused, and places come back one by one") {
  Limit limit;
  const Rate rate{60, 3};
  for (std::uint32_t left : {2U, 1U, 0U}) {
    const RateState state = limit.take(rate, kNow);
    CHECK(state.allowed);
    CHECK(state.limit == 3);
    CHECK(state.remaining == left);
    CHECK(state.reset == seconds(3 - left));
    CHECK(state.retry_after == milliseconds(0));
  }
  const RateState refused = limit.take(rate, kNow);
  CHECK_FALSE(refused.allowed);
  CHECK(refused.remaining == 0);
  CHECK(refused.retry_after == seconds(1));
  CHECK(refused.reset == seconds(3));

  CHECK_FALSE(limit.take(rate, kNow + milliseconds(999)).allowed);
  CHECK(limit.take(rate, kNow + seconds(1)).allowed);
  CHECK_FALSE(limit.take(rate, kNow + seconds(1)).allowed);
  CHECK(limit.take(rate, kNow + seconds(10)).remaining == 2);
}

TEST_CASE("waiting for as long as was told is enough, at rates that divide no minute evenly") {
  for (const std::uint32_t per_minute : {1U, 7U, 59U, 61U, 1000U, 70'000U, 4'000'000'000U}) {
    INFO(per_minute);
    Limit limit;
    const Rate rate{per_minute, 5};
    for (int i = 0; i < 5; ++i) CHECK(limit.take(rate, kNow).allowed);
    const RateState refused = limit.take(rate, kNow);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.retry_after > milliseconds(0));
    CHECK(limit.take(rate, kNow + refused.retry_after).allowed);
  }
}

TEST_CASE("without a burst of its own a rate's burst is its minute; without a rate all pass") {
  Limit limit;
  for (int i = 0; i < 100; ++i) CHECK(limit.take({100, 0}, kNow).allowed);
  CHECK_FALSE(limit.take({100, 0}, kNow).allowed);
  const RateState free = limit.take({0, 0}, kNow);
  CHECK(free.allowed);
  CHECK(free.limit == 0);
}

TEST_CASE("peek takes nothing and tells what take would say") {
  Limit limit;
  const Rate rate{60, 1};
  CHECK(limit.peek(rate, kNow).allowed);
  CHECK(limit.peek(rate, kNow).remaining == 1);
  CHECK(limit.take(rate, kNow).allowed);
  CHECK_FALSE(limit.peek(rate, kNow).allowed);
  CHECK(limit.peek(rate, kNow).retry_after == seconds(1));
  CHECK(limit.peek(rate, kNow + seconds(1)).allowed);
}

TEST_CASE("a request given back may be taken again") {
  Limit limit;
  const Rate rate{60, 2};
  CHECK(limit.take(rate, kNow).allowed);
  CHECK(limit.take(rate, kNow).allowed);
  limit.give_back(rate);
  CHECK(limit.take(rate, kNow).allowed);
  CHECK_FALSE(limit.take(rate, kNow).allowed);
}

TEST_CASE("when the clock jumps back, nobody waits longer than the rate says") {
  Limit limit;
  const Rate rate{60, 10};
  for (int i = 0; i < 10; ++i) CHECK(limit.take(rate, kNow + minutes(600)).allowed);
  CHECK_FALSE(limit.take(rate, kNow).allowed);
  CHECK(limit.arrival() == (kNow + seconds(10)).time_since_epoch().count());
  CHECK(limit.take(rate, kNow + seconds(1)).allowed);
  CHECK_FALSE(limit.take(rate, kNow + seconds(1)).allowed);
}

TEST_CASE("workers whose clocks differ a little do not take each other's debts off") {
  Limit limit;
  const Rate rate{60'000, 10};
  int passed = 0;
  for (int i = 0; i < 1000; ++i) {
    if (limit.take(rate, kNow + milliseconds(5)).allowed) ++passed;
    if (limit.take(rate, kNow).allowed) ++passed;
  }
  CHECK(passed == 10);
}

TEST_CASE("when the clock jumps forward, one burst is the most that passes") {
  Limit limit;
  const Rate rate{60, 10};
  for (int i = 0; i < 10; ++i) CHECK(limit.take(rate, kNow).allowed);
  int passed = 0;
  for (int i = 0; i < 100; ++i) passed += limit.take(rate, kNow + minutes(600)).allowed ? 1 : 0;
  CHECK(passed == 10);
}

TEST_CASE("a smaller rate after a reload does not inherit a longer wait than it has itself") {
  Limit limit;
  for (int i = 0; i < 600; ++i) CHECK(limit.take({60, 600}, kNow).allowed);
  CHECK(limit.take({60, 2}, kNow).retry_after <= seconds(1));
  CHECK(limit.take({60, 2}, kNow + seconds(1)).allowed);
}

TEST_CASE("extreme rates do not overflow") {
  Limit limit;
  const Rate rate{1, 0xffffffff};
  const RateState state = limit.take(rate, kNow);
  CHECK(state.allowed);
  CHECK(state.remaining > 1'000'000);
  Limit fast;
  for (int i = 0; i < 1000; ++i) CHECK(fast.take({0xffffffff, 0xffffffff}, kNow).allowed);
  LimitBook book;
  const IpAddress client = address("192.0.2.1");
  CHECK(book.take_for_client("r", client, {1, 0xffffffff}, kNow).allowed);
  CHECK(book.take_for_client("r", client, {0xffffffff, 0xffffffff}, kNow).allowed);
}

TEST_CASE("of 16 threads' requests exactly the burst passes") {
  for (const std::uint32_t burst : {1U, 100U, 1000U}) {
    INFO(burst);
    Limit limit;
    CHECK(count_yes(200, [&] { return limit.take({burst, 0}, kNow).allowed; }) == burst);
    CHECK_FALSE(limit.take({burst, 0}, kNow).allowed);
  }
}

TEST_CASE("of 16 threads exactly the maximum is inside at once") {
  Limit limit;
  CHECK(count_yes(50, [&] { return limit.try_enter(7); }) == 7);
  CHECK(limit.inside() == 7);
  limit.leave();
  CHECK(limit.try_enter(7));
  CHECK_FALSE(limit.try_enter(7));
  CHECK(limit.try_enter(0));
  CHECK(limit.inside() == 8);

  Limit busy;
  std::atomic<std::uint32_t> most{0};
  count_yes(500, [&] {
    if (!busy.try_enter(3)) return false;
    const std::uint32_t inside = busy.inside();
    std::uint32_t seen = most.load();
    while (inside > seen && !most.compare_exchange_weak(seen, inside)) continue;
    busy.leave();
    return true;
  });
  CHECK(most.load() <= 3);
  CHECK(busy.inside() == 0);
}

TEST_CASE("a name always has the same limit, keys and routes apart") {
  LimitBook book;
  const auto key = book.for_key("fg_a");
  CHECK(book.for_key("fg_a") == key);
  CHECK(book.for_key("fg_b") != key);
  CHECK(book.for_route("fg_a") != key);
}

TEST_CASE("limits that somebody holds are never forgotten, the others do not pile up") {
  LimitBook book;
  const auto held = book.for_key("held");
  CHECK(held->take({60, 1}, kNow).allowed);
  std::weak_ptr<Limit> unheld = book.for_key("unheld");
  for (int i = 0; i < 20'000; ++i) (void)book.for_key("k" + std::to_string(i));
  CHECK(book.for_key("held") == held);
  CHECK(unheld.expired());
}

TEST_CASE("clients have a bucket per route and address") {
  LimitBook book;
  const Rate rate{60, 1};
  const auto passes = [&](std::string_view route, std::string_view client) {
    return book.take_for_client(route, address(client), rate, kNow).allowed;
  };
  CHECK(passes("a", "192.0.2.1"));
  CHECK_FALSE(passes("a", "192.0.2.1"));
  CHECK(passes("a", "192.0.2.2"));
  CHECK(passes("b", "192.0.2.1"));
  CHECK(passes("a", "2001:db8::1"));
  CHECK_FALSE(passes("a", "2001:db8::ffff:1"));
  CHECK(passes("a", "2001:db8:0:1::1"));
  book.give_back_for_client("a", address("192.0.2.1"), rate);
  CHECK(passes("a", "192.0.2.1"));
  CHECK_FALSE(passes("a", "192.0.2.1"));
  CHECK(book.take_for_client("a", address("192.0.2.1"), {0, 0}, kNow).allowed);
}

TEST_CASE("of 16 threads' requests of one client exactly the burst passes") {
  LimitBook book;
  const IpAddress client = address("192.0.2.1");
  CHECK(count_yes(100, [&] { return book.take_for_client("r", client, {300, 0}, kNow).allowed; }) ==
        300);
}

TEST_CASE("a crowd of addresses refuses nobody and keeps the most indebted bucket") {
  LimitBook book;
  const Rate rate{60, 10};
  const IpAddress abuser = address("192.0.2.1");
  while (book.take_for_client("r", abuser, rate, kNow).allowed) continue;
  int refused = 0;
  for (std::uint32_t i = 0; i < 300'000; ++i) {
    const IpAddress stranger = IpAddress::v4(0x0a000000U + i);
    if (!book.take_for_client("r", stranger, rate, kNow).allowed) ++refused;
  }
  CHECK(refused <= 3);
  CHECK_FALSE(book.take_for_client("r", abuser, rate, kNow).allowed);
}

TEST_CASE("a client's bucket survives jumps of the clock without locking it out") {
  LimitBook book;
  const Rate rate{60, 2};
  const IpAddress client = address("192.0.2.1");
  const auto passes = [&](WallTime now) {
    return book.take_for_client("r", client, rate, now).allowed;
  };
  CHECK(passes(kNow));
  CHECK(passes(kNow));
  CHECK_FALSE(passes(kNow));
  CHECK_FALSE(passes(kNow - milliseconds(500)));
  CHECK(passes(kNow - minutes(600)));
  CHECK(passes(kNow + minutes(60 * 24 * 30)));
  CHECK(passes(kNow + minutes(60 * 24 * 70)));
}

TEST_CASE("limits survive a restart") {
  std::string saved;
  {
    LimitBook book;
    const auto key = book.for_key("fg_a");
    const auto route = book.for_route("with space, %, \n and ü");
    CHECK(book.for_key("idle")->take({60, 1}, kNow - minutes(5)).allowed);
    for (int i = 0; i < 2; ++i) CHECK(key->take({60, 2}, kNow).allowed);
    CHECK(route->take({60, 1}, kNow).allowed);
    for (std::uint32_t i = 0; i < 1000; ++i) {
      CHECK(book.take_for_client("r", IpAddress::v4(i), {1, 1}, kNow - seconds(i % 90)).allowed);
    }
    saved = book.save(kNow);
  }
  CHECK(saved.find("idle") == std::string::npos);
  LimitBook book;
  book.restore(saved, kNow + milliseconds(500));
  CHECK(book.for_key("fg_a")->take({60, 2}, kNow + seconds(1)).allowed);
  CHECK_FALSE(book.for_key("fg_a")->take({60, 2}, kNow + seconds(1)).allowed);
  CHECK_FALSE(
      book.for_route("with space, %, \n and ü")->take({60, 1}, kNow + milliseconds(900)).allowed);
  int wrong = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const bool passes = book.take_for_client("r", IpAddress::v4(i), {1, 1}, kNow).allowed;
    if (passes != (i % 90 >= 60)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("what was not saved by a book is ignored") {
  const auto time = std::to_string((kNow + minutes(5)).time_since_epoch().count());
  const std::string good = "fastgate-limits 1\nkey fg_a " + time + "\n";
  const std::pair<std::string, bool> rows[] = {
      {good, true},
      {"", false},
      {"\n" + good, false},
      {"fastgate-limits 2\nkey fg_a " + time + "\n", false},
      {"key fg_a " + time, false},
      {"fastgate-limits 1\nkey fg_a -5\nkey fg_a 1e9\nkey fg_a\nkey  fg_a " + time, false},
      {"fastgate-limits 1\nkey fg_a 99999999999999999999999\nkey fg_a 18446744073709551615", false},
      {"fastgate-limits 1\nkey fg_%zz " + time + "\nkey fg_%a " + time + "\nkey fg_a 12\n", false},
      {"fastgate-limits 1\nclient ffffffffff 1\nclient 0 1\nsalt x y\nclient -1 zz\n" +
           good.substr(18),
       true},
  };
  for (const auto& [text, is_restored] : rows) {
    INFO(text);
    LimitBook book;
    book.restore(text, kNow);
    CHECK((book.for_key("fg_a")->arrival() != 0) == is_restored);
    CHECK(book.take_for_client("r", address("192.0.2.1"), {60, 1}, kNow).allowed);
  }
}

}  // namespace
}  // namespace fastgate::gateway
