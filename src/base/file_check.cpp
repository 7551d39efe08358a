#include "base/file_check.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastgate {

Result<void> check_creation(const std::string& path, std::string_view what) {
  const auto cannot = [&](int error) {
    return fail(ErrorKind::Io, "cannot " + std::string(what) + " " + path + ": " +
                                   std::generic_category().message(error));
  };
  struct stat status{};
  if (path.ends_with('/') || (stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))) {
    return cannot(EISDIR);
  }
  std::string folder = path;
  while (true) {
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
    if (stat(folder.c_str(), &status) == 0) {
      if (!S_ISDIR(status.st_mode)) return cannot(ENOTDIR);
      if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
      return cannot(errno);
    }
    if (errno != ENOENT) return cannot(errno);
  }
}

}  // namespace fastgate
