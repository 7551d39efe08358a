/// How the admin API reads and changes the configuration: an interface that the server implements.
///
/// Called on job lanes; change(), reload() and validate() wait for the main thread, which does the
/// work between two signals, so that an API write and a HUP never meet. What is answered is in
/// force on every worker.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "base/sha256.h"
#include "config/diagnostics.h"
#include "config/yaml_cache.h"
#include "gateway/snapshot.h"

namespace fastgate::admin {

/// A configuration file as it was when it was loaded.
struct LoadedFile {
  std::string path;
  std::string text;
  Sha256 digest{};
};

/// A configuration and the files that it came from. Immutable; held as long as needed.
struct LoadedConfig {
  std::shared_ptr<const gateway::Snapshot> snapshot;
  std::shared_ptr<const std::vector<LoadedFile>> files;
};

/// One file to change. `edit` gives the whole new text of the old one, which is empty for a file
/// that does not exist. It is called once, on a thread of its own, for which the main thread and
/// the caller of change() wait.
struct FileChange {
  std::string path;
  std::function<std::expected<std::string, ApiError>(const config::YamlText& text)> edit;
};

enum class ChangeMode : std::uint8_t { Apply, DryRun };

/// What became of one file.
struct ChangedFile {
  std::string path;
  std::string before;
  std::string after;
};

struct Changed {
  LoadedConfig config;  ///< with the change in it: in force, or what would be
  std::vector<ChangedFile> files;
};

struct ReloadOutcome {
  bool ok = false;
  std::uint64_t generation = 0;
  std::vector<FieldError> errors;  ///< also warnings of a good one
};

/// Who changes the configuration, and from where.
struct ChangeOrigin {
  std::string actor;
  std::string source;  ///< `api`, `reload`, `rollback`
  std::string ip_address;
};

/// The last reload, by whatever asked for it.
struct LastReload {
  WallTime time{};
  ReloadOutcome outcome;
};

/// The message of change() where the generation is another one than the caller looked at: who can
/// plan the change anew does so.
inline constexpr std::string_view kChangedMeanwhile = "the configuration was changed meanwhile";

class ConfigControl {
 public:
  virtual ~ConfigControl() = default;
  /// What is in force. Any thread.
  [[nodiscard]] virtual LoadedConfig running() const = 0;
  [[nodiscard]] virtual std::string main_file() const = 0;
  /// Where the audit store is; empty while it is switched off. Any thread.
  [[nodiscard]] virtual std::string store_path() const = 0;
  /// Changes files and puts the result in force, or changes nothing. `expected` is the generation
  /// that the caller looked at. Errors: 409 when a file or the generation changed since, 422 when
  /// the configuration would have errors, 500 and 503 when it cannot be written.
  [[nodiscard]] virtual std::expected<Changed, ApiError> change(
      const std::vector<FileChange>& changes, std::uint64_t expected, ChangeMode mode) = 0;
  /// Loads the files again, as HUP does; `origin` goes into the history.
  [[nodiscard]] virtual std::expected<ReloadOutcome, ApiError> reload(
      const ChangeOrigin& origin) = 0;
  /// Checks a text as the main file, without applying it.
  [[nodiscard]] virtual std::expected<ReloadOutcome, ApiError> validate(std::string text) = 0;
  [[nodiscard]] virtual LastReload last_reload() const = 0;
};

/// What diagnostics say, without fields. `which` chooses errors alone or warnings as well.
enum class Findings : std::uint8_t { Errors, All };
[[nodiscard]] std::vector<FieldError> findings_of(const config::Diagnostics& diagnostics,
                                                  Findings which);

}  // namespace fastgate::admin
