// Statistics of the audit store against a full count of its records.
#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "record/rollup_sum.h"
#include "record/top_list.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

RollupCounts counted(const std::vector<SampleRow>& rows, const auto& is_wanted) {
  RollupCounts counts;
  for (const SampleRow& sample : rows) {
    if (!is_wanted(sample)) continue;
    ++counts.requests;
    if (sample.row.status_code >= 400) ++counts.errors;
    ++counts.by_class[sample.row.status_code / 100U];
    counts.request_bytes += sample.row.request_size;
    counts.response_bytes += sample.row.response_size;
    counts.response_time.add(sample.row.response_time_us);
    counts.ttfb.add(sample.row.ttfb_us);
  }
  return counts;
}

void check_same(const RollupCounts& a, const RollupCounts& b) {
  CHECK(a.requests == b.requests);
  CHECK(a.errors == b.errors);
  CHECK(a.by_class == b.by_class);
  CHECK(a.request_bytes == b.request_bytes);
  CHECK(a.response_bytes == b.response_bytes);
  CHECK(a.response_time == b.response_time);
  CHECK(a.ttfb == b.ttfb);
}

/// Eleven hours over midnight, in several commits.
std::vector<SampleRow> write_a_night(SampleStore& store) {
  SampleRows rows(21, SampleRows::kNoon + hours(6));
  rows.step_us = 8'000'000;
  std::vector<SampleRow> all;
  for (int i = 0; i < 10; ++i) {
    std::vector<SampleRow> some;
    for (int j = 0; j < 1000; ++j) some.push_back(rows.next());
    store.write(some);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

const auto everybody = [](const SampleRow&) { return true; };

TEST_CASE("rollups: all time agrees with a full count, by route and by key") {
  SampleStore store;
  const std::vector<SampleRow> rows = write_a_night(store);
  AuditReader reader = store.reader();
  const RollupSummary summary = *reader.summary_of_all_time();
  check_same(summary.total, counted(rows, everybody));
  CHECK(summary.routes.size() == 12);
  for (const NamedCounts& route : summary.routes) {
    check_same(route.counts,
               counted(rows, [&](const SampleRow& row) { return row.route_id == route.name; }));
  }
  CHECK(summary.keys.size() == 40);
  for (const NamedCounts& key : summary.keys) {
    check_same(key.counts,
               counted(rows, [&](const SampleRow& row) { return row.key_id == key.name; }));
  }
  CHECK(std::is_sorted(summary.keys.begin(), summary.keys.end(), [](const auto& a, const auto& b) {
    return a.counts.requests > b.counts.requests;
  }));
}

TEST_CASE("rollups: minutes, hours and days agree with a full count, filtered or not") {
  SampleStore store;
  const std::vector<SampleRow> rows = write_a_night(store);
  AuditReader reader = store.reader();
  const WallTime now = rows.back().row.request_time;
  const auto check = [&](const std::vector<RollupPeriod>& periods, std::chrono::nanoseconds length,
                         const RollupFilter& filter) {
    std::uint64_t sum = 0;
    for (const RollupPeriod& period : periods) {
      const RollupCounts expected = counted(rows, [&](const SampleRow& row) {
        return row.row.request_time >= period.time && row.row.request_time < period.time + length &&
               (filter.route_id.empty() || filter.route_id == row.route_id) &&
               (filter.key_id.empty() || filter.key_id == row.key_id);
      });
      REQUIRE(period.counts.requests == expected.requests);
      check_same(period.counts, expected);
      sum += expected.requests;
    }
    CHECK(sum > 0);
  };
  for (const RollupFilter& filter :
       {RollupFilter{}, RollupFilter{.route_id = "route-3", .key_id = ""},
        RollupFilter{.route_id = "", .key_id = "fg_100000000007"},
        RollupFilter{.route_id = "route-3", .key_id = "fg_100000000007"}}) {
    check(*reader.daily(3, now, filter), hours(24), filter);
    check(*reader.hourly(24, now, filter), hours(1), filter);
    check(*reader.minutely(300, now, filter), minutes(1), filter);
  }
  CHECK(reader.minutely(60, now)->size() == 60);
  CHECK(reader.minutely(60, now)->back().time <= now);
  CHECK(reader.minutely(60, now)->back().time > now - minutes(1));
}

TEST_CASE("rollups: a range is widened to whole minutes, a long one to whole hours") {
  SampleStore store;
  const std::vector<SampleRow> rows = write_a_night(store);
  AuditReader reader = store.reader();
  const auto check = [&](WallTime start, WallTime end, WallTime whole_start, WallTime whole_end) {
    const auto summary = reader.summary({.start = start, .end = end});
    REQUIRE(summary.has_value());
    check_same(summary->total, counted(rows, [&](const SampleRow& row) {
                 return row.row.request_time >= whole_start && row.row.request_time < whole_end;
               }));
  };
  const WallTime midnight = SampleRows::kNoon + hours(12);
  const std::chrono::seconds some(17);
  check(midnight - minutes(70) + some, midnight + minutes(20) + some, midnight - minutes(70),
        midnight + minutes(21));
  check(midnight - minutes(290), midnight + minutes(130), midnight - hours(5), midnight + hours(3));
  check(WallTime(), WallTime(std::chrono::hours(24 * 40'000)), midnight - hours(24),
        midnight + hours(24));
  check(midnight, midnight, midnight, midnight);
}

TEST_CASE("rollups: they go on after a restart") {
  SampleStore store;
  std::vector<SampleRow> rows = write_a_night(store);
  store.close();
  store.open();
  SampleRows more(22, rows.back().row.request_time);
  std::vector<SampleRow> added;
  for (int i = 0; i < 500; ++i) added.push_back(more.next());
  store.write(added);
  rows.insert(rows.end(), added.begin(), added.end());
  check_same(store.reader().summary_of_all_time()->total, counted(rows, everybody));
}

TEST_CASE("rollups: the most frequent paths and sources") {
  SampleStore store;
  const std::vector<SampleRow> rows = write_a_night(store);
  std::map<std::string, std::uint64_t> paths;
  std::map<std::string, std::uint64_t> sources;
  for (const SampleRow& row : rows) {
    ++paths[row.path];
    if (!row.source_path.empty()) ++sources[row.source_path];
  }
  const RollupSummary summary = *store.reader().summary_of_all_time();
  REQUIRE(summary.top_sources.size() == sources.size());
  for (const TopEntry& entry : summary.top_sources) {
    CHECK(entry.requests == sources[entry.name]);
    CHECK(entry.requests_error == 0);
  }
  // Thousands of paths that come once do not displace those that come often.
  for (std::size_t i = 0; i < 3; ++i) {
    const TopEntry& entry = summary.top_paths[i];
    CHECK(entry.name.ends_with("/chat"));
    CHECK(entry.requests >= paths[entry.name]);
    CHECK(entry.requests <= paths[entry.name] + entry.requests_error);
  }
}

TEST_CASE("top list: what is listed is counted within its stated error") {
  FastRandom random(5);
  TopList list;
  std::map<std::string, std::uint64_t> exact;
  for (int commit = 0; commit < 50; ++commit) {
    TopList brought;
    for (int i = 0; i < 400; ++i) {
      const std::uint64_t bound = 1 + random.below(1000);
      const std::string name = "/" + std::to_string(random.below(bound));
      brought.add(name, i % 10 == 0);
      ++exact[name];
    }
    list.merge(brought);
  }
  std::string bytes;
  list.append_to(bytes);
  const std::vector<TopEntry> sorted = TopList::parse(bytes).sorted();
  CHECK(sorted.size() == TopList::kCapacity);
  for (const TopEntry& entry : sorted) {
    CHECK(entry.requests >= exact[entry.name]);
    CHECK(entry.requests <= exact[entry.name] + entry.requests_error);
  }
  CHECK(sorted[0].name == "/0");
  CHECK(TopList::parse(std::string_view(bytes).substr(0, bytes.size() - 1)).is_empty());
}

TEST_CASE("rollup pieces: the fewest whole periods") {
  const WallTime midnight = SampleRows::kNoon + hours(12);
  const auto pieces = pieces_of({.start = midnight - minutes(61), .end = midnight + hours(25)},
                                RollupLevel::Minute);
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0].level == RollupLevel::Minute);
  CHECK(pieces[1].level == RollupLevel::Hour);
  CHECK(pieces[2].level == RollupLevel::Day);
  CHECK(pieces[3].level == RollupLevel::Hour);
}

}  // namespace
}  // namespace fastgate::record
