#include "config/load.h"

#include "config/check.h"
#include "config/file_reader.h"
#include "config/route_ids.h"

namespace fastgate::config {

Config load(const std::string& path, const Sources& sources, Diagnostics& diagnostics) {
  FileReader reader(sources, diagnostics, nullptr);
  reader.read_main(path);
  Config config = reader.take();
  make_route_ids(config);
  check_across(config, diagnostics);
  diagnostics.finish();
  return config;
}

}  // namespace fastgate::config
