// Files of the audit store that are damaged: what is lost is what they held.
#include <array>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "record/audit_files.h"
#include "record/sqlite.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;

/// Overwrites a closed file from `begin` on, its log gone.
void damage(const fs::path& path, std::streamoff begin) {
  fs::remove(path.string() + "-wal");
  const auto size = static_cast<std::streamoff>(fs::file_size(path));
  REQUIRE(size > begin);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(begin);
  file << std::string(static_cast<std::size_t>(size - begin), '\xa5');
}

enum class PageOf : std::uint8_t { Root, LastRows };

/// Overwrites one page of a table in a closed file.
void damage_page(const fs::path& path, const std::string& table, PageOf page) {
  std::int64_t size = 0;
  std::int64_t number = 0;
  {
    // Its log goes into the file as it is closed.
    Sqlite file = Sqlite::open(path, SqliteAccess::ReadWrite).value();
    size = file.integer_of("PRAGMA page_size").value();
    number =
        file.integer_of("SELECT rootpage FROM sqlite_master WHERE name='" + table + "'").value();
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  if (page == PageOf::LastRows) {
    file.seekg((number - 1) * size);
    std::array<unsigned char, 12> head{};
    file.read(reinterpret_cast<char*>(head.data()), head.size());
    constexpr int kInteriorOfIndex = 2;
    REQUIRE(head[0] == kInteriorOfIndex);
    number = head[8] << 24 | head[9] << 16 | head[10] << 8 | head[11];
  }
  file.seekp((number - 1) * size);
  file << std::string(static_cast<std::size_t>(size), '\xa5');
}

std::vector<fs::path> files_ending(const SampleStore& store, std::string_view end) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(store.folder.path())) {
    if (entry.path().string().ends_with(end)) found.push_back(entry.path());
  }
  return found;
}

std::vector<SampleRow> rows_of_day(int day, std::uint64_t seed) {
  SampleRows rows(seed, SampleRows::kNoon + days(day));
  std::vector<SampleRow> some;
  for (int i = 0; i < 300; ++i) some.push_back(rows.next());
  return some;
}

TEST_CASE("audit damage: files that are none are set aside, and records go on") {
  std::streamoff begin = 0;
  SUBCASE("from their first byte on") {}
  SUBCASE("behind their schema") {
    begin = 4096;
  }
  SampleStore store;
  for (const int day : {-1, 0}) store.write(rows_of_day(day, 41));
  store.close();
  for (const fs::path& path : files_ending(store, ".db")) {
    // Nothing but the schema stands in the catalog yet.
    damage(path, path == store.folder.sqlite_path() ? 0 : begin);
  }
  store.open();
  const std::vector<SampleRow> later = rows_of_day(0, 42);
  store.write(later);
  store.writer->maintain();
  CHECK(store.writer->facts().state == AuditWriterFacts::State::Ok);
  CHECK(files_ending(store, ".damaged").size() == 3);
  AuditReader reader = store.reader();
  CHECK(reader.count({}).value() == later.size());
  CHECK(reader.summary_of_all_time()->total.requests == later.size());
}

TEST_CASE("audit damage: one page of a day's file is enough, whichever table it is of") {
  for (const char* table : {"records", "texts", "open_rows", "rollups", "tops"}) {
    CAPTURE(table);
    SampleStore store;
    for (const int day : {-1, 0}) store.write(rows_of_day(day, 46));
    store.close();
    const AuditFiles files(store.folder.sqlite_path());
    damage_page(files.path_of(files.list().back()), table, PageOf::Root);
    store.open();
    const std::vector<SampleRow> later = rows_of_day(0, 47);
    store.write(later);
    store.writer->maintain();
    CHECK(store.writer->facts().failures == 0);
    CHECK(files_ending(store, ".damaged").size() == 1);
    AuditReader reader = store.reader();
    CHECK(reader.count({}).value() == 300 + later.size());
    CHECK(reader.summary_of_all_time()->total.requests == 300 + later.size());
  }
}

TEST_CASE("audit damage: of a sealed day, every reading of it is an error, and of others none") {
  SampleStore store;
  for (const int day : {-1, 0}) store.write(rows_of_day(day, 57));
  store.writer->maintain();
  AuditFilter day_before;
  day_before.end = SampleRows::kNoon - std::chrono::hours(18);
  const std::string id = store.reader().find(day_before)->items.at(0).id;
  store.close();
  const AuditFiles files(store.folder.sqlite_path());
  const fs::path path = files.path_of(files.list().front());
  SUBCASE("emptied") {
    fs::remove(path.string() + "-wal");
    fs::resize_file(path, 0);
  }
  SUBCASE("cut") {
    {
      Sqlite written_back = Sqlite::open(path, SqliteAccess::ReadWrite).value();
    }
    fs::resize_file(path, fs::file_size(path) / 2);
  }
  SUBCASE("its first page overwritten") {
    damage(path, 0);
  }
  SUBCASE("a page of its records overwritten") {
    damage_page(path, "records", PageOf::Root);
  }
  SUBCASE("a page of its texts overwritten") {
    damage_page(path, "texts", PageOf::Root);
  }
  store.open();
  store.writer->maintain();
  AuditReader reader = store.reader();
  for (const auto order : {AuditOrder::NewestFirst, AuditOrder::OldestFirst}) {
    AuditFilter filter;
    filter.order = order;
    filter.limit = 1000;
    const auto page = reader.find(filter);
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().text.starts_with(path.string() + ": "));
  }
  CHECK_FALSE(reader.get(id).has_value());
  AuditFilter today;
  today.start = SampleRows::kNoon - std::chrono::hours(12);
  today.limit = 1000;
  CHECK(reader.find(today)->items.size() == 300);
  CHECK(reader.daily(3, SampleRows::kNoon)->at(1).counts.requests == 300);
}

TEST_CASE("audit damage: the catalog is made anew of the days' files") {
  for (const char* table : {"sealed_days", "sealed_rollups", "sealed_tops"}) {
    CAPTURE(table);
    SampleStore store;
    for (const int day : {-1, 0}) store.write(rows_of_day(day, 50));
    store.writer->maintain();
    store.close();
    damage_page(store.folder.sqlite_path(), table, PageOf::Root);
    store.open();
    store.write(rows_of_day(0, 51));
    store.writer->maintain();
    CHECK(store.writer->facts().failures == 0);
    CHECK(files_ending(store, ".damaged").size() == 1);
    AuditReader reader = store.reader();
    CHECK(reader.count({}).value() == 900);
    CHECK(reader.summary_of_all_time()->total.requests == 900);
  }
}

TEST_CASE("audit damage: a catalog found damaged later costs no row that waits for its end") {
  SampleStore store;
  for (const int day : {-2, -1}) store.write(rows_of_day(day, 52));
  store.writer->maintain();
  store.close();
  damage_page(store.folder.sqlite_path(), "sealed_rollups", PageOf::LastRows);
  store.open();
  const std::vector<SampleRow> rows = rows_of_day(0, 53);
  store.write({rows.begin(), rows.end() - 1});
  (void)store.writer->submit(rows.back().begun().batch());
  store.writer->flush();
  CHECK(files_ending(store, ".damaged").empty());
  // This day's place in the catalog is what is damaged.
  std::vector<SampleRow> late = rows_of_day(-1, 54);
  late.pop_back();  // It has the number of the exchange that goes on.
  store.write(late);
  store.writer->maintain();
  CHECK(store.writer->facts().last_failure.empty());
  CHECK(files_ending(store, ".damaged").size() == 1);
  store.write({rows.back()});
  CHECK(store.writer->facts().failures == 0);
  AuditReader reader = store.reader();
  const AuditRecord newest = reader.find({})->items.at(0);
  CHECK(newest.request_id == rows.back().request_id);
  CHECK(newest.stage == AuditStage::Complete);
  CHECK(newest.error_message == rows.back().error_message);
  const std::uint64_t all = 600 + late.size() + rows.size();
  CHECK(reader.count({}).value() == all);
  CHECK(reader.summary_of_all_time()->total.requests == all);
}

TEST_CASE("audit damage: a row whose beginning was in the damaged file is whole in the new one") {
  SampleStore store;
  const std::vector<SampleRow> rows = rows_of_day(0, 43);
  store.write({rows.begin() + 1, rows.end()});
  (void)store.writer->submit(rows[0].begun().batch());
  store.writer->flush();
  // Other settings make the writer open its files again.
  AuditWriterSettings settings = store.settings();
  settings.durability = AuditDurability::Disk;
  store.writer->adopt(settings);
  store.writer->flush();
  for (const fs::path& path : files_ending(store, ".db")) {
    if (path != store.folder.sqlite_path()) damage(path, 0);
  }
  store.write({rows[0]});
  CHECK(store.writer->facts().failures == 0);
  AuditReader reader = store.reader();
  const auto found = reader.find({});
  REQUIRE_MESSAGE(found.has_value(), found.error().text);
  REQUIRE(found->items.size() == 1);
  CHECK(found->items.at(0).request_id == rows[0].request_id);
  CHECK(found->items.at(0).stage == AuditStage::Complete);
}

TEST_CASE("audit damage: files that somebody removes are made anew by the next upkeep") {
  SampleStore store;
  const std::vector<SampleRow> rows = rows_of_day(0, 56);
  for (const int day : {-1, 0}) store.write(rows_of_day(day, 55));
  store.write({rows[0].begun()});
  store.writer->maintain();
  std::size_t kept = 0;
  SUBCASE("today's") {
    const AuditFiles files(store.folder.sqlite_path());
    files.remove(files.list().back());
    kept = 300;
  }
  SUBCASE("the catalog") {
    for (const char* end : {"", "-wal", "-shm"}) fs::remove(store.folder.sqlite_path() + end);
    kept = 600;
  }
  SUBCASE("the lock") {
    fs::remove(AuditFiles(store.folder.sqlite_path()).lock_path_of(0));
    kept = 600;
  }
  SUBCASE("all of them") {
    for (const auto& entry : fs::directory_iterator(store.folder.path())) fs::remove(entry.path());
  }
  store.writer->maintain();
  store.write(rows);
  store.writer->maintain();
  CHECK(store.writer->facts().failures == 0);
  CHECK(store.writer->facts().last_failure.empty());
  AuditReader reader = store.reader();
  CHECK(reader.count({}).value() == kept + rows.size());
  CHECK(reader.summary_of_all_time()->total.requests == kept + rows.size());
  AuditFilter filter;
  filter.request_id = rows[0].request_id;
  REQUIRE(reader.find(filter)->items.size() == 1);
  CHECK(reader.find(filter)->items[0].stage == AuditStage::Complete);
  // Another process finds the slot taken.
  CHECK_FALSE(SlotLock::try_claim(AuditFiles(store.folder.sqlite_path()), 0).has_value());
}

TEST_CASE("audit damage: a file that was never a store is left alone") {
  StoreFolder folder;
  std::ofstream(folder.sqlite_path()) << std::string(8192, 'x');
  ManualClock clock;
  AppLog log{clock, nullptr, LogLevel::Info};
  AuditWriterSettings settings;
  settings.sqlite_path = folder.sqlite_path();
  AuditWriter writer(settings, clock, log);
  (void)writer.submit(rows_of_day(0, 45).front().batch());
  writer.flush();
  CHECK(writer.facts().state == AuditWriterFacts::State::Failing);
  CHECK(fs::file_size(folder.sqlite_path()) == 8192);
}

}  // namespace
}  // namespace fastgate::record
