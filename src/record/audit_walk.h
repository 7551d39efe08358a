/// All records that match a filter, over all days and slots, in order of time; with a place to go
/// on from.
///
/// Days follow each other strictly. Within a day the rows of each slot keep their order, and slots
/// are merged by request_time. For AuditReader and AuditExport; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/audit_files.h"
#include "record/audit_filter.h"
#include "record/audit_query.h"
#include "record/audit_record.h"
#include "record/block_summary.h"
#include "record/segment_scan.h"

namespace fastgate::record {

/// Where a walk stands: behind which rows of a day.
struct AuditCursor {
  struct Part {
    std::uint32_t slot = 0;
    std::int64_t row = 0;
  };
  AuditOrder order = AuditOrder::NewestFirst;
  AuditDay day = 0;
  std::vector<Part> parts;

  /// `d20783-0.1234-1.88`.
  [[nodiscard]] std::string text() const;
  /// Errors: Malformed, also when it is one of the other order.
  [[nodiscard]] static Result<AuditCursor> parse(std::string_view text, AuditOrder order);
};

class AuditWalk {
 public:
  /// `reader` must outlive the walk. Errors: Malformed, for the filter's cursor; Io.
  [[nodiscard]] static Result<std::unique_ptr<AuditWalk>> open(AuditReader& reader,
                                                               AuditFilter filter);

  /// The next record; nothing at the end, or when `budget` rows were looked at (then it is 0).
  /// Errors: Io.
  [[nodiscard]] Result<std::optional<AuditRecord>> next(std::uint64_t& budget);
  /// Where to go on: behind the last record that next() gave.
  [[nodiscard]] std::string cursor() const;
  /// How many records are to come, counting no further than `at_most`. Errors: Io.
  [[nodiscard]] Result<std::uint64_t> count(std::uint64_t at_most);

  AuditWalk(AuditReader& reader, AuditFilter filter);

 private:
  [[nodiscard]] Result<void> start();
  /// Opens the scans of the next day that has a file; false if there is none.
  [[nodiscard]] Result<bool> enter_next_day();
  [[nodiscard]] Result<void> open_scan(SegmentName name);
  [[nodiscard]] SegmentScan* best() const;
  [[nodiscard]] bool is_first(const AuditRecord& a, const AuditRecord& b) const;

  AuditReader& reader_;
  const AuditFilter filter_;
  const BlockQuestion question_;
  std::optional<AuditCursor> from_;
  std::vector<SegmentName> ahead_;  ///< files not opened yet, the next one last
  AuditDay day_ = 0;
  std::vector<std::unique_ptr<SegmentScan>> scans_;  ///< of day_
};

}  // namespace fastgate::record
