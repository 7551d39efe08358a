/// The command line as values (contract section 1).
#pragma once

#include <string>

namespace fastgate::cli {

enum class Action : unsigned char { Run, Test, Print, Signal, Version, BuildFacts, Done };

struct Options {
  Action action = Action::Run;
  std::string config_file;
  std::string prefix;
  std::string signal;   ///< reload, quit, stop or reopen
  bool quiet = false;   ///< -q: no message when -t succeeds
  int exit_status = 0;  ///< with Action::Done: a sub-command or the help ran already
};

/// Reads the arguments; prints help and errors itself. Sub-commands run from here.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace fastgate::cli
