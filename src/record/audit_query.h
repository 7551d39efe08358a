/// Reading the audit store: pages of records, one record, counts, statistics.
///
/// An AuditReader opens its own connections beside a running writer, of this or another process,
/// and never changes anything. It is for ONE thread at a time and reads the disk: never on a loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/audit_filter.h"
#include "record/audit_record.h"
#include "record/rollup_stats.h"

namespace fastgate::record {

/// A page of records.
struct AuditPage {
  std::vector<AuditRecord> items;
  /// Goes into AuditFilter::cursor for the page after; "" when there is nothing more. Records that
  /// arrive meanwhile make no gap and no repeat.
  std::string next_cursor;
  /// The same, but set at the end too: with AuditOrder::OldestFirst it goes on with what arrives
  /// later.
  std::string end_cursor;
  /// How many of AuditFilter::skip were left out; fewer only where scan_limit ended the search.
  std::uint64_t skipped = 0;
};

class AuditWalk;
class RollupQuestion;

class AuditReader {
 public:
  /// `sqlite_path` is the configuration's, resolved. Opens nothing yet: a store that does not exist
  /// reads as an empty one.
  explicit AuditReader(std::string sqlite_path);
  ~AuditReader();
  AuditReader(const AuditReader&) = delete;
  AuditReader& operator=(const AuditReader&) = delete;

  /// Errors: Malformed for a cursor that is none; Io.
  [[nodiscard]] Result<AuditPage> find(const AuditFilter& filter);
  /// How many records match, of `filter` without its cursor, skip, limit and scan_limit; counting
  /// stops at `at_most`. Errors: Io.
  [[nodiscard]] Result<std::uint64_t> count(const AuditFilter& filter,
                                            std::uint64_t at_most = UINT64_MAX);
  /// The record with its captured parts; nothing when it is not (or no more) there, or `id` is no
  /// id. Errors: Io.
  [[nodiscard]] Result<std::optional<AuditRecord>> get(std::string_view id);

  /// Totals, routes, keys and top lists of a time. Errors: Io.
  [[nodiscard]] Result<RollupSummary> summary(const RollupRange& range,
                                              const RollupFilter& filter = {});
  /// Totals, routes, keys and top lists of all days that are known. Errors: Io.
  [[nodiscard]] Result<RollupSummary> summary_of_all_time(const RollupFilter& filter = {});
  /// The last `days` days (UTC) up to and with that of `now`, oldest first; days without requests
  /// are there with zeros. At most 3,660. Errors: Io.
  [[nodiscard]] Result<std::vector<RollupPeriod>> daily(std::uint32_t days, WallTime now,
                                                        const RollupFilter& filter = {});
  /// The same by hours; at most 8,784.
  [[nodiscard]] Result<std::vector<RollupPeriod>> hourly(std::uint32_t hours, WallTime now,
                                                         const RollupFilter& filter = {});
  /// The same by minutes; at most 10,080.
  [[nodiscard]] Result<std::vector<RollupPeriod>> minutely(std::uint32_t minutes, WallTime now,
                                                           const RollupFilter& filter = {});

  /// Bytes that the store's files take, and how many records they hold. Errors: Io.
  struct Size {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
  };
  [[nodiscard]] Result<Size> size();
  [[nodiscard]] const std::string& sqlite_path() const;

 private:
  friend class AuditWalk;
  friend class RollupQuestion;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fastgate::record
