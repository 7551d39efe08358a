/// The fields of a record, each with how it is spelled in CSV and JSON.
///
/// For exports and `fastgate logs`. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "record/audit_filter.h"
#include "record/audit_record.h"

namespace fastgate::record {

struct ExportField {
  std::string_view name;
  bool is_captured = false;
  /// Whether a spreadsheet could take it for a formula: it is a text from outside.
  bool is_text = false;
  bool is_json = false;  ///< its value is JSON already
  /// Whether each record has it: in JSON it is a text where it is empty, not null.
  bool is_always = false;
  /// Appends the value as CSV wants it before quoting: "" where it is not known.
  void (*append)(std::string& out, const AuditRecord& record) = nullptr;
};

/// Errors: Malformed, for an unknown name.
[[nodiscard]] Result<std::vector<ExportField>> find_export_fields(
    const std::vector<std::string>& names);

/// What has to be read for them.
[[nodiscard]] AuditParts parts_of(const std::vector<ExportField>& fields);

void append_csv_header(std::string& out, const std::vector<ExportField>& fields);
void append_csv_line(std::string& out, const AuditRecord& record,
                     const std::vector<ExportField>& fields);
/// One object with these fields; what is not known is null.
void append_json_fields(std::string& out, const AuditRecord& record,
                        const std::vector<ExportField>& fields);

}  // namespace fastgate::record
