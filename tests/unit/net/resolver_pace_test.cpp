// When a resolver asks the system again, shown with a system that the test answers for.

#include "net/resolver.h"
#include "support/name_service.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

using test::name_service;

constexpr std::chrono::hours kLong{1};
constexpr std::chrono::milliseconds kAlways{0};
const std::string kName = "a.names.test";

std::vector<IpAddress> local(int byte) {
  return {IpAddress::v4(0x7f000000U + static_cast<std::uint32_t>(byte))};
}

/// A resolver that knows kName as 127.0.0.1, asked for once.
struct Known {
  explicit Known(const Resolver::Pace& pace) : resolver(test.loop(), pace) {
    name_service.answer_with({"127.0.0.1"});
    static_cast<void>(name_service.take_calls());
    bool is_known = false;
    const auto waiting = resolver.resolve(kName, [&](const auto& found) {
      REQUIRE(found.has_value());
      is_known = true;
    });
    REQUIRE(test.run_until([&] { return is_known; }));
    REQUIRE(name_service.take_calls() == 1);
  }
  /// Waits until a look-up has changed what is known.
  [[nodiscard]] bool becomes(const std::vector<IpAddress>& wanted) {
    return test.run_until([&] { return *resolver.lookup(kName) == wanted; });
  }

  TestLoop test;
  Resolver resolver;
};

TEST_CASE("what is fresh is not asked for again") {
  Known known({.fresh_for = kLong, .suspect_every = kLong});
  name_service.answer_with({"127.0.0.2"});
  for (int i = 0; i < 10; ++i) CHECK(*known.resolver.lookup(kName) == local(1));
  known.test.settle();
  CHECK(*known.resolver.lookup(kName) == local(1));
  CHECK(name_service.take_calls() == 0);
}

TEST_CASE("what is stale is used at once, and asked for once in the background") {
  Known known({.fresh_for = kAlways, .suspect_every = kLong});
  name_service.answer_with({"127.0.0.2"});
  for (int i = 0; i < 10; ++i) CHECK(*known.resolver.lookup(kName) == local(1));
  REQUIRE(known.becomes(local(2)));
  // A caller that would wait does not either.
  bool is_known = false;
  const auto waiting = known.resolver.resolve(kName, [&](const auto& found) {
    CHECK(*found == local(2));
    is_known = true;
  });
  REQUIRE(known.test.run_until([&] { return is_known; }));
}

TEST_CASE("a failing look-up leaves the stale addresses in use") {
  Known known({.fresh_for = kAlways, .suspect_every = kLong});
  name_service.answer_with({});
  CHECK(*known.resolver.lookup(kName) == local(1));
  REQUIRE(known.test.run_until([] { return name_service.take_calls() > 0; }));
  known.test.settle();
  CHECK(*known.resolver.lookup(kName) == local(1));
  name_service.answer_with({"127.0.0.3"});
  CHECK(known.becomes(local(3)));
}

TEST_CASE("a suspected name is asked for although it is fresh") {
  Known known({.fresh_for = kLong, .suspect_every = kAlways});
  name_service.answer_with({"127.0.0.2"});
  known.resolver.suspect(kName);
  CHECK(*known.resolver.lookup(kName) == local(1));
  REQUIRE(known.becomes(local(2)));
  CHECK(name_service.take_calls() == 1);
}

TEST_CASE("suspicion asks once while an answer is under way, and not more often than it may") {
  Known often({.fresh_for = kLong, .suspect_every = kAlways});
  name_service.answer_with({"127.0.0.2"});
  for (int i = 0; i < 10; ++i) often.resolver.suspect(kName);
  REQUIRE(often.becomes(local(2)));
  CHECK(name_service.take_calls() == 1);

  Known seldom({.fresh_for = kLong, .suspect_every = kLong});
  name_service.answer_with({"127.0.0.2"});
  for (int i = 0; i < 10; ++i) seldom.resolver.suspect(kName);
  seldom.test.settle();
  CHECK(*seldom.resolver.lookup(kName) == local(1));
  CHECK(name_service.take_calls() == 0);
}

}  // namespace
}  // namespace fastgate::net::testing
