/// A store to put made-up rows into, for the tests of the audit store.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "base/app_log.h"
#include "record/audit_query.h"
#include "record/audit_writer.h"
#include "unit/record/row_maker.h"
#include "unit/record/store_folder.h"

namespace fastgate::record {

using SampleRows = RowMaker;

/// A writer over a folder of its own, on a clock that stands at SampleRows::kNoon's day.
class SampleStore {
 public:
  SampleStore() : SampleStore(AuditWriterSettings{}) {}
  explicit SampleStore(AuditWriterSettings settings) : settings_(std::move(settings)) {
    settings_.sqlite_path = folder.sqlite_path();
    clock.advance(SampleRows::kNoon - clock.wall_now());
    open();
  }
  void open() { writer = std::make_unique<AuditWriter>(settings_, clock, log); }
  void close() { writer.reset(); }
  void write(const std::vector<SampleRow>& rows) {
    AuditBatch batch;
    for (const SampleRow& row : rows) {
      row.put_into(batch);
      if (batch.rows.size() < 500) continue;
      batch = writer->submit(std::move(batch));
    }
    (void)writer->submit(std::move(batch));
    writer->flush();
  }
  [[nodiscard]] AuditWriterSettings& settings() { return settings_; }
  [[nodiscard]] AuditReader reader() const { return AuditReader(folder.sqlite_path()); }

  StoreFolder folder;
  ManualClock clock;
  AppLog log{clock, nullptr, LogLevel::Info};
  std::unique_ptr<AuditWriter> writer;

 private:
  AuditWriterSettings settings_;
};

/// Gives `take` all records of a filter, page after page.
template <class Take>
void take_pages(AuditReader& reader, AuditFilter filter, Take take) {
  while (true) {
    auto page = reader.find(filter);
    REQUIRE_MESSAGE(page.has_value(), page.error().text);
    for (AuditRecord& record : page->items) take(std::move(record));
    if (page->next_cursor.empty()) return;
    filter.cursor = page->next_cursor;
    filter.skip = 0;
  }
}

inline std::vector<AuditRecord> all_pages(AuditReader& reader, const AuditFilter& filter) {
  std::vector<AuditRecord> all;
  take_pages(reader, filter, [&](AuditRecord&& record) { all.push_back(std::move(record)); });
  return all;
}

/// all_pages() for whoever asks which records they are, and not what they hold: under sanitizers it
/// is dear to move records.
inline std::vector<std::string> all_ids(AuditReader& reader, const AuditFilter& filter) {
  std::vector<std::string> ids;
  take_pages(reader, filter, [&](AuditRecord&& record) { ids.push_back(std::move(record.id)); });
  return ids;
}

}  // namespace fastgate::record
