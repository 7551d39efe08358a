// When a resolver asks the system again, shown with a system that the test answers for.

#include <atomic>
#include <cstring>

#include <dlfcn.h>
#include <netdb.h>

#include "net/resolver.h"
#include "unit/net/fixture.h"

namespace fastgate::net::testing {
namespace {

constexpr std::string_view kOurs = ".resolver.test";

/// What the system answers for names that end in kOurs: 127.0.0.N, or that there is none for 0.
std::atomic<int> last_byte{1};
std::atomic<int> calls{0};

}  // namespace
}  // namespace fastgate::net::testing

/// In place of the C library's, which answers for all other names.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using namespace fastgate::net::testing;
  const auto system = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node == nullptr || !std::string_view(node).ends_with(kOurs)) {
    return system(node, service, hints, result);
  }
  ++calls;
  if (last_byte == 0) return EAI_NONAME;
  return system(("127.0.0." + std::to_string(last_byte)).c_str(), service, hints, result);
}

namespace fastgate::net::testing {
namespace {

constexpr std::chrono::hours kLong{1};
constexpr std::chrono::milliseconds kAlways{0};
const std::string kName = "a.resolver.test";

std::vector<IpAddress> local(int byte) {
  return {IpAddress::v4(0x7f000000U + static_cast<std::uint32_t>(byte))};
}

/// A resolver that knows kName as 127.0.0.1, asked for once.
struct Known {
  explicit Known(const Resolver::Pace& pace) : resolver(test.loop(), pace) {
    last_byte = 1;
    calls = 0;
    bool is_known = false;
    const auto waiting = resolver.resolve(kName, [&](const auto& found) {
      REQUIRE(found.has_value());
      is_known = true;
    });
    REQUIRE(test.run_until([&] { return is_known; }));
    REQUIRE(calls == 1);
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
  last_byte = 2;
  for (int i = 0; i < 10; ++i) CHECK(*known.resolver.lookup(kName) == local(1));
  known.test.settle();
  CHECK(*known.resolver.lookup(kName) == local(1));
  CHECK(calls == 1);
}

TEST_CASE("what is stale is used at once, and asked for once in the background") {
  Known known({.fresh_for = kAlways, .suspect_every = kLong});
  last_byte = 2;
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
  last_byte = 0;
  const int before = calls;
  CHECK(*known.resolver.lookup(kName) == local(1));
  REQUIRE(known.test.run_until([&] { return calls > before; }));
  known.test.settle();
  CHECK(*known.resolver.lookup(kName) == local(1));
  last_byte = 3;
  CHECK(known.becomes(local(3)));
}

TEST_CASE("a suspected name is asked for although it is fresh") {
  Known known({.fresh_for = kLong, .suspect_every = kAlways});
  last_byte = 2;
  known.resolver.suspect(kName);
  CHECK(*known.resolver.lookup(kName) == local(1));
  REQUIRE(known.becomes(local(2)));
  CHECK(calls == 2);
}

TEST_CASE("suspicion asks once while an answer is under way, and not more often than it may") {
  Known often({.fresh_for = kLong, .suspect_every = kAlways});
  last_byte = 2;
  for (int i = 0; i < 10; ++i) often.resolver.suspect(kName);
  REQUIRE(often.becomes(local(2)));
  CHECK(calls == 2);

  Known seldom({.fresh_for = kLong, .suspect_every = kLong});
  last_byte = 2;
  for (int i = 0; i < 10; ++i) seldom.resolver.suspect(kName);
  seldom.test.settle();
  CHECK(*seldom.resolver.lookup(kName) == local(1));
  CHECK(calls == 1);
}

}  // namespace
}  // namespace fastgate::net::testing
