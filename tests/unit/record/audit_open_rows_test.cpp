// Rows of the audit store that wait for a later stage: which of them wait for nothing more, and
// what a writer leaves to the next one.
#include <memory>
#include <utility>

#include <doctest/doctest.h>

#include "record/audit_files.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

using std::chrono::days;

constexpr const char* kDropped = "the record of its end was dropped";

SampleRow of_later_stage(SampleRow row) {
  row.row.has_earlier = true;
  return row;
}

/// The day is over: its file is sealed, and goes with its time.
void check_day_ends(SampleStore& store, const SampleRow& row) {
  store.clock.advance(days(1));
  store.writer->maintain();
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.request_id = row.request_id;
  const auto page = reader.find(filter);
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].stage == AuditStage::Complete);
  CHECK(page->items[0].error_message == kDropped);
  CHECK(reader.summary_of_all_time()->total.requests == reader.count({}).value());
  store.clock.advance(store.settings().retention);
  store.writer->maintain();
  CHECK(AuditFiles(store.folder.sqlite_path()).list().empty());
}

TEST_CASE("audit open rows: a day waits for a request that goes on, not for one that has ended") {
  SampleStore store;
  SampleRows rows(61);
  const SampleRow dropped = rows.next();
  const SampleRow running = rows.next();
  store.write({dropped.begun(), running.begun()});
  AuditBatch batch;
  batch.ended = {dropped.row.exchange_number};
  (void)store.writer->submit(std::move(batch));
  store.clock.advance(store.settings().retention + days(2));
  store.writer->maintain();
  CHECK(AuditFiles(store.folder.sqlite_path()).list().size() == 1);
  CHECK(store.reader().find({})->items.at(0).stage == AuditStage::Begun);
  store.write({of_later_stage(running)});
  store.writer->maintain();
  CHECK(AuditFiles(store.folder.sqlite_path()).list().empty());
  CHECK(store.reader().summary_of_all_time()->total.requests == 2);
}

TEST_CASE("audit open rows: the end of a request is dropped for a full queue") {
  AuditWriterSettings settings;
  settings.max_queued_rows = 10;
  settings.flush_interval = std::chrono::minutes(1);
  SampleStore store(settings);
  SampleRows rows(62);
  const SampleRow row = rows.next();
  store.write({row.begun()});
  AuditBatch many;
  for (int i = 0; i < 20; ++i) rows.next().put_into(many);
  (void)store.writer->submit(std::move(many));
  (void)store.writer->submit(of_later_stage(row).batch());
  CHECK(store.writer->facts().dropped == 1);
  store.writer->flush();
  check_day_ends(store, row);
}

TEST_CASE("audit open rows: the end of a request is dropped while the disk refuses it") {
  AuditWriterSettings settings;
  settings.max_queued_rows = 1000;
  SampleStore store(settings);
  SampleRows rows(63);
  const SampleRow row = rows.next();
  store.write({row.begun()});
  // Other settings make the writer open its files again.
  settings = store.settings();
  settings.max_file_pages = 1;
  settings.durability = AuditDurability::Disk;
  store.writer->adopt(settings);
  AuditBatch batch;
  of_later_stage(row).put_into(batch);
  for (int i = 0; i < 900; ++i) rows.next().put_into(batch);
  (void)store.writer->submit(std::move(batch));
  store.writer->flush();
  CHECK(store.writer->facts().dropped == 901);
  store.writer->adopt(store.settings());
  store.write({rows.next()});
  CHECK(store.writer->facts().state == AuditWriterFacts::State::Ok);
  check_day_ends(store, row);
}

TEST_CASE("audit open rows: of requests that go on in another store they end") {
  SampleStore store;
  SampleRows rows(66);
  const SampleRow running = rows.next();
  const SampleRow done = rows.next();
  store.write({running.begun(), done});
  (void)store.writer->submit(rows.next().begun().batch());
  store.writer->end_for_another_store();
  store.close();
  AuditReader reader = store.reader();
  const auto page = reader.find({});
  REQUIRE(page->items.size() == 3);
  for (const AuditRecord& record : page->items) {
    CHECK(record.stage == AuditStage::Complete);
    const bool is_done = record.request_id == done.request_id;
    CHECK(record.error_message ==
          (is_done ? done.error_message : "the record goes on in another store"));
  }
}

TEST_CASE("audit open rows: a writer that ends leaves them to the next one") {
  SampleStore store;
  SampleRows rows(65);
  const SampleRow running = rows.next();
  const SampleRow other = rows.next();
  store.write({running.begun(), other.begun()});
  AuditOpenRows left = store.writer->end();
  CHECK(left.rows.size() == 2);
  store.close();
  SUBCASE("at the same place") {
    store.writer =
        std::make_unique<AuditWriter>(store.settings(), store.clock, store.log, std::move(left));
    store.writer->maintain();
    CHECK(store.reader().find({})->items.at(0).stage == AuditStage::Begun);
    store.write({of_later_stage(running)});
    AuditReader reader = store.reader();
    const auto page = reader.find({});
    REQUIRE(page->items.size() == 2);
    CHECK(page->items[1].stage == AuditStage::Complete);
    CHECK(page->items[1].status_code == running.row.status_code);
    CHECK(page->items[0].stage == AuditStage::Begun);
    CHECK(reader.summary_of_all_time()->total.requests == 1);
    AuditBatch batch;
    batch.ended = {other.row.exchange_number};
    (void)store.writer->submit(std::move(batch));
    store.writer->flush();
    CHECK(store.writer->end().rows.empty());
  }
  SUBCASE("before it is ready") {
    AuditWriter next(store.settings(), store.clock, store.log, std::move(left));
    CHECK(next.end().rows.size() == 2);
  }
  SUBCASE("at another place") {
    left.sqlite_path += "x";
    AuditWriter next(store.settings(), store.clock, store.log, std::move(left));
    next.maintain();
    CHECK(store.reader().find({})->items.at(0).stage == AuditStage::Complete);
    CHECK(next.end().rows.empty());
  }
  SUBCASE("what another process has ended meanwhile is not ended again") {
    {
      AuditWriter between(store.settings(), store.clock, store.log);
      between.maintain();
    }
    AuditWriter next(store.settings(), store.clock, store.log, std::move(left));
    next.maintain();
    CHECK(next.end().rows.empty());
    CHECK(store.reader().summary_of_all_time()->total.requests == 2);
  }
}

}  // namespace
}  // namespace fastgate::record
