/// A configuration file and what it includes, into a Config. May read files: never call it on a
/// loop.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/diagnostics.h"
#include "config/model.h"
#include "config/yaml_cache.h"

namespace fastgate::config {

/// Where texts and variables come from; tests replace both.
struct Sources {
  /// The file's content, or an error with the system's reason. At most 64 MiB are read.
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// The paths that match a glob, sorted by name; empty if none does.
  std::function<std::vector<std::string>(const std::string& pattern)> glob;
  std::function<std::optional<std::string>(const std::string& name)> environment;
  WallTime now;                ///< for `expires_days` of entries without created_at
  YamlCache* trees = nullptr;  ///< null: every text is parsed

  [[nodiscard]] static Sources system();
};

/// Reads `path`, its includes (relative to the including file's folder; nested at most 8 deep, a
/// file at most once), substitutes, checks every field and fills in defaults. Relative paths inside
/// values are left as written: the caller joins them with the prefix (-p). Errors and warnings go
/// to `diagnostics`, all of them; the Config is usable only if `diagnostics` has no errors.
/// Contract sections 2 to 4.
[[nodiscard]] Config load(const std::string& path, const Sources& sources,
                          Diagnostics& diagnostics);

/// The effective configuration as YAML with every default written out and secrets masked as `***`:
/// what `-T` prints. Form: reads back to the same Config but for the masked values.
[[nodiscard]] std::string print(const Config& config);

}  // namespace fastgate::config
