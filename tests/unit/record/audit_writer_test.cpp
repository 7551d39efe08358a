#include "record/audit_writer.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "record/audit_files.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

using State = AuditWriterFacts::State;

std::vector<SampleRow> some_rows(std::uint64_t seed, std::size_t count) {
  SampleRows rows(seed);
  std::vector<SampleRow> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(rows.next());
  return all;
}

AuditRecord only_record(AuditReader& reader) {
  const auto page = reader.find({});
  REQUIRE(page.has_value());
  REQUIRE(page->items.size() == 1);
  return page->items[0];
}

TEST_CASE("audit writer: a row is there within the flush interval, unasked") {
  SampleStore store;
  (void)store.writer->submit(some_rows(1, 1)[0].batch());
  AuditReader reader = store.reader();
  while (reader.count({}).value() == 0) std::this_thread::yield();
  CHECK(only_record(reader).stage == AuditStage::Complete);
}

TEST_CASE("audit writer: begun, first byte, complete are one row that does not move") {
  SampleStore store;
  const std::vector<SampleRow> rows = some_rows(2, 3);
  const SampleRow& row = rows[1];
  store.write({rows[0], row.begun(), rows[2]});
  AuditReader reader = store.reader();
  AuditFilter filter;
  auto page = reader.find(filter);
  REQUIRE(page->items.size() == 3);
  const std::string id = page->items[1].id;
  CHECK(page->items[1].request_id == row.request_id);
  CHECK(page->items[1].stage == AuditStage::Begun);
  CHECK_FALSE(page->items[1].response_time.has_value());
  CHECK(reader.summary_of_all_time()->total.requests == 2);

  SampleRow first_byte = row;
  first_byte.row.stage = AuditStage::FirstByte;
  first_byte.row.response_time.reset();
  store.write({first_byte});
  CHECK((*reader.get(id))->stage == AuditStage::FirstByte);
  store.write({row});
  page = reader.find(filter);
  REQUIRE(page->items.size() == 3);
  CHECK(page->items[1].id == id);
  CHECK(page->items[1].stage == AuditStage::Complete);
  CHECK(page->items[1].response_time == row.row.response_time);
  CHECK(reader.summary_of_all_time()->total.requests == 3);
}

TEST_CASE("audit writer: stages that come together are written once") {
  SampleStore store;
  const SampleRow row = some_rows(3, 1)[0];
  store.write({row.begun(), row});
  CHECK(store.writer->facts().written == 1);
  AuditReader reader = store.reader();
  CHECK(only_record(reader).stage == AuditStage::Complete);
  CHECK(reader.summary_of_all_time()->total.requests == 1);
}

TEST_CASE("audit writer: what a late stage brings is found by filters, in full blocks too") {
  SampleStore store;
  SampleRows rows(4);
  SampleRow late = rows.next();
  late.row.status_code = 418;
  late.key_id = "fg_late";
  SampleRow early = late.begun();
  early.key_id.clear();
  store.write({early});
  for (int i = 0; i < 3; ++i) {
    std::vector<SampleRow> more;
    for (int j = 0; j < 5000; ++j) more.push_back(rows.next());
    store.write(more);
  }
  store.write({late});
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.status = StatusRange{418, 418};
  filter.key_id = "fg_late";
  REQUIRE(reader.find(filter)->items.size() == 1);
  CHECK(reader.find(filter)->items[0].request_id == late.request_id);
}

TEST_CASE("audit writer: a request over midnight stays on its day") {
  SampleStore store;
  SampleRows rows(5, SampleRows::kNoon + std::chrono::hours(12) - std::chrono::microseconds(1));
  rows.step_us = 1;
  SampleRow before = rows.next();
  rows.step_us = 1'000'000;
  const SampleRow after = rows.next();
  store.write({before.begun(), after});
  store.write({before});
  AuditReader reader = store.reader();
  const auto page = reader.find({});
  REQUIRE(page->items.size() == 2);
  CHECK(page->items[0].request_id == after.request_id);
  CHECK(page->items[1].request_id == before.request_id);
  CHECK(page->items[1].stage == AuditStage::Complete);
  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() == 2);
}

TEST_CASE("audit writer: rows that nobody will end are ended at the next start") {
  SampleStore store;
  const std::vector<SampleRow> rows = some_rows(6, 3);
  store.write({rows[0].begun(), rows[1], rows[2].begun()});
  store.close();
  store.open();
  store.write({});
  store.writer->maintain();
  AuditReader reader = store.reader();
  const auto page = reader.find({});
  REQUIRE(page->items.size() == 3);
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    CHECK(page->items[i].stage == AuditStage::Complete);
    CHECK(page->items[i].error_message == "the gateway ended before the answer did");
    CHECK(page->items[i].status_code == 0);
  }
  AuditFilter errors;
  errors.has_error = true;
  CHECK(reader.find(errors)->items.size() >= 2);
  CHECK(reader.summary_of_all_time()->total.requests == 3);
  CHECK(reader.summary_of_all_time()->total.by_class[0] == 2);
}

TEST_CASE("audit writer: whoever waits hears of it when the rows are there") {
  AuditWriterSettings settings;
  settings.durability = AuditDurability::Disk;
  SampleStore store(settings);
  AuditReader reader = store.reader();
  std::atomic<int> heard = 0;
  for (int i = 1; i <= 20; ++i) {
    AuditBatch batch = some_rows(static_cast<std::uint64_t>(i), 1)[0].batch();
    batch.on_stored = [&] { ++heard; };
    (void)store.writer->submit(std::move(batch));
    while (heard != i) std::this_thread::yield();
    CHECK(reader.count({}).value() == static_cast<std::uint64_t>(i));
  }
}

TEST_CASE("audit writer: the queue is bounded") {
  AuditWriterSettings settings;
  settings.max_queued_rows = 100;
  settings.flush_interval = std::chrono::minutes(1);
  SampleStore store(settings);
  CHECK_FALSE(store.writer->is_full());
  const std::vector<SampleRow> rows = some_rows(7, 300);
  for (std::size_t i = 0; i < 100; ++i) (void)store.writer->submit(rows[i].batch());
  CHECK(store.writer->is_full());
  for (std::size_t i = 100; i < rows.size(); ++i) (void)store.writer->submit(rows[i].batch());
  CHECK(store.writer->facts().queued == 200);
  CHECK(store.writer->facts().dropped == 100);
  store.writer->count_dropped(5);
  CHECK(store.writer->facts().dropped == 105);
  store.writer->flush();
  CHECK_FALSE(store.writer->is_full());
  CHECK(store.reader().count({}).value() == 200);
  CHECK(store.writer->facts().queued == 0);
}

TEST_CASE("audit writer: the end writes what waits") {
  AuditWriterSettings settings;
  settings.flush_interval = std::chrono::minutes(1);
  SampleStore store(settings);
  for (const SampleRow& row : some_rows(8, 50)) (void)store.writer->submit(row.batch());
  store.close();
  CHECK(store.reader().count({}).value() == 50);
}

/// A log that is kept in memory lines.
class LogLines {
 public:
  explicit LogLines(const Clock& clock)
      : sink_(*LogSink::open((folder_.path() / "log").string())),
        log_(clock, sink_.get(), LogLevel::Info) {}
  [[nodiscard]] AppLog& log() { return log_; }
  [[nodiscard]] std::size_t count(std::string_view text) {
    sink_->flush();
    std::ifstream file(folder_.path() / "log");
    std::size_t found = 0;
    for (std::string line; std::getline(file, line);) {
      if (line.find(text) != std::string::npos) ++found;
    }
    return found;
  }

 private:
  StoreFolder folder_;
  std::unique_ptr<LogSink> sink_;
  AppLog log_;
};

TEST_CASE("audit writer: a full disk is told once, counted, and gone when there is room") {
  ManualClock clock;
  clock.advance(SampleRows::kNoon - clock.wall_now());
  LogLines lines(clock);
  StoreFolder folder;
  AuditWriterSettings settings;
  settings.sqlite_path = folder.sqlite_path();
  settings.max_file_pages = 60;
  settings.max_queued_rows = 2000;
  AuditWriter writer(settings, clock, lines.log());
  SampleRows rows(9);
  std::uint64_t stored = 0;
  std::atomic<int> heard = 0;
  const auto submit = [&] {
    AuditBatch batch;
    for (int i = 0; i < 100; ++i) rows.next().put_into(batch);
    batch.on_stored = [&] { ++heard; };
    (void)writer.submit(std::move(batch));
    writer.flush();
  };
  int submitted = 0;
  while (writer.facts().state != State::Failing) {
    stored = writer.facts().written;
    submit();
    ++submitted;
    REQUIRE(submitted < 100);
  }
  for (int i = 0; i < 40; ++i) {
    submit();
    ++submitted;
    CHECK_FALSE(writer.is_full());
  }
  CHECK(heard == submitted);
  AuditReader reader(settings.sqlite_path);
  CHECK(reader.count({}).value() == stored);
  CHECK(lines.count("records cannot be written") == 1);
  CHECK(writer.facts().dropped > 0);
  CHECK(writer.facts().failures > 1);
  CHECK(writer.facts().last_failure.find("full") != std::string::npos);

  settings.max_file_pages = 0;
  writer.adopt(settings);
  submit();
  ++submitted;
  const AuditWriterFacts facts = writer.facts();
  CHECK(facts.state == State::Ok);
  CHECK(facts.queued == 0);
  CHECK(lines.count("records are written again") == 1);
  CHECK(reader.count({}).value() == facts.written);
  CHECK(facts.written + facts.dropped == static_cast<std::uint64_t>(submitted) * 100);
}

TEST_CASE("audit writer: rows that are stored beside a day that fails are not waiting") {
  ManualClock clock;
  clock.advance(SampleRows::kNoon - clock.wall_now());
  LogLines lines(clock);
  StoreFolder folder;
  AuditWriterSettings settings;
  settings.sqlite_path = folder.sqlite_path();
  settings.max_file_pages = 60;
  AuditWriter writer(settings, clock, lines.log());
  const auto submit = [&](SampleRows& rows, int count) {
    AuditBatch batch;
    for (int i = 0; i < count; ++i) rows.next().put_into(batch);
    (void)writer.submit(std::move(batch));
    writer.flush();
  };
  SampleRows today(1, SampleRows::kNoon);
  for (int tries = 0; writer.facts().state != State::Failing; ++tries) {
    submit(today, 100);
    REQUIRE(tries < 100);
  }
  REQUIRE(writer.facts().queued == 100);
  const std::uint64_t stored = writer.facts().written;

  SampleRows yesterday(2, SampleRows::kNoon - std::chrono::hours(24));
  submit(yesterday, 10);
  CHECK(writer.facts().state == State::Failing);
  CHECK(writer.facts().written == stored + 10);
  CHECK(writer.facts().queued == 100);

  settings.max_file_pages = 0;
  writer.adopt(settings);
  writer.flush();
  CHECK(writer.facts().state == State::Ok);
  CHECK(writer.facts().written == stored + 110);
  CHECK(writer.facts().queued == 0);
}

TEST_CASE("audit writer: a folder that cannot be made holds nothing up, and is taken when it can") {
  ManualClock clock;
  LogLines lines(clock);
  StoreFolder folder;
  const std::filesystem::path in_the_way = folder.path() / "data";
  std::ofstream(in_the_way) << "a file";
  AuditWriterSettings settings;
  settings.sqlite_path = (in_the_way / "audit.db").string();
  AuditWriter writer(settings, clock, lines.log());
  SampleRows rows(10, clock.wall_now());
  (void)writer.submit(rows.next().batch());
  writer.flush();
  CHECK(writer.facts().state == State::Failing);
  std::filesystem::remove(in_the_way);
  (void)writer.submit(rows.next().batch());
  writer.flush();
  CHECK(writer.facts().state == State::Ok);
  CHECK(AuditReader(settings.sqlite_path).count({}).value() == 2);
  CHECK(lines.count("records cannot be written") == 1);
}

TEST_CASE("audit writer: two processes' writers share a store") {
  SampleStore store;
  AuditWriter second(store.settings(), store.clock, store.log);
  SampleRows rows(11);
  std::vector<SampleRow> all;
  for (int i = 0; i < 12'000; ++i) all.push_back(rows.next());
  std::thread other([&] {
    AuditBatch batch;
    for (std::size_t i = 1; i < all.size(); i += 2) {
      all[i].put_into(batch);
      if (batch.rows.size() < 100) continue;
      batch = second.submit(std::move(batch));
      second.flush();
    }
    (void)second.submit(std::move(batch));
    second.flush();
  });
  AuditBatch batch;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    all[i].put_into(batch);
    if (batch.rows.size() < 100) continue;
    batch = store.writer->submit(std::move(batch));
    store.writer->flush();
  }
  (void)store.writer->submit(std::move(batch));
  store.writer->flush();
  other.join();

  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() == 2);
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.limit = 333;
  const std::vector<AuditRecord> newest_first = all_pages(reader, filter);
  REQUIRE(newest_first.size() == all.size());
  std::set<std::string> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(seen.insert(newest_first[i].request_id).second);
    REQUIRE(newest_first[all.size() - 1 - i].request_time == all[i].row.request_time);
  }
  filter.order = AuditOrder::OldestFirst;
  CHECK(all_pages(reader, filter).front().request_id == all.front().request_id);
  CHECK(reader.summary_of_all_time()->total.requests == all.size());
  CHECK(reader.hourly(24, SampleRows::kNoon + std::chrono::hours(6))->size() == 24);
}

TEST_CASE("audit writer: the one that stays ends the rows of the one that went") {
  SampleStore store;
  const std::vector<SampleRow> rows = some_rows(12, 2);
  store.write({rows[0]});
  {
    AuditWriter second(store.settings(), store.clock, store.log);
    (void)second.submit(rows[1].begun().batch());
    second.flush();
    store.writer->maintain();
    CHECK(store.reader().find({})->items.at(0).stage == AuditStage::Begun);
  }
  store.writer->maintain();
  AuditReader reader = store.reader();
  CHECK(reader.find({})->items.at(0).stage == AuditStage::Complete);
  CHECK(reader.find({})->items.at(0).error_message == "the gateway ended before the answer did");
  CHECK(reader.summary_of_all_time()->total.requests == 2);
}

}  // namespace
}  // namespace fastgate::record
