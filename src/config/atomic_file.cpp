#include "config/atomic_file.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/random.h"

namespace fastgate::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = std::size_t{64} << 20;
constexpr mode_t kNewFileMode = 0640;

std::unexpected<Error> io_failure(std::string_view what, const std::string& path) {
  const int code = errno;
  return fail(ErrorKind::Io,
              std::string(what) + " " + path + ": " + std::generic_category().message(code));
}

/// A descriptor that is closed at the end of a scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// A temporary file that is gone at the end of a scope unless it was renamed. Locked as long, so
/// that nobody takes it for one that a killed writer left.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (file_.get() >= 0) ::flock(file_.get(), LOCK_EX | LOCK_NB);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_.get() >= 0 && !is_renamed_) ::unlink(path_.c_str());
  }
  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Result<void> rename_to(const std::string& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0) return io_failure("cannot replace", target);
    is_renamed_ = true;
    return {};
  }

 private:
  std::string path_;
  Descriptor file_;
  bool is_renamed_ = false;
};

Result<std::string> read_all(int fd, const std::string& path) {
  std::string text;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure("cannot read", path);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > kMaxFile) return fail(ErrorKind::Io, path + " is larger than 64 MiB");
  }
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return io_failure("cannot write", path);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd) != 0) return io_failure("cannot write", path);
  return {};
}

/// Owner and mode of the file that is replaced. Only a privileged process can give a file away; for
/// others a group that they are not in is lost, and then the mode must not let a wrong group read.
Result<void> keep_owner_and_mode(int fd, const struct stat& old, const std::string& path) {
  mode_t mode = old.st_mode & 07777;
  struct stat now{};
  if (::fstat(fd, &now) != 0) return io_failure("cannot write", path);
  if (now.st_uid != old.st_uid || now.st_gid != old.st_gid) {
    if (::fchown(fd, old.st_uid, old.st_gid) != 0 &&
        ::fchown(fd, static_cast<uid_t>(-1), old.st_gid) != 0) {
      mode &= ~static_cast<mode_t>(070);
    }
  }
  if (::fchmod(fd, mode) != 0) return io_failure("cannot set the mode of", path);
  return {};
}

/// As far as it can be: some file systems flush no folders, and one may be writable but not
/// readable. The change is made by then, and an error would say that it is not.
void flush_folder(const std::string& folder) {
  const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (handle.get() >= 0) ::fsync(handle.get());
}

std::string parent_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Result<void> create_folders(const std::string& folder) {
  if (fs::path(folder).has_parent_path() && ::access(folder.c_str(), F_OK) != 0) {
    const std::string parent = parent_of(folder);
    if (parent != folder) {
      if (auto made = create_folders(parent); !made) return made;
    }
  }
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
    return io_failure("cannot create", folder);
  }
  return {};
}

/// The file behind symbolic links; a link to nowhere gives the place it names.
Result<std::string> real_path(const std::string& path) {
  std::error_code failed;
  if (!fs::is_symlink(fs::symlink_status(path, failed))) return path;
  const fs::path real = fs::weakly_canonical(path, failed);
  if (failed) return fail(ErrorKind::Io, "cannot follow " + path + ": " + failed.message());
  return real.string();
}

constexpr std::size_t kRandomBytes = 9;
constexpr std::size_t kRandomLetters = kRandomBytes / 3 * 4;
constexpr std::string_view kTemporaryEnd = ".tmp";

/// What names of temporary files of this file begin with. The dot in front and the ending keep them
/// out of `include: [*.yaml]`.
std::string temporary_begin(const std::string& path) {
  return "." + fs::path(path).filename().string() + ".";
}

std::string temporary_name(const std::string& path) {
  std::array<std::uint8_t, kRandomBytes> random{};
  fill_secret_random(random);
  return parent_of(path) + "/" + temporary_begin(path) + base64url_encode(random) +
         std::string(kTemporaryEnd);
}

bool is_temporary_name(std::string_view name, std::string_view begin) {
  if (name.size() != begin.size() + kRandomLetters + kTemporaryEnd.size()) return false;
  return name.starts_with(begin) && name.ends_with(kTemporaryEnd) &&
         base64url_decode(name.substr(begin.size(), kRandomLetters)).has_value();
}

/// Takes away what writers of this file left when they were killed: files of the very form that
/// temporary_name() gives, which no living writer holds. What cannot be looked at stays.
void remove_leftovers(const std::string& path) {
  const std::string begin = temporary_begin(path);
  std::error_code failed;
  for (fs::directory_iterator it(parent_of(path), failed), end; !failed && it != end;
       it.increment(failed)) {
    if (!is_temporary_name(it->path().filename().string(), begin)) continue;
    const std::string found = it->path().string();
    const Descriptor file(::open(found.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    struct stat status{};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(found.c_str());
  }
}

}  // namespace

Result<VersionedText> read_versioned(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT) return VersionedText{};
  struct stat status{};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return io_failure("cannot read", path);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::Io, path + " is not a regular file");
  auto text = read_all(file.get(), path);
  if (!text) return std::unexpected(text.error());
  VersionedText read;
  read.version.exists = true;
  read.version.size = text->size();
  read.version.modified =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  read.version.digest = sha256(*text);
  read.text = std::move(*text);
  return read;
}

Result<WriterLock> WriterLock::take(const std::string& folder, std::chrono::milliseconds patience) {
  const std::string name = folder.empty() ? "." : folder;
  const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return io_failure("cannot lock", name);
  WriterLock lock(fd);
  constexpr std::chrono::milliseconds kStep{20};
  for (auto waited = std::chrono::milliseconds(0);; waited += kStep) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) return io_failure("cannot lock", name);
    if (waited >= patience) {
      return fail(ErrorKind::Overloaded, "another program is changing the files in " + name);
    }
    std::this_thread::sleep_for(kStep);
  }
}

WriterLock::WriterLock(WriterLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

WriterLock& WriterLock::operator=(WriterLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

WriterLock::~WriterLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> replace_file(const std::string& path, std::string_view text,
                          const FileVersion& expected) {
  const auto target = real_path(path);
  if (!target) return std::unexpected(target.error());
  const std::string folder = parent_of(*target);
  if (auto made = create_folders(folder); !made) return made;

  remove_leftovers(*target);
  TemporaryFile temporary(temporary_name(*target));
  if (temporary.fd() < 0) return io_failure("cannot create", temporary.path());
  struct stat old{};
  const bool is_there = ::stat(target->c_str(), &old) == 0;
  if (is_there) {
    if (auto kept = keep_owner_and_mode(temporary.fd(), old, *target); !kept) return kept;
  } else if (::fchmod(temporary.fd(), kNewFileMode) != 0) {
    return io_failure("cannot set the mode of", temporary.path());
  }
  if (auto written = write_all(temporary.fd(), text, temporary.path()); !written) return written;

  // As late as possible: what happens between here and the rename goes unnoticed.
  const auto now = read_versioned(*target);
  if (!now) return std::unexpected(now.error());
  if (now->version != expected || is_there != expected.exists) {
    return fail(ErrorKind::Overloaded, path + " was changed by somebody else: try again");
  }
  if (auto renamed = temporary.rename_to(*target); !renamed) return renamed;
  flush_folder(folder);
  return {};
}

Result<void> remove_file(const std::string& path) {
  const auto target = real_path(path);
  if (!target) return std::unexpected(target.error());
  if (::unlink(target->c_str()) != 0) return io_failure("cannot remove", *target);
  flush_folder(parent_of(*target));
  return {};
}

}  // namespace fastgate::config
