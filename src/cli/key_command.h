/// `fastgate key create, list, revoke`: keys in the configuration files, by the same edits as the
/// admin API makes (contract sections 1, 4 and 8).
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace fastgate::cli {

struct KeyCommandOptions {
  enum class Action : std::uint8_t { None, Create, List, Revoke };

  Action action = Action::None;  ///< set by the sub-command that was given
  std::string config_file;       ///< as of `-c`; the caller fills it in
  std::string prefix;            ///< as of `-p`
  bool is_json = false;
  bool no_reload = false;

  std::string source_path;  ///< create: whose key it is; list: only theirs, empty: all
  std::string description;
  std::vector<std::string> permissions;
  std::vector<std::string> allowed_ips;
  std::vector<std::string> allowed_routes;
  std::vector<std::string> allowed_models;
  std::optional<std::uint32_t> rate_limit;
  std::optional<std::uint32_t> burst;
  std::optional<std::uint32_t> max_concurrency;
  std::optional<std::uint32_t> expires_days;
  std::string expires_at;  ///< ISO 8601; empty: see expires_days

  std::string key_id;    ///< revoke
  bool is_kept = false;  ///< revoke: the entry stays, switched off
};

/// Adds `key` with its sub-commands; parsing fills `options`, which must outlive `app`.
void add_key_command(CLI::App& app, KeyCommandOptions& options);

/// Runs the chosen sub-command. A created key's value goes to `out`, once; everything that is wrong
/// goes to `err`. Returns the exit status: 0, or 1 and no file has changed.
[[nodiscard]] int run_key_command(const KeyCommandOptions& options, std::ostream& out,
                                  std::ostream& err);

}  // namespace fastgate::cli
