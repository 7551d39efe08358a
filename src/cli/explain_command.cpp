#include "cli/explain_command.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "gateway/trace.h"
#include "http/fields.h"
#include "server/generation.h"

namespace fastgate::cli {
namespace {

/// `Name: value` taken apart. Errors: Config.
Result<std::pair<std::string, std::string>> parse_header(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return fail(ErrorKind::Config, "-H wants `Name: value`");
  const std::string_view name = std::string_view(text).substr(0, colon);
  const std::string_view value = trim(std::string_view(text).substr(colon + 1));
  if (!http::is_field_name(name) || !http::is_field_value(value)) {
    return fail(ErrorKind::Config, "-H: no valid header field");
  }
  return std::pair(std::string(name), std::string(value));
}

/// What `-d` gives. Errors: Io, with the name of the file.
Result<std::string> body_text(const std::string& given) {
  if (given.empty() || given.front() != '@') return given;
  Result<std::string> text = config::Sources::system().read_file(given.substr(1));
  if (!text) text.error().text = "-d " + given + ": " + text.error().text;
  return text;
}

Result<gateway::DryRequest> dry_request(const ExplainOptions& options,
                                        const gateway::Snapshot& snapshot) {
  gateway::DryRequest request;
  request.method = options.method;
  request.url = options.url;
  for (const std::string& text : options.headers) {
    auto header = parse_header(text);
    if (!header) return std::unexpected(std::move(header.error()));
    request.headers.push_back(std::move(*header));
  }
  if (!options.body.empty()) {
    Result<std::string> body = body_text(options.body.front());
    if (!body) return std::unexpected(std::move(body.error()));
    request.body = std::move(*body);
  }
  if (!options.key.empty()) {
    request.key = snapshot.keys.find_id(options.key);
    if (request.key == nullptr) {
      request.headers.emplace_back("Authorization", "Bearer " + options.key);
    }
  }
  request.now = SystemClock().wall_now();
  return request;
}

}  // namespace

void add_explain_command(CLI::App& app, ExplainOptions& options) {
  CLI::App* explain = app.add_subcommand("explain", "show what would be done with a request");
  explain->fallthrough();
  explain->add_option("METHOD", options.method, "the request's method")->required();
  explain->add_option("URL", options.url, "a path, or a whole URL")->required();
  explain->add_option("-H,--header", options.headers, "a header field, `Name: value`")
      ->allow_extra_args(false);
  explain->add_option("-d,--data", options.body, "the body; @FILE reads a file")
      ->allow_extra_args(false)
      ->expected(1);
  explain->add_option("--key", options.key, "a key's value, or its key_id");
  explain->add_flag("--json", options.is_json, "answer as JSON");
  explain->callback([&options] { options.is_asked = true; });
}

int run_explain_command(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  config::Diagnostics diagnostics;
  const std::shared_ptr<server::Generation> built = server::build_generation(
      {.file = options.config_file, .prefix = options.prefix}, nullptr, diagnostics);
  if (!built) {
    for (const config::Diagnostic& entry : diagnostics.entries()) err << entry.text() << '\n';
    return 1;
  }
  Result<gateway::DryRequest> request = dry_request(options, *built->snapshot);
  if (!request) {
    err << "fastgate: " << request.error().text << '\n';
    return 1;
  }
  // A book of its own: explaining takes nothing from anybody's limit.
  gateway::LimitBook book;
  const gateway::AdmissionLimits limits(*built->snapshot, book);
  request->limits = &limits;
  const gateway::Explanation explanation = gateway::explain(*built->snapshot, *request);
  std::string text;
  if (options.is_json) {
    gateway::append_json(text, explanation);
    text += '\n';
  } else {
    gateway::append_text(text, explanation);
  }
  out << text;
  return explanation.route_id || !explanation.own_path.empty() ? 0 : 1;
}

}  // namespace fastgate::cli
