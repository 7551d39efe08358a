/// The tables of a day's file and of the catalog, and how rows are spelled in them.
///
/// A day's file (audit_files.h) holds `records` by row, their captured parts, texts that repeat,
/// block summaries, the rows that are open, and rollups: one transaction changes all that belongs
/// together. Values and free functions; any thread.
#pragma once

#include <string_view>

#include "record/audit_record.h"
#include "record/rollup_stats.h"
#include "record/sqlite.h"

namespace fastgate::record {

/// `user_version` of both kinds of files. A file of another version is left alone.
inline constexpr std::int64_t kAuditSchemaVersion = 1;

/// The length of a rollup's period. Stored: never renumber.
enum class RollupLevel : std::uint8_t { Minute = 0, Hour = 1, Day = 2 };
/// Whose requests a rollup counts. Stored: never renumber.
enum class RollupKind : std::uint8_t { Total = 0, Route = 1, Key = 2, RouteAndKey = 3 };
/// What a list of frequent names lists. Stored: never renumber.
enum class TopKind : std::uint8_t { Path = 0, Source = 1 };

/// Bits of `records.flags`.
inline constexpr std::int64_t kFlagStream = 1;
inline constexpr std::int64_t kFlagError = 2;
inline constexpr std::int64_t kFlagAdmin = 4;  ///< `key` is the actor, `source` the actor's role
inline constexpr std::int64_t kFlagToken = 8;
inline constexpr std::int64_t kFlagSession = 16;

/// Makes the tables of a day's file. Errors: Io, also for a file of another version.
[[nodiscard]] Result<void> make_segment_schema(Sqlite& connection);
/// Makes the catalog's tables for sealed days.
[[nodiscard]] Result<void> make_catalog_schema(Sqlite& connection);

/// `SELECT …` of `records` as record_of() reads it; a WHERE may follow.
[[nodiscard]] std::string_view select_records();
/// Columns of select_records() that hold a text or the number of one in `texts`.
inline constexpr int kColumnRow = 0;
inline constexpr int kColumnTime = 2;

/// Fills in the texts of a row.
class TextSource {
 public:
  virtual ~TextSource() = default;
  /// The text with a number; "" if there is none.
  [[nodiscard]] virtual std::string_view text_of(std::int64_t number) = 0;
};

/// A row of select_records() as a value, without its id and captured parts.
[[nodiscard]] AuditRecord record_of(const SqliteStatement& row, TextSource& texts);

/// Rollups as blobs. What is damaged reads as zeros.
void append_counts(std::string& out, const RollupCounts& counts);
[[nodiscard]] RollupCounts parse_counts(std::string_view bytes);

}  // namespace fastgate::record
