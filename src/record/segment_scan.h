/// The records of one day's file that match a filter, in order of their rows, a few at a time.
///
/// Part of an AuditWalk; one thread. A place in a scan is a row number: going on from there gives
/// every row that was there before exactly once, whatever is appended or changed meanwhile.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "record/audit_filter.h"
#include "record/block_summary.h"
#include "record/row_condition.h"
#include "record/segment_reader.h"

namespace fastgate::record {

class SegmentScan {
 public:
  /// `reader`, `filter` and `question` must outlive the scan. Errors: Io.
  [[nodiscard]] static Result<std::unique_ptr<SegmentScan>> make(SegmentReader& reader,
                                                                 const AuditFilter& filter,
                                                                 const BlockQuestion& question);

  /// Goes on behind a row: newest first gives rows below it, oldest first rows above.
  void start_behind(std::int64_t row) { at_ = last_taken_ = row; }

  /// Looks for records until there is one, the file is through, or `budget` rows were looked at;
  /// lowers `budget`. Errors: Io.
  [[nodiscard]] Result<void> fill(std::uint64_t& budget);
  [[nodiscard]] bool has_record() const { return !found_.empty(); }
  /// Whether nothing more is to come; oldest first: for now.
  [[nodiscard]] bool is_through() const { return found_.empty() && is_through_; }
  [[nodiscard]] const AuditRecord& record() const { return found_.front().second; }
  /// Takes the record, with its captured parts if the filter asks for them; there must be one. In
  /// the form of AuditWalk::next(), which hands it on: a record is too large to be moved for
  /// nothing. Errors: Io.
  [[nodiscard]] Result<std::optional<AuditRecord>> take();
  /// Where start_behind() goes on from here.
  [[nodiscard]] std::int64_t place() const { return found_.empty() ? at_ : last_taken_; }
  /// How many match from here on, counting no further than `at_most`. Errors: Io.
  [[nodiscard]] Result<std::uint64_t> count(std::uint64_t at_most);
  [[nodiscard]] SegmentName name() const { return reader_.name(); }

  SegmentScan(SegmentReader& reader, const AuditFilter& filter, const BlockQuestion& question,
              RowCondition condition)
      : reader_(reader), filter_(filter), question_(question), condition_(std::move(condition)) {}

 private:
  /// Rows from `low` to `high`, both inclusive; none if low > high.
  struct Range {
    std::int64_t low = 1;
    std::int64_t high = 0;
  };
  [[nodiscard]] bool is_newest_first() const { return filter_.order == AuditOrder::NewestFirst; }
  [[nodiscard]] Result<void> prepare();
  /// The next rows that may match; marks the file as through if there are none.
  [[nodiscard]] Result<Range> next_range();
  [[nodiscard]] Result<Range> next_old_range();
  [[nodiscard]] Result<Range> next_new_range();
  /// The block nearest to `block` in the scan's direction that may hold a match; -1 if none does.
  [[nodiscard]] Result<std::int64_t> next_block(std::int64_t block);
  [[nodiscard]] Result<bool> may_match(std::int64_t block);
  [[nodiscard]] Result<bool> asks(SqliteStatement& select, std::int64_t block, std::uint64_t hash);
  [[nodiscard]] Result<void> read(Range range);

  SegmentReader& reader_;
  const AuditFilter& filter_;
  const BlockQuestion& question_;
  const RowCondition condition_;
  SqliteStatement rows_;
  SqliteStatement count_;
  SqliteStatement blocks_;
  SqliteStatement block_path_;
  SqliteStatement block_client_;
  SqliteStatement block_request_id_;
  std::int64_t first_open_row_ = 1;  ///< rows from here on are in no full block
  std::int64_t at_ = 0;              ///< rows up to here are done with, in the scan's direction
  std::int64_t last_taken_ = 0;
  bool is_through_ = false;
  std::deque<std::pair<std::int64_t, AuditRecord>> found_;
};

}  // namespace fastgate::record
