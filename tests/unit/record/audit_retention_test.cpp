// Retention of the audit store by age and by size, and what statistics keep of days that went.
#include <filesystem>
#include <optional>

#include <doctest/doctest.h>

#include "record/audit_files.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

using std::chrono::days;

void write_days(SampleStore& store, int from, int to, std::size_t rows_a_day) {
  for (int day = from; day <= to; ++day) {
    SampleRows rows(static_cast<std::uint64_t>(day + 100), SampleRows::kNoon + days(day));
    std::vector<SampleRow> all;
    for (std::size_t i = 0; i < rows_a_day; ++i) all.push_back(rows.next());
    store.write(all);
  }
}

std::uint64_t bytes_in(const SampleStore& store) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(store.folder.path())) {
    if (entry.path().extension() != ".db-shm") sum += entry.file_size();
  }
  return sum;
}

TEST_CASE("audit retention: days older than it go, their statistics stay") {
  SampleStore store;
  write_days(store, -6, 0, 300);
  AuditReader reader = store.reader();
  CHECK(reader.count({}).value() == 7 * 300);
  const RollupSummary before = *reader.summary_of_all_time();
  store.settings().retention = days(3);
  store.writer->adopt(store.settings());
  store.writer->maintain();
  // At noon, the fourth day back ended less than three days ago by half a day: it stays.
  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() == 4);
  CHECK(reader.count({}).value() == 4 * 300);
  const RollupSummary after = *reader.summary_of_all_time();
  CHECK(after.total.requests == 7 * 300);
  CHECK(after.total.response_time == before.total.response_time);
  CHECK(after.routes.size() == before.routes.size());
  const auto daily = reader.daily(8, SampleRows::kNoon);
  REQUIRE(daily->size() == 8);
  CHECK(daily->at(0).counts.requests == 0);
  for (std::size_t i = 1; i < 8; ++i) CHECK(daily->at(i).counts.requests == 300);
}

TEST_CASE("audit retention: a cursor into a day that went goes on with what is left") {
  SampleStore store;
  write_days(store, -4, 0, 100);
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.order = AuditOrder::OldestFirst;
  filter.limit = 50;
  filter.cursor = reader.find(filter)->next_cursor;
  store.settings().retention = days(2);
  store.writer->adopt(store.settings());
  store.writer->maintain();
  CHECK(all_pages(reader, filter).size() == 300);
}

TEST_CASE("audit retention: beyond max_size the oldest days go, and then the oldest blocks") {
  SampleStore store;
  write_days(store, -3, -1, 6000);
  write_days(store, 0, 0, 30'000);
  store.writer->maintain();
  CHECK(store.writer->facts().last_failure.empty());
  const std::uint64_t whole = bytes_in(store);
  AuditReader reader = store.reader();
  const std::string newest = reader.find({})->items.at(0).request_id;

  AuditWriterSettings settings = store.settings();
  settings.max_size = Bytes{store.writer->facts().size_bytes / 2};
  store.writer->adopt(settings);
  store.writer->maintain();
  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() < 4);
  CHECK(store.writer->facts().size_bytes <= settings.max_size.count);

  settings.max_size = Bytes{whole / 4};
  store.writer->adopt(settings);
  store.writer->maintain();
  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() == 1);
  CHECK(store.writer->facts().size_bytes <= settings.max_size.count);
  const std::uint64_t left = reader.count({}).value();
  CHECK(left > 0);
  CHECK(left < 30'000);
  CHECK(reader.find({})->items.at(0).request_id == newest);
  AuditFilter filter;
  filter.limit = 1000;
  CHECK(all_pages(reader, filter).size() == left);
  filter.order = AuditOrder::OldestFirst;
  CHECK(all_pages(reader, filter).size() == left);
  store.close();
  CHECK(bytes_in(store) <= settings.max_size.count + 100'000);
}

/// `count` rows from `start` on, about one a second.
std::vector<SampleRow> rows_from(WallTime start, int count) {
  SampleRows rows(1, start);
  rows.step_us = 2'000'000;
  std::vector<SampleRow> all;
  for (int i = 0; i < count; ++i) all.push_back(rows.next());
  return all;
}

std::uint64_t count_between(const SampleStore& store, std::optional<WallTime> start,
                            std::optional<WallTime> end) {
  AuditFilter filter;
  filter.start = start;
  filter.end = end;
  return store.reader().count(filter).value();
}

TEST_CASE("audit retention: of hours, today's records go as they come of age") {
  constexpr std::chrono::hours kHour(1);
  AuditWriterSettings settings;
  settings.retention = kHour;
  SampleStore store(settings);
  store.write(rows_from(SampleRows::kNoon - 2 * kHour, 7'000));
  const WallTime oldest = SampleRows::kNoon - kHour;
  const std::uint64_t young = count_between(store, oldest, std::nullopt);
  CHECK(young > 3000);
  store.writer->maintain();
  CHECK(count_between(store, std::nullopt, oldest) == 0);
  CHECK(count_between(store, oldest, std::nullopt) == young);
  AuditReader reader = store.reader();
  CHECK(all_ids(reader, {}).size() == young);
  // The rest too, in time; but one, which the numbers of those to come follow.
  store.clock.advance(2 * kHour);
  store.writer->maintain();
  CHECK(store.reader().count({}).value() == 1);
  store.close();
  store.open();
  store.write(rows_from(SampleRows::kNoon + 2 * kHour, 10));
  store.writer->maintain();
  CHECK(store.reader().count({}).value() == 10);
  CHECK(store.reader().summary_of_all_time()->total.requests == 7'010);
  CHECK(store.writer->facts().last_failure.empty());
}

TEST_CASE("audit retention: of a day, it holds within yesterday's sealed file") {
  constexpr days kDay(1);
  AuditWriterSettings settings;
  settings.retention = kDay;
  SampleStore store(settings);
  const WallTime oldest = SampleRows::kNoon - kDay;
  store.write(rows_from(oldest - std::chrono::minutes(80), 9'000));
  store.write(rows_from(SampleRows::kNoon - std::chrono::hours(1), 100));
  const std::uint64_t young = count_between(store, oldest, std::nullopt);
  CHECK(young > 4000);
  SUBCASE("of this process") {}
  SUBCASE("of one before it, in another slot") {
    store.close();
    const auto held = SlotLock::try_claim(AuditFiles(store.folder.sqlite_path()), 0);
    REQUIRE(held.has_value());
    store.open();
    store.write(rows_from(SampleRows::kNoon, 1));
  }
  store.writer->maintain();
  store.writer->maintain();
  CHECK(count_between(store, std::nullopt, oldest) == 0);
  CHECK(count_between(store, oldest, SampleRows::kNoon) == young);
  store.clock.advance(std::chrono::hours(11));
  store.writer->maintain();
  CHECK(count_between(store, std::nullopt, SampleRows::kNoon - std::chrono::hours(2)) == 0);
  CHECK(count_between(store, std::nullopt, SampleRows::kNoon) == 100);
  CHECK(store.reader().summary_of_all_time()->total.requests >= 9'100);
  CHECK(store.writer->facts().last_failure.empty());
}

}  // namespace
}  // namespace fastgate::record
