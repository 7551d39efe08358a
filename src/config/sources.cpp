#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.h"

namespace fastgate::config {

namespace {

constexpr std::size_t kMaxSource = 64U << 20;

/// Closes a descriptor at the end of a scope.
class OpenFile {
 public:
  explicit OpenFile(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::unexpected<Error> io_failure(int code) {
  return fail(ErrorKind::Io, std::generic_category().message(code));
}

Result<std::string> read_whole_file(const std::string& path) {
  const OpenFile file(path.c_str());
  struct stat status{};
  if (file.fd() < 0 || ::fstat(file.fd(), &status) != 0) return io_failure(errno);
  // A pipe or a device could make the reading wait for ever.
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::Io, "not a regular file");
  std::string text;
  text.resize(std::min(static_cast<std::size_t>(status.st_size), kMaxSource) + 1);
  std::size_t length = 0;
  while (true) {
    if (length > kMaxSource) return fail(ErrorKind::Io, "larger than 64 MiB");
    if (length == text.size()) text.resize(std::min(text.size() * 2, kMaxSource + 1));
    const ssize_t got = ::read(file.fd(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_failure(errno);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  text.resize(length);
  return text;
}

std::vector<std::string> find_paths(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::sort(paths.begin(), paths.end());  // by bytes: the same in every locale
  return paths;
}

std::optional<std::string> read_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Sources Sources::system() {
  return {.read_file = read_whole_file,
          .glob = find_paths,
          .environment = read_variable,
          .now = SystemClock().wall_now()};
}

}  // namespace fastgate::config
