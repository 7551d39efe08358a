/// Replacing a configuration file so that nobody ever sees half of it, and so that two writers do
/// not lose each other's changes.
///
/// Used by the admin API's writer and the key command, never on a loop (it waits for the disk).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/sha256.h"

namespace fastgate::config {

/// What a file was when it was read. Two equal versions hold the same text.
struct FileVersion {
  bool exists = false;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since the epoch
  Sha256 digest{};
  bool operator==(const FileVersion&) const = default;
};

struct VersionedText {
  std::string text;  ///< empty for a file that does not exist
  FileVersion version;
};

/// Reads a file with its version; a missing one is no error. Errors: Io; also beyond 64 MiB, and
/// for what is no regular file.
[[nodiscard]] Result<VersionedText> read_versioned(const std::string& path);

/// One writer at a time, over all processes that ask: an advisory lock on a folder. Held until
/// destroyed; a process that dies gives it back.
class WriterLock {
 public:
  /// Waits up to `patience` for another writer. Errors: Io; Overloaded if the other does not
  /// finish.
  [[nodiscard]] static Result<WriterLock> take(const std::string& folder,
                                               std::chrono::milliseconds patience);
  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&& other) noexcept;
  ~WriterLock();

 private:
  explicit WriterLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// Puts `text` in the place of the file: a temporary file in the same folder, flushed, with owner
/// and mode of the old one (0640 for a new file), renamed over it, the folder flushed where
/// that is possible. A symbolic link stays and what it points to is replaced. Missing folders are
/// created (0750). The file must still be `expected`; take a WriterLock around reading and this.
/// Temporary files that killed writers of this file left are taken away. Errors: Io; Overloaded
/// when the file has changed since. On an error the old file stands.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view text,
                                        const FileVersion& expected);

/// Takes away a file, what a symbolic link points to in its place. Errors: Io.
[[nodiscard]] Result<void> remove_file(const std::string& path);

}  // namespace fastgate::config
