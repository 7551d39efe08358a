#include "cli/test_config.h"

#include <iostream>

#include "config/load.h"
#include "server/file_checks.h"
#include "server/generation.h"

namespace fastgate::cli {

int test_config(const Options& options) {
  config::Diagnostics diagnostics;
  const server::ConfigPlace place{.file = options.config_file, .prefix = options.prefix};
  const std::shared_ptr<server::Generation> built =
      server::build_generation(place, nullptr, diagnostics);
  for (const config::Diagnostic& entry : diagnostics.entries()) std::cerr << entry.text() << '\n';
  const std::vector<std::string> file_errors =
      built ? server::check_files(*built, place) : std::vector<std::string>();
  for (const std::string& error : file_errors) std::cerr << error << '\n';
  if (!built || !file_errors.empty()) {
    std::cerr << "fastgate: configuration file " << options.config_file << " test failed\n";
    return 1;
  }
  if (!options.quiet) {
    std::cerr << "fastgate: configuration file " << options.config_file << " test is successful\n";
  }
  if (options.action == Action::Print) std::cout << config::print(built->snapshot->config);
  return 0;
}

}  // namespace fastgate::cli
