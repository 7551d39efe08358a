/// Adding up rollups of many periods, files and days.
///
/// Short-lived; made for one question of AuditReader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "record/audit_schema.h"
#include "record/rollup_stats.h"
#include "record/sqlite.h"
#include "record/top_list.h"

namespace fastgate::record {

/// One period of a level.
struct RollupPiece {
  RollupLevel level = RollupLevel::Day;
  std::int64_t time = 0;  ///< its beginning, us
};

/// The fewest whole periods that make up the range, none of them shorter than `finest`.
[[nodiscard]] std::vector<RollupPiece> pieces_of(const RollupRange& range, RollupLevel finest);

class RollupSum {
 public:
  explicit RollupSum(RollupFilter filter) : filter_(std::move(filter)) {}

  [[nodiscard]] RollupKind kind() const;
  /// Adds a period of a day's file, or of a day of the catalog, to the total. Errors: Io.
  [[nodiscard]] Result<void> add_total(Sqlite& file, const RollupPiece& piece);
  [[nodiscard]] Result<void> add_sealed_total(Sqlite& catalog, std::int32_t day,
                                              std::uint32_t slot);
  /// Adds a period's total, routes and keys. Errors: Io.
  [[nodiscard]] Result<void> add_all(Sqlite& file, const RollupPiece& piece);
  [[nodiscard]] Result<void> add_sealed_all(Sqlite& catalog, std::int32_t day, std::uint32_t slot);
  /// Adds a period's lists of frequent names. Errors: Io.
  [[nodiscard]] Result<void> add_lists(Sqlite& file, const RollupPiece& piece);
  [[nodiscard]] Result<void> add_sealed_lists(Sqlite& catalog, std::int32_t day,
                                              std::uint32_t slot);

  [[nodiscard]] const RollupCounts& total() const { return total_; }
  [[nodiscard]] RollupSummary summary() const;

 private:
  using Named = std::map<std::string, NamedCounts, std::less<>>;
  /// Rows of kind, route, key, source, counts.
  [[nodiscard]] Result<void> add_rows(SqliteStatement& select);
  [[nodiscard]] Result<void> add_list_rows(SqliteStatement& select);
  [[nodiscard]] Result<void> add_total_row(SqliteStatement& select);

  RollupFilter filter_;
  RollupCounts total_;
  Named routes_;
  Named keys_;
  TopList paths_;
  TopList sources_;
};

}  // namespace fastgate::record
