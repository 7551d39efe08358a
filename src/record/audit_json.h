/// Audit records as JSON: answers of the admin API, NDJSON exports, `fastgate logs`.
#pragma once

#include <string>

#include "record/audit_record.h"

namespace fastgate::record {

/// Appends the record as one JSON object under the contract's names (section 7). Times are
/// `2026-01-31T12:00:00.123Z`; `ttfb_ms` and `response_time_ms` are numbers with fractions. What is
/// not known yet is null, captured parts that are empty are left out, `stage` is `begun`,
/// `first_byte` or `complete`. Only admin calls have `actor`, `actor_role` and `actor_via`.
void append_json(std::string& out, const AuditRecord& record);

/// `begun`, `first_byte` or `complete`.
[[nodiscard]] std::string_view name_of(AuditStage stage);
/// `traffic` or `admin`.
[[nodiscard]] std::string_view name_of(AuditKind kind);
/// `token`, `session` or "".
[[nodiscard]] std::string_view name_of(AuditVia via);

}  // namespace fastgate::record
