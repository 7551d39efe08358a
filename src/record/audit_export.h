/// Any number of records as CSV, JSON or NDJSON, a piece at a time with flat memory.
///
/// Pulled by whoever sends it; belongs to one thread with its reader. Nothing is locked between two
/// calls: the export may take as long as its receiver does.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/audit_query.h"

namespace fastgate::record {

enum class ExportFormat : std::uint8_t { Csv, Json, Ndjson };

/// `csv`, `json`, `ndjson`; "" is csv. Errors: Malformed.
[[nodiscard]] Result<ExportFormat> parse_export_format(std::string_view text);
/// With its charset, as Content-Type wants it.
[[nodiscard]] std::string_view content_type_of(ExportFormat format);

/// The names that `fields=` may hold, in their usual order.
[[nodiscard]] std::vector<std::string_view> audit_field_names();
/// Reads `method,path,status_code`; "" gives every field but captured parts. Errors: Malformed,
/// with the nearest known name.
[[nodiscard]] Result<std::vector<std::string>> parse_export_fields(std::string_view text);

/// Form: CSV is RFC 4180 (CRLF, a header line); a text that a spreadsheet would take for a formula
/// gets a `'` in front. JSON is one array, NDJSON a line a record. All of `filter` counts but
/// limit, which is a page's, and scan_limit; oldest first unless it says otherwise.
class AuditExport {
 public:
  static constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

  /// Gives `most` records at most. Takes from `reader` only where its store is: the export has
  /// connections of its own. Errors: Malformed.
  [[nodiscard]] static Result<std::unique_ptr<AuditExport>> open(
      AuditReader& reader, AuditFilter filter, ExportFormat format,
      const std::vector<std::string>& fields, std::uint64_t most = kAll);
  virtual ~AuditExport() = default;
  AuditExport(const AuditExport&) = delete;
  AuditExport& operator=(const AuditExport&) = delete;

  /// Appends the next piece, of about `kPiece` bytes (one record may exceed it), to `chunk`. False
  /// when that was the last. Errors: Io; the export is over then, and what was given is not whole.
  [[nodiscard]] virtual Result<bool> next(std::string& chunk) = 0;
  static constexpr std::size_t kPiece = 64 * 1024;

 protected:
  AuditExport() = default;
};

}  // namespace fastgate::record
