#include "cli/logs_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/units.h"
#include "config/load.h"
#include "record/audit_export.h"
#include "record/audit_json.h"
#include "record/export_fields.h"
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
  if (record.kind == record::AuditKind::Admin) {
    line += " actor=";
    append_log_value(line, record.actor);
  } else {
    line += " key=";
    append_log_value(line, record.key_id);
  }
  if (!record.error_message.empty()) {
    line += " error=";
    append_log_value(line, record.error_message);
  }
  if (record.stage != record::AuditStage::Complete) line.append(" ").append(name_of(record.stage));
  return line + "\n";
}

/// A record as `follow` prints it.
using LineOf = std::function<std::string(const AuditRecord&)>;

/// Flags that are filters of the admin API, with the names of its parameters.
struct FilterFlag {
  const char* flag;
  const char* name;
  const char* help;
};
constexpr std::array kFilterFlags = {
    FilterFlag{"--status", "status_code", "as 500, 5xx or 400-499"},
    FilterFlag{"--method", "method", "the request's method"},
    FilterFlag{"--path", "path", "the whole path, or /v1/* for what begins so"},
    FilterFlag{"--key", "key_id", "a key's id"},
    FilterFlag{"--source-path", "source_path", "whose key it is"},
    FilterFlag{"--route", "route_id", "a route's id"},
    FilterFlag{"--ip", "ip_address", "the client's address"},
    FilterFlag{"--request-id", "request_id", "the X-Request-Id"},
    FilterFlag{"--stream", "is_stream", "true or false"},
    FilterFlag{"--error", "has_error", "true or false"},
    FilterFlag{"--kind", "kind", "traffic (if nothing is said), admin or all"},
    FilterFlag{"--actor", "actor", "admin calls by the token of this name"},
    FilterFlag{"--from", "start_time", "a date or time, as 2026-01-31T12:00Z"},
    FilterFlag{"--until", "end_time", "a date (with its day) or time"},
    FilterFlag{"--order", "order", "desc (newest first) or asc"},
    FilterFlag{"--limit", "limit", "most records; of text 50 without it"},
};

/// An error of a filter, by the flag that was given.
Error named_by_flag(Error error) {
  for (const auto& [flag, name, help] : kFilterFlags) {
    if (error.text.starts_with(std::string(name) + " ")) {
      error.text.replace(0, std::string_view(name).size(), flag);
      break;
    }
  }
  return error;
}

Result<record::AuditFilter> filter_of(const LogsOptions& options) {
  record::AuditFilter filter;
  for (const auto& [name, value] : options.filters) {
    if (value.empty()) continue;
    if (auto set = record::set_audit_filter(filter, name, value); !set) {
      return std::unexpected(named_by_flag(std::move(set.error())));
    }
  }
  // A page begins with what is newest, a file with what is oldest.
  const bool is_file = options.is_following || options.format != "text";
  const auto order = options.filters.find("order");
  if (is_file && (order == options.filters.end() || order->second.empty())) {
    filter.order = record::AuditOrder::OldestFirst;
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

/// How many records are asked for. A filter's own limit is that of one page of the store.
std::optional<std::uint64_t> most_records(const LogsOptions& options) {
  const auto limit = options.filters.find("limit");
  return limit != options.filters.end() ? parse_decimal(limit->second) : std::nullopt;
}

int print_lines(AuditReader& reader, record::AuditFilter rest, std::uint64_t most,
                std::ostream& out, std::ostream& err) {
  while (out && most > 0) {
    rest.limit =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(most, record::AuditFilter::kMaxLimit));
    const auto page = reader.find(rest);
    if (!page) return failed(err, page.error());
    for (const AuditRecord& record : page->items) out << text_of(record);
    most -= page->items.size();
    if (page->next_cursor.empty()) break;
    rest.cursor = page->next_cursor;
  }
  return 0;
}

int print_export(const LogsOptions& options, AuditReader& reader, const record::AuditFilter& filter,
                 std::ostream& out, std::ostream& err) {
  const auto fields = record::parse_export_fields(options.fields);
  if (!fields) return failed(err, fields.error());
  const auto format = record::parse_export_format(options.format);
  if (!format) return failed(err, format.error());
  const auto made = record::AuditExport::open(
      reader, filter, *format, *fields, most_records(options).value_or(record::AuditExport::kAll));
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

/// Prints records once they are complete: what ends from now on, or began since a time.
class Follower {
 public:
  Follower(AuditReader& reader, LineOf line_of, std::ostream& out)
      : reader_(reader), line_of_(std::move(line_of)), out_(out) {}

  /// Goes on until nobody reads. Errors: Io.
  Result<void> run(record::AuditFilter filter) {
    if (!filter.start) filter.start = SystemClock().wall_now();
    filter.limit = record::AuditFilter::kMaxLimit;
    while (out_) {
      if (auto looked = look_again(); !looked) return looked;
      const auto page = reader_.find(filter);
      if (!page) return std::unexpected(page.error());
      filter.cursor = page->end_cursor;
      for (const AuditRecord& record : page->items) take(record);
      out_.flush();
      if (page->next_cursor.empty()) std::this_thread::sleep_for(kPollInterval);
    }
    return {};
  }

 private:
  void take(const AuditRecord& record) {
    if (record.stage == record::AuditStage::Complete) {
      out_ << line_of_(record);
    } else if (unfinished_.size() < kMaxUnfinished) {
      unfinished_.push_back(record.id);
    }
  }

  /// Asks for those that were seen before they were complete.
  Result<void> look_again() {
    for (std::size_t left = unfinished_.size(); left > 0; --left) {
      const std::string id = std::move(unfinished_.front());
      unfinished_.pop_front();
      const auto record = reader_.get(id);
      if (!record) return std::unexpected(record.error());
      if (*record) take(**record);
    }
    return {};
  }

  AuditReader& reader_;
  LineOf line_of_;
  std::ostream& out_;
  std::deque<std::string> unfinished_;
};

int follow(const LogsOptions& options, AuditReader& reader, record::AuditFilter filter,
           std::ostream& out, std::ostream& err) {
  LineOf line_of = text_of;
  if (options.format == "ndjson") {
    const auto names = record::parse_export_fields(options.fields);
    if (!names) return failed(err, names.error());
    auto fields = record::find_export_fields(*names);
    if (!fields) return failed(err, fields.error());
    filter.parts = record::parts_of(*fields);
    line_of = [fields = std::move(*fields)](const AuditRecord& record) {
      std::string line;
      record::append_json_fields(line, record, fields);
      return line + "\n";
    };
  }
  const Result<void> followed = Follower(reader, std::move(line_of), out).run(std::move(filter));
  return followed ? 0 : failed(err, followed.error());
}

/// What does not go together.
Result<void> check(const LogsOptions& options) {
  const auto refuse = [](const char* text) { return fail(ErrorKind::Malformed, text); };
  const auto is_given = [&](const char* name) {
    const auto found = options.filters.find(name);
    return found != options.filters.end() && !found->second.empty();
  };
  if (!options.fields.empty() && options.format == "text") {
    return refuse("--fields needs --format json, ndjson or csv");
  }
  if (!options.since.empty() && is_given("start_time")) {
    return refuse("--since and --from both say where to begin: give one of them");
  }
  if (!options.is_following) return {};
  if (options.format != "text" && options.format != "ndjson") {
    return refuse("--follow has no end: it prints text or ndjson");
  }
  for (const char* name : {"end_time", "order", "limit"}) {
    if (is_given(name)) return refuse("--follow goes with neither --until, --order nor --limit");
  }
  return {};
}

}  // namespace

void add_logs_command(CLI::App& app, LogsOptions& options) {
  CLI::App* logs = app.add_subcommand("logs", "show records of the audit store");
  logs->fallthrough();
  logs->callback([&options] { options.is_asked = true; });
  for (const FilterFlag& filter : kFilterFlags) {
    logs->add_option(filter.flag, options.filters[filter.name], filter.help);
  }
  logs->add_option("--since", options.since, "how far back, as 1h");
  logs->add_option("--format", options.format,
                   "text, json, ndjson or csv; all but text: any number")
      ->check(CLI::IsMember({"text", "json", "ndjson", "csv"}));
  logs->add_option("--fields", options.fields, "of json, ndjson, csv: as method,path,status_code");
  logs->add_flag("--follow", options.is_following, "go on with what comes; text or ndjson");
}

int run_logs_command(const LogsOptions& options, std::ostream& out, std::ostream& err) {
  if (const auto checked = check(options); !checked) return failed(err, checked.error());
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
  if (options.format == "text") {
    const std::uint64_t most = most_records(options).value_or(record::AuditFilter::kDefaultLimit);
    return print_lines(reader, *filter, most, out, err);
  }
  return print_export(options, reader, *filter, out, err);
}

}  // namespace fastgate::cli
