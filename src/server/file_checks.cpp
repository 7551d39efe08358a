#include "server/file_checks.h"

#include "base/file_check.h"
#include "base/log_sink.h"
#include "server/pid_file.h"
#include "server/setting_place.h"

namespace fastgate::server {

std::vector<std::string> check_files(const Generation& generation, const ConfigPlace& place) {
  const config::Config& config = generation.snapshot->config;
  std::vector<std::string> errors;
  const auto note = [&](std::initializer_list<std::string_view> names,
                        const Result<void>& checked) {
    if (checked) return;
    errors.push_back(setting_error(generation, place, names, checked.error().text));
  };
  note({"logging", "access_log"}, LogSink::check(place.resolve(config.logging.access_log)));
  note({"logging", "file"}, LogSink::check(place.resolve(config.logging.file)));
  note({"pid_file"}, PidFile::check(place.resolve(config.pid_file)));
  if (config.database.enabled) {
    note({"database", "sqlite_path"},
         check_creation(place.resolve(config.database.sqlite_path.value), "write the audit store"));
  }
  return errors;
}

}  // namespace fastgate::server
