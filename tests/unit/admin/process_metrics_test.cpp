#include "admin/process_metrics.h"

#include <string>

#include <doctest/doctest.h>

#include "support/metrics_reader.h"

namespace fastgate::admin {
namespace {

using record::AuditWriterFacts;

TEST_CASE("the store's metrics, and none without a store") {
  std::string text;
  append_store_metrics(text, std::nullopt);
  CHECK(text.empty());
  AuditWriterFacts facts{.state = AuditWriterFacts::State::Ok,
                         .queued = 1,
                         .dropped = 2,
                         .written = 3,
                         .commits = 4,
                         .failures = 5,
                         .size_bytes = 6,
                         .cpu_us = 7'000'000,
                         .last_failure = {}};
  append_store_metrics(text, facts);
  const Metrics metrics = read_metrics(text);
  CHECK(metrics.at("fastgate_audit_store_up") == 1);
  CHECK(metrics.at("fastgate_audit_queued_records") == 1);
  CHECK(metrics.at("fastgate_audit_dropped_records_total") == 2);
  CHECK(metrics.at("fastgate_audit_written_records_total") == 3);
  CHECK(metrics.at("fastgate_audit_commits_total") == 4);
  CHECK(metrics.at("fastgate_audit_failed_commits_total") == 5);
  CHECK(metrics.at("fastgate_audit_store_bytes") == 6);
  CHECK(metrics.at("fastgate_audit_writer_cpu_seconds_total") == 7);
  facts.state = AuditWriterFacts::State::Failing;
  text.clear();
  append_store_metrics(text, facts);
  CHECK(read_metrics(text).at("fastgate_audit_store_up") == 0);
}

TEST_CASE("the log files' metrics") {
  std::string text;
  append_log_metrics(text, {.failing = 1, .dropped = 23});
  const Metrics metrics = read_metrics(text);
  CHECK(metrics.at("fastgate_log_files_failing") == 1);
  CHECK(metrics.at("fastgate_log_dropped_batches_total") == 23);
}

TEST_CASE("of very many servers there are sums, and series of some") {
  auto names = std::make_shared<std::vector<upstream::ServerName>>();
  upstream::ServerReport report;
  for (std::size_t i = 0; i < 3 * kMostServerSeries; ++i) {
    names->push_back({"g" + std::to_string(i), "h:1"});
    report.servers.push_back({.is_up = i != 0, .in_use = 1});
  }
  report.names = names;
  std::string text;
  append_upstream_metrics(text, report);
  const Metrics metrics = read_metrics(text);
  CHECK(metrics.size() == 2 + 3 * kMostServerSeries);
  CHECK(metrics.at("fastgate_upstream_servers{state=\"up\"}") == 3 * kMostServerSeries - 1);
  CHECK(count_servers(report).down == 1);
}

}  // namespace
}  // namespace fastgate::admin
