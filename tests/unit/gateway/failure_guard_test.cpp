#include "gateway/failure_guard.h"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/times.h"

namespace fastgate::gateway {
namespace {

using fastgate::test::kNow;
using std::chrono::minutes;
using std::chrono::seconds;

const FailureGuardLimits kLimits{5, 60, seconds(30)};

TEST_CASE("some wrong keys are answered, then the address is refused for a while") {
  FailureGuard guard(kLimits);
  const IpAddress client = IpAddress::v4(1);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(guard.on_wrong_key(client, kNow));
  const auto refused = guard.on_wrong_key(client, kNow);
  REQUIRE(refused);
  CHECK_FALSE(refused->allowed);
  CHECK(refused->retry_after > seconds(30));
  CHECK(refused->retry_after <= seconds(31));
  CHECK(refused->limit == 0);
  // Going on trying does not make it longer.
  CHECK(guard.on_wrong_key(client, kNow + seconds(29))->retry_after <= seconds(2));
}

TEST_CASE("after the while one more may be tried, and only a quiet time gives all of them back") {
  FailureGuard guard(kLimits);
  const IpAddress client = IpAddress::v4(1);
  while (!guard.on_wrong_key(client, kNow)) continue;
  const WallTime later = kNow + seconds(31);
  CHECK_FALSE(guard.on_wrong_key(client, later));
  CHECK(guard.on_wrong_key(client, later)->retry_after > seconds(29));
  const WallTime much_later = later + minutes(5);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(guard.on_wrong_key(client, much_later));
  CHECK(guard.on_wrong_key(client, much_later));
}

TEST_CASE("the answers to wrong keys come slower and slower, and refusals at once") {
  FailureGuard guard({12, 60, seconds(30)});
  const auto pause = [&](std::uint32_t client) {
    return guard.weigh_wrong_key(IpAddress::v4(client), kNow).pause.count();
  };
  for (const int expected : {0, 0, 0, 50, 100, 200, 400, 800, 1000, 1000, 1000, 1000}) {
    CHECK(pause(1) == expected);
  }
  const WrongKey refused = guard.weigh_wrong_key(IpAddress::v4(1), kNow);
  CHECK(refused.refusal);
  CHECK(refused.pause.count() == 0);
  CHECK(pause(2) == 0);
}

TEST_CASE("addresses are counted apart, those of one IPv6 /64 together") {
  FailureGuard guard(kLimits);
  while (!guard.on_wrong_key(IpAddress::v4(1), kNow)) continue;
  CHECK_FALSE(guard.on_wrong_key(IpAddress::v4(2), kNow));
  while (!guard.on_wrong_key(IpAddress::parse("2001:db8::1").value(), kNow)) continue;
  CHECK(guard.on_wrong_key(IpAddress::parse("2001:db8::2").value(), kNow));
  CHECK_FALSE(guard.on_wrong_key(IpAddress::parse("2001:db8:0:1::1").value(), kNow));
}

TEST_CASE("a crowd of addresses makes nobody refused, and the attacker stays so") {
  FailureGuard guard(kLimits);
  const IpAddress attacker = IpAddress::v4(1);
  while (!guard.on_wrong_key(attacker, kNow)) continue;
  int refused = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    refused += guard.on_wrong_key(IpAddress::v4(1000 + i), kNow) ? 1 : 0;
  }
  CHECK(refused <= 1);
  CHECK(guard.on_wrong_key(attacker, kNow));
}

TEST_CASE("limits of zero still let one be tried") {
  FailureGuard guard({0, 0, seconds(0)});
  CHECK_FALSE(guard.on_wrong_key(IpAddress::v4(1), kNow));
  CHECK(guard.on_wrong_key(IpAddress::v4(1), kNow)->retry_after <= minutes(1));
}

TEST_CASE("16 threads: exactly the allowed number is answered") {
  FailureGuard guard({100, 60, seconds(30)});
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          if (!guard.on_wrong_key(IpAddress::v4(1), kNow)) answered.fetch_add(1);
        }
      });
    }
  }
  CHECK(answered.load() == 100);
}

TEST_CASE("the refusal is a 429") {
  CHECK(FailureGuard::refusal().kind == ErrorKind::RateLimited);
}

}  // namespace
}  // namespace fastgate::gateway
