#include "cli/signal_command.h"

#include <cerrno>
#include <cstring>
#include <iostream>

#include <signal.h>

#include "config/load.h"
#include "server/generation.h"
#include "server/pid_file.h"

namespace fastgate::cli {
namespace {

int number_of(const std::string& name) {
  if (name == "reload") return SIGHUP;
  if (name == "quit") return SIGQUIT;
  if (name == "stop") return SIGTERM;
  return SIGUSR1;
}

}  // namespace

int send_signal(const Options& options) {
  config::Diagnostics diagnostics;
  const config::Config config =
      config::load(options.config_file, config::Sources::system(), diagnostics);
  if (diagnostics.has_errors()) {
    for (const config::Diagnostic& entry : diagnostics.entries()) std::cerr << entry.text() << '\n';
    // A broken file must not keep a running gateway from being stopped; a reload would be refused.
    if (options.signal == "reload") return 1;
  }
  const server::ConfigPlace place{.file = options.config_file, .prefix = options.prefix};
  const Result<pid_t> pid = server::PidFile::read(place.resolve(config.pid_file));
  if (!pid) {
    std::cerr << "fastgate: " << pid.error().text << '\n';
    return 1;
  }
  if (::kill(*pid, number_of(options.signal)) != 0) {
    std::cerr << "fastgate: cannot signal process " << *pid << ": " << std::strerror(errno) << '\n';
    return 1;
  }
  return 0;
}

}  // namespace fastgate::cli
