#include "record/counters.h"

#include <doctest/doctest.h>

#include "record/route_counter_table.h"

namespace fastgate::record {
namespace {

TEST_CASE("an observation falls into the first bucket that is not too small") {
  struct Row {
    std::uint64_t us;
    std::size_t bucket;
  };
  const Row rows[] = {{0, 0},           {1000, 0},       {1001, 1},    {2500, 1},
                      {2501, 2},        {10'000, 3},     {249'999, 7}, {30'000'000, 13},
                      {30'000'001, 14}, {UINT64_MAX, 14}};
  for (const Row& row : rows) {
    INFO(row.us);
    LatencyHistogram histogram;
    histogram.observe(row.us);
    CHECK(histogram.buckets.at(row.bucket).value() == 1);
    CHECK(histogram.count.value() == 1);
    CHECK(histogram.sum_us.value() == row.us);
  }
}

TEST_CASE("counts are kept by route id when the indexes change") {
  RouteCounterTable table;
  table.adopt({"a", "b"});
  table.of(0, "a").retries.add();
  table.of(1, "b").retries.add(2);
  table.adopt({"b", "c", "a"});
  CHECK(table.of(0, "b").retries.value() == 2);
  CHECK(table.of(1, "c").retries.value() == 0);
  CHECK(table.of(2, "a").retries.value() == 1);
}

TEST_CASE("an exchange of an older snapshot counts for its own route") {
  RouteCounterTable table;
  table.adopt({"new", "old"});
  table.of(0, "new").retries.add();
  table.of(0, "old").retries.add(5);
  CHECK(table.of(0, "new").retries.value() == 1);
  CHECK(table.of(1, "old").retries.value() == 5);
  table.of(70'000, "gone").retries.add(7);
  CHECK(table.of(UINT32_MAX, "gone").retries.value() == 7);
}

TEST_CASE("exchanges without a route are counted together") {
  RouteCounterTable table;
  table.adopt({"a"});
  CHECK(table.of(UINT32_MAX, "").route_id == RouteCounterTable::kNoRoute);
  CHECK(table.local().route_id == RouteCounterTable::kLocal);
}

std::uint64_t sum_of_retries(const RouteCounterTable& table) {
  std::uint64_t sum = 0;
  table.visit([&](const RouteCounters& route) { sum += route.retries.value(); });
  return sum;
}

TEST_CASE("the number of series is bounded, and no sum falls when routes make room") {
  RouteCounterTable table;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < 3 * RouteCounterTable::kMaxRoutes; ++i) {
    ids.push_back("r" + std::to_string(i));
  }
  table.adopt(RouteIds(ids.begin(), ids.end()));
  for (std::uint32_t i = 0; i < ids.size(); ++i) table.of(i, ids[i]).retries.add();
  std::size_t series = 0;
  table.visit([&](const RouteCounters&) { ++series; });
  CHECK(series == RouteCounterTable::kMaxRoutes + 3);
  CHECK(table.of(2999, "r2999").route_id == RouteCounterTable::kOther);
  CHECK(sum_of_retries(table) == ids.size());

  table.adopt({"r2999", "r0"});
  CHECK(sum_of_retries(table) == ids.size());
  CHECK(table.of(0, "r2999").route_id == "r2999");
  CHECK(table.of(1, "r0").retries.value() == 1);
}

}  // namespace
}  // namespace fastgate::record
