/// The writing side of one day's file.
///
/// Owned by AuditStore; one thread. Rows are appended, or changed in place while they are open.
/// After an error the segment no longer knows what its file holds: it must be thrown away and
/// opened again; the file is as the last commit left it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/audit_batch.h"
#include "record/block_summary.h"
#include "record/rollup_book.h"
#include "record/segment_texts.h"
#include "record/sqlite.h"

namespace fastgate::record {

struct SegmentOptions {
  bool is_synced = false;       ///< a commit returns once the disk has it
  std::uint64_t max_pages = 0;  ///< 0: no limit
};

class AuditSegment {
 public:
  /// Opens or makes the file. Its slot must be claimed. Errors: Io.
  [[nodiscard]] static Result<std::unique_ptr<AuditSegment>> open(const std::string& path,
                                                                  const SegmentOptions& options);
  AuditSegment() = default;
  AuditSegment(const AuditSegment&) = delete;
  AuditSegment& operator=(const AuditSegment&) = delete;

  [[nodiscard]] Result<void> begin();
  /// Appends a row and returns its number. Errors: Io.
  [[nodiscard]] Result<std::int64_t> insert(const AuditBatch& batch, const AuditRow& row);
  /// Tells a later stage of a row that is open.
  [[nodiscard]] Result<void> update(std::int64_t id, const AuditBatch& batch, const AuditRow& row);
  [[nodiscard]] Result<void> commit();

  [[nodiscard]] Result<bool> is_open(std::int64_t id);
  /// Ends the rows that are open, for `reason`.
  [[nodiscard]] Result<void> end_open_rows(std::string_view reason);
  /// Writes the log back into the file and cuts both to what they need, unless a reader is in the
  /// way just now.
  [[nodiscard]] Result<void> give_back_space();
  /// Deletes the oldest full block. False if there is none.
  [[nodiscard]] Result<bool> delete_oldest_block();
  /// Deletes the oldest rows whose request times are before `time` (us), at most a block of them,
  /// and the newest row only if `newest` says so: the next one's number is found by it. False if
  /// there are none.
  enum class Newest : std::uint8_t { Keep, Delete };
  [[nodiscard]] Result<bool> delete_rows_before(std::int64_t time, Newest newest);
  /// Bytes that the file has, or will have once its log is written back.
  [[nodiscard]] Result<std::uint64_t> bytes();
  [[nodiscard]] Sqlite& connection() { return connection_; }
  /// How many rows are there.
  [[nodiscard]] Result<std::uint64_t> count_rows();

 private:
  [[nodiscard]] Result<void> prepare(const SegmentOptions& options);
  [[nodiscard]] Result<void> prepare_statements();
  [[nodiscard]] Result<void> load_last_block();
  [[nodiscard]] Result<void> put(SqliteStatement& statement, std::int64_t id,
                                 const AuditBatch& batch, const AuditRow& row);
  [[nodiscard]] Result<void> bind_texts(SqliteStatement& statement, const AuditBatch& batch,
                                        const AuditRow& row);
  [[nodiscard]] Result<void> put_captures(std::int64_t id, const AuditBatch& batch,
                                          const AuditRow& row);
  [[nodiscard]] Result<void> seal_block(std::int64_t block);
  [[nodiscard]] Result<void> amend_blocks();
  [[nodiscard]] Result<void> delete_rows_below(std::int64_t row);
  [[nodiscard]] Result<std::vector<std::int64_t>> open_rows();
  [[nodiscard]] Result<void> end_open_row(SqliteStatement& select, std::int64_t id,
                                          std::string_view reason);

  Sqlite connection_;
  SegmentTexts texts_;
  RollupBook rollups_;
  BlockSummary summary_;  ///< of the last block, which is not full
  /// Hashes that rows brought to full blocks, by block: written at the commit.
  std::map<std::int64_t, std::vector<std::uint64_t>> amended_;
  std::int64_t next_row_ = 1;
  std::array<char, 12> id_room_{};
  SqliteStatement insert_;
  SqliteStatement update_;
  SqliteStatement insert_captures_;
  SqliteStatement open_row_;
  SqliteStatement close_row_;
  SqliteStatement begin_;
  SqliteStatement commit_;
};

}  // namespace fastgate::record
