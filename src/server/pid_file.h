/// The pid file: how `-s` and init scripts find the process.
#pragma once

#include <string>

#include <sys/types.h>

#include "base/error.h"

namespace fastgate::server {

/// Written when the process serves; taken away at its end, and when another takes its place, if it
/// still names this process.
class PidFile {
 public:
  PidFile() = default;
  /// Creates missing folders; replaces a stale file atomically. Form: a path; `off` or nothing: no
  /// file. Errors: Io.
  [[nodiscard]] static Result<PidFile> write(const std::string& path);
  /// Whether write() would work now, by this user. Makes neither file nor folder. Errors: Io.
  [[nodiscard]] static Result<void> check(const std::string& path);
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&& other) noexcept;
  ~PidFile();

  /// Empty without a file.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Writes the file again, as a new one: another process may have written it, and whoever waits
  /// for that sees that it came to nothing. Errors are ignored.
  void renew();

  /// The process that `path` names and that is alive. Form: a path, or `off`. Errors: Io, saying
  /// what is wrong.
  [[nodiscard]] static Result<pid_t> read(const std::string& path);

 private:
  explicit PidFile(std::string path) : path_(std::move(path)) {}
  void remove();
  std::string path_;
};

}  // namespace fastgate::server
