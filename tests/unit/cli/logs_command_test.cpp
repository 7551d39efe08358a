#include "cli/logs_command.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include "unit/record/sample_rows.h"

namespace fastgate::cli {
namespace {

/// Parses a command line behind `fastgate logs`. Not well formed: `problem` says why.
struct Parsed {
  explicit Parsed(const std::vector<std::string>& arguments) {
    CLI::App app("test", "fastgate");
    add_logs_command(app, options);
    std::vector<const char*> argv{"fastgate", "logs"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    try {
      app.parse(static_cast<int>(argv.size()), argv.data());
    } catch (const CLI::ParseError& error) {
      problem = error.what();
    }
  }
  LogsOptions options;
  std::string problem;
};

/// What running says of options that do not go together. No configuration is there to be read.
std::string refusal(const std::vector<std::string>& arguments) {
  Parsed parsed(arguments);
  REQUIRE(parsed.problem.empty());
  parsed.options.config_file = "/nowhere/fastgate.yaml";
  std::ostringstream out;
  std::ostringstream err;
  CHECK(run_logs_command(parsed.options, out, err) == 1);
  CHECK(out.str().empty());
  return err.str();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every flag of a filter sets the parameter that the API knows") {
  struct Row {
    const char* flag;
    const char* name;
  };
  const Row rows[] = {{"--status", "status_code"},
                      {"--method", "method"},
                      {"--path", "path"},
                      {"--key", "key_id"},
                      {"--source-path", "source_path"},
                      {"--route", "route_id"},
                      {"--ip", "ip_address"},
                      {"--request-id", "request_id"},
                      {"--stream", "is_stream"},
                      {"--error", "has_error"},
                      {"--kind", "kind"},
                      {"--actor", "actor"},
                      {"--from", "start_time"},
                      {"--until", "end_time"},
                      {"--order", "order"},
                      {"--limit", "limit"}};
  for (const Row& row : rows) {
    CAPTURE(row.flag);
    const Parsed parsed({row.flag, "value"});
    CHECK(parsed.problem.empty());
    for (const auto& [name, value] : parsed.options.filters) {
      CHECK(value == (name == row.name ? "value" : ""));
    }
    REQUIRE(parsed.options.filters.contains(row.name));
  }
}

TEST_CASE("without flags a page of text is asked for") {
  const Parsed parsed({});
  CHECK(parsed.problem.empty());
  CHECK(parsed.options.is_asked);
  CHECK(parsed.options.format == "text");
  CHECK_FALSE(parsed.options.is_following);
  CHECK(parsed.options.since.empty());
}

TEST_CASE("unknown flags, formats and missing values are refused") {
  CHECK_FALSE(Parsed({"--nonsense"}).problem.empty());
  CHECK_FALSE(Parsed({"--format", "xml"}).problem.empty());
  CHECK_FALSE(Parsed({"--status"}).problem.empty());
  CHECK_FALSE(Parsed({"word"}).problem.empty());
}

TEST_CASE("options that do not go together are refused before anything is read") {
  CHECK(holds(refusal({"--follow", "--format", "csv"}), "--follow has no end"));
  CHECK(holds(refusal({"--follow", "--format", "json"}), "--follow has no end"));
  CHECK(holds(refusal({"--follow", "--limit", "3"}), "--limit"));
  CHECK(holds(refusal({"--follow", "--order", "asc"}), "--order"));
  CHECK(holds(refusal({"--follow", "--until", "2026-01-31"}), "--until"));
  CHECK(holds(refusal({"--fields", "path"}), "--fields needs"));
  CHECK(holds(refusal({"--follow", "--format", "ndjson"}), "/nowhere/fastgate.yaml"));
}

TEST_CASE("as many records are printed as are asked for, whatever a page of the store holds") {
  record::SampleStore store;
  record::SampleRows maker(1);
  std::vector<record::SampleRow> rows;
  for (int i = 0; i < 1200; ++i) rows.push_back(maker.next());
  store.write(rows);
  const std::string file = store.folder.path() / "fastgate.yaml";
  std::ofstream(file) << "database: {sqlite_path: " << store.folder.sqlite_path() << "}\n";
  struct Row {
    std::vector<std::string> arguments;
    std::ptrdiff_t lines;
  };
  const Row table[] = {
      {{}, 50},
      {{"--limit", "3"}, 3},
      {{"--limit", "1100"}, 1100},
      {{"--limit", "5000"}, 1200},
      {{"--format", "ndjson"}, 1200},
      {{"--format", "ndjson", "--limit", "3"}, 3},
      {{"--format", "ndjson", "--limit", "1100"}, 1100},
  };
  for (const Row& row : table) {
    CAPTURE(row.lines);
    Parsed parsed(row.arguments);
    parsed.options.config_file = file;
    std::ostringstream out;
    std::ostringstream err;
    CHECK(run_logs_command(parsed.options, out, err) == 0);
    CHECK(err.str().empty());
    const std::string text = out.str();
    CHECK(std::ranges::count(text, '\n') == row.lines);
  }
}

}  // namespace fastgate::cli
