#include "admin/process_metrics.h"

#include <map>
#include <utility>

#include "record/prometheus_text.h"

namespace fastgate::admin {
namespace {

using record::MetricType;
using record::PrometheusText;
using upstream::ServerNow;
using ServerKey = std::pair<std::string_view, std::string_view>;
using Servers = std::map<ServerKey, ServerNow>;

/// By group and address: groups that only differ in options are one for whoever looks.
Servers by_name(const upstream::ServerReport& report) {
  Servers servers;
  for (std::size_t i = 0; i < report.servers.size(); ++i) {
    const upstream::ServerName& name = (*report.names)[i];
    const ServerNow& now = report.servers[i];
    const auto [entry, is_new] = servers.try_emplace({name.group, name.address}, now);
    if (is_new) continue;
    entry->second.is_up = entry->second.is_up && now.is_up;
    entry->second.in_use += now.in_use;
    entry->second.idle += now.idle;
  }
  return servers;
}

void append_server_series(std::string& out, const Servers& servers) {
  PrometheusText text(out);
  text.family("fastgate_upstream_server_up", MetricType::Gauge,
              "Whether a server gets requests, by upstream and server.");
  std::size_t count = 0;
  for (const auto& [key, now] : servers) {
    if (++count > kMostServerSeries) break;
    text.sample(std::uint64_t{now.is_up ? 1U : 0U}, {{.name = "upstream", .value = key.first},
                                                     {.name = "server", .value = key.second}});
  }
  text.family("fastgate_upstream_server_connections", MetricType::Gauge,
              "Open connections of a server, by upstream, server and use.");
  count = 0;
  for (const auto& [key, now] : servers) {
    if (++count > kMostServerSeries) break;
    for (const auto& [state, value] :
         {std::pair<std::string_view, std::uint64_t>{"busy", now.in_use}, {"idle", now.idle}}) {
      text.sample(value, {{.name = "upstream", .value = key.first},
                          {.name = "server", .value = key.second},
                          {.name = "state", .value = state}});
    }
  }
}

}  // namespace

UpstreamCounts count_servers(const upstream::ServerReport& report) {
  UpstreamCounts counts;
  for (const auto& [key, now] : by_name(report)) ++(now.is_up ? counts.up : counts.down);
  return counts;
}

void append_upstream_metrics(std::string& out, const upstream::ServerReport& report) {
  const Servers servers = by_name(report);
  UpstreamCounts counts;
  for (const auto& [key, now] : servers) ++(now.is_up ? counts.up : counts.down);
  PrometheusText text(out);
  text.family("fastgate_upstream_servers", MetricType::Gauge,
              "Upstream servers by health, over all groups.")
      .sample(counts.up, {{.name = "state", .value = "up"}})
      .sample(counts.down, {{.name = "state", .value = "down"}});
  append_server_series(out, servers);
}

void append_store_metrics(std::string& out, const std::optional<record::AuditWriterFacts>& facts) {
  if (!facts) return;
  constexpr double kMicrosecondsInSecond = 1e6;
  PrometheusText text(out);
  const bool is_ok = facts->state == record::AuditWriterFacts::State::Ok;
  text.family("fastgate_audit_store_up", MetricType::Gauge,
              "Whether the audit store takes records.")
      .sample(std::uint64_t{is_ok ? 1U : 0U});
  text.family("fastgate_audit_queued_records", MetricType::Gauge,
              "Records that wait to be written.")
      .sample(facts->queued);
  text.family("fastgate_audit_written_records_total", MetricType::Counter,
              "Records written, stages of one request apart.")
      .sample(facts->written);
  text.family("fastgate_audit_dropped_records_total", MetricType::Counter,
              "Records given up because the queue was full or the disk refused them.")
      .sample(facts->dropped);
  text.family("fastgate_audit_commits_total", MetricType::Counter, "Groups of records committed.")
      .sample(facts->commits);
  text.family("fastgate_audit_failed_commits_total", MetricType::Counter,
              "Groups of records that the disk refused.")
      .sample(facts->failures);
  text.family("fastgate_audit_store_bytes", MetricType::Gauge, "Size of the audit store's files.")
      .sample(facts->size_bytes);
  text.family("fastgate_audit_writer_cpu_seconds_total", MetricType::Counter,
              "Processor time of the thread that writes records.")
      .sample(static_cast<double>(facts->cpu_us) / kMicrosecondsInSecond);
}

void append_log_metrics(std::string& out, const LogFacts& facts) {
  PrometheusText text(out);
  text.family("fastgate_log_files_failing", MetricType::Gauge, "Log files that cannot be written.")
      .sample(facts.failing);
  text.family("fastgate_log_dropped_batches_total", MetricType::Counter,
              "Batches of log lines given up because a log file could not be written.")
      .sample(facts.dropped);
}

}  // namespace fastgate::admin
