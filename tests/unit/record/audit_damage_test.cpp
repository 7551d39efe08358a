// Files of the audit store that are damaged: what is lost is what they held.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

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
