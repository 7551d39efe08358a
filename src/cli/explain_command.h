/// `fastgate explain METHOD URL`: which route a request would take and what would be sent, without
/// any traffic (contract sections 1 and 8).
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace fastgate::cli {

struct ExplainOptions {
  bool is_asked = false;  ///< the sub-command was given
  std::string config_file;
  std::string prefix;
  std::string method;
  std::string url;
  std::vector<std::string> headers;  ///< `Name: value`
  std::vector<std::string> body;     ///< at most one; `@FILE` reads a file
  std::string key;                   ///< a key's value or its key_id
  bool is_json = false;
};

void add_explain_command(CLI::App& app, ExplainOptions& options);

/// Returns 0 when a route matches, else 1; what is wrong with the arguments or the configuration
/// goes to `err`.
[[nodiscard]] int run_explain_command(const ExplainOptions& options, std::ostream& out,
                                      std::ostream& err);

}  // namespace fastgate::cli
