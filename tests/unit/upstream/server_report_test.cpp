#include "upstream/server_report.h"

#include <doctest/doctest.h>

namespace fastgate::upstream {
namespace {

using Names = std::vector<ServerName>;

TEST_CASE("reports of workers are put together server by server") {
  const auto names = std::make_shared<const Names>(Names{{"g", "a:1"}, {"g", "b:1"}});
  const auto same = std::make_shared<const Names>(*names);
  const auto other = std::make_shared<const Names>(Names{{"g", "a:1"}, {"g", "c:1"}});
  const ServerReport sum =
      merged({{},
              {names, {{.is_up = true, .in_use = 1, .idle = 2, .failures = 0}, {.is_up = false}}},
              {other, {{.in_use = 50}, {.in_use = 50}}},
              {same, {{.is_up = false, .in_use = 3, .idle = 1, .failures = 4}, {.is_up = false}}}});
  REQUIRE(sum.servers.size() == 2);
  CHECK(*sum.names == *names);
  CHECK(sum.servers[0].is_up);
  CHECK(sum.servers[0].in_use == 4);
  CHECK(sum.servers[0].idle == 3);
  CHECK(sum.servers[0].failures == 4);
  CHECK_FALSE(sum.servers[1].is_up);
  CHECK(merged({}).servers.empty());
}

TEST_CASE("what was published is read, and failures grow old") {
  ReportBoard board;
  CHECK(board.read().names == nullptr);
  board.publish({std::make_shared<const Names>(Names{{"g", "a:1"}}), {{.in_use = 7}}});
  CHECK(board.read().servers.front().in_use == 7);

  using namespace std::chrono_literals;
  constexpr MonotonicTime kStart{1000s};
  FailureWindow window(3, 10s);
  window.on_failure(kStart);
  window.on_failure(kStart + 1s);
  CHECK(window.count(kStart + 2s) == 2);
  CHECK(window.count(kStart + 20s) == 0);
}

}  // namespace
}  // namespace fastgate::upstream
