#include "cli/signal_command.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <thread>
#include <utility>

#include <signal.h>
#include <sys/stat.h>

#include "config/load.h"
#include "server/binary_upgrade.h"
#include "server/generation.h"
#include "server/pid_file.h"

namespace fastgate::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLook{50};
/// Somewhat longer than the running gateway waits for the new one.
constexpr std::chrono::milliseconds kUpgradePatience = server::Launch::kPatience + 5 * 1s;

int number_of(const std::string& name) {
  if (name == "reload") return SIGHUP;
  if (name == "quit") return SIGQUIT;
  if (name == "stop") return SIGTERM;
  if (name == "upgrade") return SIGUSR2;
  return SIGUSR1;
}

/// Tells one pid file from another of the same name.
std::pair<ino_t, std::int64_t> stamp_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_ino, facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

/// Waits until the pid file names another living process, or the old one writes it again.
int await_successor(const std::string& pid_path, pid_t old, std::pair<ino_t, std::int64_t> before) {
  for (auto waited = kLook; waited < kUpgradePatience; waited += kLook) {
    std::this_thread::sleep_for(kLook);
    const Result<pid_t> now = server::PidFile::read(pid_path);
    if (now && *now == old && stamp_of(pid_path) != before) break;
    if (!now || *now == old) continue;
    std::cout << "process " << *now << " has taken over from process " << old << '\n';
    return 0;
  }
  std::cerr << "fastgate: process " << old << " goes on; its log says why no new one took over\n";
  return 1;
}

}  // namespace

int send_signal(const Options& options) {
  config::Diagnostics diagnostics;
  const config::Config config =
      config::load(options.config_file, config::Sources::system(), diagnostics);
  if (diagnostics.has_errors()) {
    for (const config::Diagnostic& entry : diagnostics.entries()) std::cerr << entry.text() << '\n';
    // A broken file must not keep a running gateway from being stopped; a reload or an upgrade
    // would be refused.
    if (options.signal == "reload" || options.signal == "upgrade") return 1;
  }
  const server::ConfigPlace place{.file = options.config_file, .prefix = options.prefix};
  const std::string pid_path = place.resolve(config.pid_file);
  const Result<pid_t> pid = server::PidFile::read(pid_path);
  if (!pid) {
    std::cerr << "fastgate: " << pid.error().text << '\n';
    return 1;
  }
  const auto stamp = stamp_of(pid_path);
  if (::kill(*pid, number_of(options.signal)) != 0) {
    std::cerr << "fastgate: cannot signal process " << *pid << ": " << std::strerror(errno) << '\n';
    return 1;
  }
  return options.signal == "upgrade" ? await_successor(pid_path, *pid, stamp) : 0;
}

}  // namespace fastgate::cli
