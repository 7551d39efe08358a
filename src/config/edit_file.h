/// An edit of one file of a configuration: read, changed, checked as part of the whole, and only
/// then written. The one way in which the admin API and the key command write.
///
/// Waits for files and for other writers; never called on a loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/load.h"

namespace fastgate::config {

/// Where new entries go: `conf.d/admin.yaml` beside the configuration file.
[[nodiscard]] std::string admin_file_of(const std::string& config_path);

/// `base` with one file's text replaced, as if it were written already. A file that does not exist
/// yet is found by the globs that would find it. `base` is copied.
[[nodiscard]] Sources with_text(const Sources& base, const std::string& path, std::string text);

/// Whether both name the same file, as far as paths tell it.
[[nodiscard]] bool is_same_file(const std::string& a, const std::string& b);

struct FileEdit {
  std::string config_path;  ///< the main file: its folder is locked
  std::string path;         ///< the file that changes
  /// The new text of the old one, which is empty for a file that does not exist.
  std::function<Result<std::string>(std::string_view text)> edit;
  /// Loads and checks the whole configuration from these sources; an error leaves all as it was.
  std::function<Result<void>(const Sources& sources)> check;
};

/// Errors: those of the two functions; Io; Overloaded while somebody else writes or when the file
/// changed meanwhile.
[[nodiscard]] Result<void> edit_file(const FileEdit& edit, const Sources& sources);

}  // namespace fastgate::config
