/// The command line as values (contract section 1).
#pragma once

#include <string>

#include "cli/explain_command.h"
#include "cli/key_command.h"
#include "cli/logs_command.h"

namespace fastgate::cli {

enum class Action : unsigned char {
  Run,
  Test,
  Print,
  Signal,
  Version,
  BuildFacts,
  Explain,
  Key,
  Logs,
  Done,  ///< the help or an error was printed; see Options::exit_status
};

struct Options {
  Action action = Action::Run;
  std::string config_file;
  std::string prefix;
  std::string signal;   ///< reload, quit, stop, reopen or upgrade
  bool quiet = false;   ///< -q: no message when -t succeeds
  int exit_status = 0;  ///< with Action::Done
  ExplainOptions explain;
  KeyCommandOptions key;
  LogsOptions logs;
};

/// Reads the arguments; prints help and errors itself.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace fastgate::cli
