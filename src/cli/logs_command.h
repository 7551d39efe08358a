/// `fastgate logs`: records of the configured audit store, while the gateway runs or not.
#pragma once

#include <map>
#include <ostream>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace fastgate::cli {

struct LogsOptions {
  bool is_asked = false;
  std::string config_file;
  std::string prefix;
  std::map<std::string, std::string> filters;  ///< by the admin API's names of parameters
  std::string since;                           ///< a duration back from now
  std::string format = "text";                 ///< text, json, ndjson, csv
  std::string fields;                          ///< of csv, json and ndjson
  bool is_following = false;
};

/// Adds `logs`; parsing fills `options`, which must outlive `app`.
void add_logs_command(CLI::App& app, LogsOptions& options);

/// Returns 0, or 1 with the reason on `err`.
[[nodiscard]] int run_logs_command(const LogsOptions& options, std::ostream& out,
                                   std::ostream& err);

}  // namespace fastgate::cli
