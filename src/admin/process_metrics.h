/// Metrics of what the workers' recorders do not count: upstream servers, the audit store and the
/// log files.
///
/// Pure; for `GET /metrics`.
#pragma once

#include <string>

#include "admin/process_facts.h"
#include "record/audit_writer.h"
#include "upstream/server_report.h"

namespace fastgate::admin {

/// Servers that have series of their own, so that a configuration of many does not flood whoever
/// collects them; the sums are of all.
inline constexpr std::size_t kMostServerSeries = 200;

/// Counts a report; servers that stand in several groups of one name count once.
[[nodiscard]] UpstreamCounts count_servers(const upstream::ServerReport& report);
void append_upstream_metrics(std::string& out, const upstream::ServerReport& report);
/// Nothing is appended without a store.
void append_store_metrics(std::string& out, const std::optional<record::AuditWriterFacts>& facts);
void append_log_metrics(std::string& out, const LogFacts& facts);

}  // namespace fastgate::admin
