#include "net/resolver.h"

#include <algorithm>

#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

struct Answer {
  int calls = 0;
  std::vector<IpAddress> addresses;
  Error error;
  Resolver::Done done() {
    return [this](const Result<std::vector<IpAddress>>& result) {
      ++calls;
      if (result) addresses = *result;
      if (!result) error = result.error();
    };
  }
};

TEST_CASE("an address is its own answer, at once and by waiting") {
  TestLoop test;
  Resolver resolver(test.loop());
  for (const char* text : {"127.0.0.1", "::1", "192.0.2.7"}) {
    INFO("address ", std::string(text));
    const auto* known = resolver.lookup(text);
    REQUIRE(known != nullptr);
    CHECK(*known == std::vector<IpAddress>{IpAddress::parse(text).value()});
    Answer answer;
    const auto waiting = resolver.resolve(text, answer.done());
    CHECK(answer.calls == 0);
    REQUIRE(test.run_until([&answer] { return answer.calls > 0; }));
    CHECK(answer.addresses == *known);
  }
}

TEST_CASE("localhost is looked up once for all who wait, then known") {
  TestLoop test;
  Resolver resolver(test.loop());
  CHECK(resolver.lookup("localhost") == nullptr);
  Answer first;
  Answer second;
  Answer forgotten;
  const auto waiting_first = resolver.resolve("localhost", first.done());
  const auto waiting_second = resolver.resolve("localhost", second.done());
  auto waiting_forgotten = resolver.resolve("localhost", forgotten.done());
  waiting_forgotten.reset();
  CHECK(first.calls == 0);
  REQUIRE(test.run_until([&] { return first.calls + second.calls == 2; }));
  CHECK(forgotten.calls == 0);
  REQUIRE_FALSE(first.addresses.empty());
  CHECK(first.addresses == second.addresses);
  for (const IpAddress& address : first.addresses) {
    CHECK(address.is_loopback());
    CHECK(std::ranges::count(first.addresses, address) == 1);
  }
  const auto* known = resolver.lookup("localhost");
  REQUIRE(known != nullptr);
  CHECK(*known == first.addresses);
}

TEST_CASE("names that cannot be resolved fail in a later turn, saying why") {
  TestLoop test;
  Resolver resolver(test.loop());
  const std::string with_nul("local\0host", 10);
  for (const std::string& name :
       {std::string("no-such-name.invalid"), std::string("bad name"), std::string(),
        std::string(300, 'a'), with_nul, std::string("-.-")}) {
    INFO("name ", name);
    Answer answer;
    const auto waiting = resolver.resolve(name, answer.done());
    CHECK(answer.calls == 0);
    REQUIRE(test.run_until([&answer] { return answer.calls == 1; }, 3000));
    CHECK(answer.addresses.empty());
    CHECK(answer.error.kind == ErrorKind::ConnectFailed);
    CHECK(answer.error.retry == RetrySafety::Always);
    CHECK(answer.error.text.starts_with("cannot resolve \""));
    CHECK(answer.error.text.size() < 400);
    CHECK(resolver.lookup(name) == nullptr);
  }
}

TEST_CASE("a waiting call may be destroyed inside another's answer") {
  TestLoop test;
  Resolver resolver(test.loop());
  std::unique_ptr<Resolver::Waiting> first;
  std::unique_ptr<Resolver::Waiting> second;
  int calls = 0;
  first = resolver.resolve("localhost", [&](const auto&) {
    ++calls;
    first.reset();
    second.reset();
  });
  second = resolver.resolve("localhost", [&](const auto&) { ++calls; });
  REQUIRE(test.run_until([&calls] { return calls > 0; }));
  test.settle();
  CHECK(calls == 1);
}

TEST_CASE("a resolver may end with look-ups under way") {
  TestLoop test;
  Answer answer;
  std::vector<std::unique_ptr<Resolver::Waiting>> waiting;
  {
    Resolver resolver(test.loop());
    for (int i = 0; i < 20; ++i) {
      waiting.push_back(resolver.resolve("name" + std::to_string(i) + ".invalid", answer.done()));
    }
  }
  test.settle();
  CHECK(answer.calls == 0);
}

TEST_CASE("names known are bounded; suspecting unknown ones does nothing") {
  TestLoop test;
  Resolver resolver(test.loop());
  for (std::uint32_t i = 0; i < Resolver::kMaxNames + 100; ++i) {
    const std::string text = IpAddress::v4(0x0a000000 + i).text();
    const auto* known = resolver.lookup(text);
    REQUIRE(known != nullptr);
    REQUIRE(known->front().text() == text);
  }
  resolver.suspect("never-heard-of");
  resolver.suspect("10.0.0.1");
  test.settle();
}

}  // namespace
}  // namespace fastgate::net::testing
