#include "cli/run.h"

#include <iostream>
#include <utility>

#include <signal.h>
#include <unistd.h>

#include "cli/build_facts.h"
#include "cli/options.h"
#include "cli/signal_command.h"
#include "cli/standard_output.h"
#include "cli/test_config.h"
#include "server/core_dumps.h"
#include "server/server.h"

namespace fastgate::cli {
namespace {

/// Does what was asked for besides running the gateway.
int run_command(const Options& options) {
  switch (options.action) {
    case Action::Done:
      return options.exit_status;
    case Action::Version:
      std::cout << "fastgate/" FASTGATE_VERSION "\n";
      return 0;
    case Action::BuildFacts:
      std::cout << build_facts();
      return 0;
    case Action::Test:
    case Action::Print:
      return test_config(options);
    case Action::Signal:
      return send_signal(options);
    case Action::Explain:
      return run_explain_command(options.explain, std::cout, std::cerr);
    case Action::Key:
      // A reader that went away must not end the command between a change and what is told of it.
      ::signal(SIGPIPE, SIG_IGN);
      return run_key_command(options.key, std::cout, std::cerr);
    case Action::Logs:
      return run_logs_command(options.logs, std::cout, std::cerr);
    case Action::Run:
      break;
  }
  return 1;
}

int run_gateway(const Options& options, server::Launch launch) {
  int status = 0;
  bool is_held_up = false;
  {
    server::Server server({.place = {.file = options.config_file, .prefix = options.prefix},
                           .version = FASTGATE_VERSION,
                           .launch = std::move(launch)});
    status = server.run();
    is_held_up = server.is_held_up();
  }
  // libuv's threads are waited for at exit().
  if (is_held_up) ::_exit(status);
  return status;
}

}  // namespace

int run(int argc, char** argv) {
  // Before any secret is read; a configuration can allow them.
  server::set_core_dumps(server::CoreDumps::Forbidden);
  StandardOutput output;
  const Options options = parse_options(argc, argv);
  if (options.action != Action::Run) {
    const int status = run_command(options);
    const Result<void> written = output.finish();
    if (written) return status;
    std::cerr << "fastgate: " << written.error().text << '\n';
    return 1;
  }
  return run_gateway(options, server::Launch::of({argv, argv + argc}));
}

}  // namespace fastgate::cli
