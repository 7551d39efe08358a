#include "cli/options.h"

#include <filesystem>

#include <CLI/CLI.hpp>

namespace fastgate::cli {
namespace {

constexpr const char* kPackagedFile = "/etc/fastgate/fastgate.yaml";
constexpr const char* kCheckoutFile = "conf/fastgate.yaml";

/// A checkout's own configuration goes first: it is there only if one stands in the checkout.
std::string default_file() {
  std::error_code ignored;
  return std::filesystem::exists(kCheckoutFile, ignored) ? kCheckoutFile : kPackagedFile;
}

void apply_defaults(Options& options) {
  if (options.config_file.empty()) options.config_file = default_file();
  if (options.prefix.empty() && options.config_file == kPackagedFile) options.prefix = "/";
  options.explain.config_file = options.key.config_file = options.logs.config_file =
      options.config_file;
  options.explain.prefix = options.key.prefix = options.logs.prefix = options.prefix;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  CLI::App app("FastGate, a configuration-driven gateway for LLM and REST backends", "fastgate");
  bool test = false;
  bool print = false;
  bool version = false;
  bool build = false;
  app.set_help_flag("-h,--help", "print this help");
  app.add_option("-c", options.config_file, "configuration file")->type_name("FILE");
  app.add_option("-p", options.prefix, "folder that relative paths start from")
      ->type_name("PREFIX");
  app.add_flag("-t", test, "test the configuration and exit");
  app.add_flag("-T", print, "test the configuration, print it with its defaults, and exit");
  app.add_flag("-q", options.quiet, "with -t: say nothing when all is well");
  app.add_option("-s", options.signal,
                 "signal a running gateway: reload, quit, stop, reopen, upgrade")
      ->type_name("SIGNAL")
      ->check(CLI::IsMember({"reload", "quit", "stop", "reopen", "upgrade"}));
  app.add_flag("-v", version, "print the version");
  app.add_flag("-V", build, "print the version and how it was built");
  app.fallthrough();
  add_explain_command(app, options.explain);
  add_key_command(app, options.key);
  add_logs_command(app, options.logs);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    options.action = Action::Done;
    options.exit_status = app.exit(error) == 0 ? 0 : 1;
    return options;
  }
  apply_defaults(options);
  if (options.explain.is_asked) options.action = Action::Explain;
  if (options.key.action != KeyCommandOptions::Action::None) options.action = Action::Key;
  if (options.logs.is_asked) options.action = Action::Logs;
  if (version) options.action = Action::Version;
  if (build) options.action = Action::BuildFacts;
  if (test) options.action = Action::Test;
  if (print) options.action = Action::Print;
  if (!options.signal.empty()) options.action = Action::Signal;
  return options;
}

}  // namespace fastgate::cli
