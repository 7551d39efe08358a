#include "cli/logs_command.h"

#include <chrono>
#include <deque>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/units.h"
#include "config/load.h"
#include "record/audit_export.h"
#include "record/audit_json.h"
#include "server/generation.h"

namespace fastgate::cli {
namespace {

using record::AuditReader;
using record::AuditRecord;

constexpr std::chrono::milliseconds kPollInterval{200};
constexpr std::size_t kMaxUnfinished = 10'000;

/// One line for people.
std::string text_of(const AuditRecord& record) {
  std::string line;
  append_iso_time(line, record.request_time);
  line.append(" ").append(record.id).append(" ");
  line += record.status_code == 0 ? "---" : std::to_string(record.status_code);
  line.append(" ").append(record.method).append(" ");
  append_log_value(line, record.path);
  line += " " + std::to_string(record.response_time_us / 1000) + "ms route=";
  append_log_value(line, record.route_id);
  line += " key=";
  append_log_value(line, record.key_id);
  if (!record.error_message.empty()) {
    line += " error=";
    append_log_value(line, record.error_message);
  }
  if (record.stage != record::AuditStage::Complete) line.append(" ").append(name_of(record.stage));
  return line + "\n";
}

std::string line_of(const LogsOptions& options, const AuditRecord& record) {
  if (options.format == "text") return text_of(record);
  std::string line;
  record::append_json(line, record);
  return line + "\n";
}

Result<record::AuditFilter> filter_of(const LogsOptions& options) {
  record::AuditFilter filter;
  for (const auto& [name, value] : options.filters) {
    if (value.empty()) continue;
    if (auto set = record::set_audit_filter(filter, name, value); !set) {
      return std::unexpected(std::move(set.error()));
    }
  }
  if (options.since.empty()) return filter;
  const Result<std::chrono::milliseconds> back = parse_duration(options.since);
  if (!back) return std::unexpected(back.error());
  filter.start = SystemClock().wall_now() - *back;
  return filter;
}

int failed(std::ostream& err, const Error& error) {
  err << "fastgate: " << error.text << '\n';
  return 1;
}

int print_page(const LogsOptions& options, AuditReader& reader, const record::AuditFilter& filter,
               std::ostream& out, std::ostream& err) {
  record::AuditFilter rest = filter;
  while (true) {
    const auto page = reader.find(rest);
    if (!page) return failed(err, page.error());
    for (const AuditRecord& record : page->items) out << line_of(options, record);
    rest.limit -= static_cast<std::uint32_t>(page->items.size());
    if (rest.limit == 0 || page->next_cursor.empty()) return 0;
    rest.cursor = page->next_cursor;
    rest.skip = 0;
  }
}

int print_export(const LogsOptions& options, AuditReader& reader, const record::AuditFilter& filter,
                 std::ostream& out, std::ostream& err) {
  const auto fields = record::parse_export_fields(options.fields);
  if (!fields) return failed(err, fields.error());
  const auto format = record::parse_export_format(options.format);
  if (!format) return failed(err, format.error());
  const auto made = record::AuditExport::open(reader, filter, *format, *fields);
  if (!made) return failed(err, made.error());
  std::string chunk;
  while (out) {
    chunk.clear();
    const Result<bool> more = (*made)->next(chunk);
    if (!more) return failed(err, more.error());
    out << chunk;
    if (!*more) break;
  }
  return 0;
}

/// Prints what ends from now on, each record once it is complete, until nobody reads.
int follow(const LogsOptions& options, AuditReader& reader, record::AuditFilter filter,
           std::ostream& out, std::ostream& err) {
  if (!filter.start) filter.start = SystemClock().wall_now();
  filter.order = record::AuditOrder::OldestFirst;
  filter.limit = record::AuditFilter::kMaxLimit;
  std::deque<std::string> unfinished;
  while (out) {
    for (std::size_t left = unfinished.size(); left > 0; --left) {
      const std::string id = std::move(unfinished.front());
      unfinished.pop_front();
      const auto record = reader.get(id);
      if (!record) return failed(err, record.error());
      if (!*record) continue;
      if ((*record)->stage == record::AuditStage::Complete) {
        out << line_of(options, **record);
      } else {
        unfinished.push_back(id);
      }
    }
    const auto page = reader.find(filter);
    if (!page) return failed(err, page.error());
    filter.cursor = page->end_cursor;
    for (const AuditRecord& record : page->items) {
      if (record.stage == record::AuditStage::Complete) {
        out << line_of(options, record);
      } else if (unfinished.size() < kMaxUnfinished) {
        unfinished.push_back(record.id);
      }
    }
    out.flush();
    if (page->next_cursor.empty()) std::this_thread::sleep_for(kPollInterval);
  }
  return 0;
}

}  // namespace

void add_logs_command(CLI::App& app, LogsOptions& options) {
  CLI::App* logs = app.add_subcommand("logs", "show records of the audit store");
  logs->fallthrough();
  logs->callback([&options] { options.is_asked = true; });
  const auto add = [&](const char* flag, const char* name, const char* help) {
    logs->add_option(flag, options.filters[name], help);
  };
  add("--status", "status_code", "as 500, 5xx or 400-499");
  add("--method", "method", "the request's method");
  add("--path", "path", "the whole path, or /v1/* for what begins so");
  add("--key", "key_id", "a key's id");
  add("--source-path", "source_path", "whose key it is");
  add("--route", "route_id", "a route's id");
  add("--ip", "ip_address", "the client's address");
  add("--request-id", "request_id", "the X-Request-Id");
  add("--stream", "is_stream", "true or false");
  add("--error", "has_error", "true or false");
  add("--from", "start_time", "a date or time, as 2026-01-31T12:00Z");
  add("--until", "end_time", "a date (with its day) or time");
  add("--order", "order", "desc (newest first) or asc");
  add("--limit", "limit", "most records of text; 50");
  logs->add_option("--since", options.since, "how far back, as 1h");
  logs->add_option("--format", options.format,
                   "text, json, ndjson or csv; all but text: any number")
      ->check(CLI::IsMember({"text", "json", "ndjson", "csv"}));
  logs->add_option("--fields", options.fields, "of json, ndjson, csv: as method,path,status_code");
  logs->add_flag("--follow", options.is_following, "go on with what comes; text or ndjson");
}

int run_logs_command(const LogsOptions& options, std::ostream& out, std::ostream& err) {
  config::Diagnostics diagnostics;
  const config::Config config =
      config::load(options.config_file, config::Sources::system(), diagnostics);
  if (diagnostics.has_errors()) {
    for (const config::Diagnostic& entry : diagnostics.entries()) err << entry.text() << '\n';
    return 1;
  }
  if (!config.database.enabled) {
    err << "fastgate: the audit store is switched off (database.enabled)\n";
    return 1;
  }
  const server::ConfigPlace place{.file = options.config_file, .prefix = options.prefix};
  AuditReader reader(place.resolve(config.database.sqlite_path.value));
  const Result<record::AuditFilter> filter = filter_of(options);
  if (!filter) return failed(err, filter.error());
  if (options.is_following) return follow(options, reader, *filter, out, err);
  if (options.format == "text") return print_page(options, reader, *filter, out, err);
  return print_export(options, reader, *filter, out, err);
}

}  // namespace fastgate::cli
