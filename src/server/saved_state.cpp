#include "server/saved_state.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

constexpr std::uintmax_t kMostRead = 64U << 20;

std::string read_whole(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > kMostRead) return {};
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void SavedState::restore(WallTime now) {
  limits_.restore(read_whole(folder_ + "/limits.state"), now);
  usage_.restore(read_whole(folder_ + "/usage.state"));
}

Result<void> SavedState::save(WallTime now) {
  if (Result<void> done = write("limits.state", limits_.save(now), last_limits_); !done)
    return done;
  return write("usage.state", usage_.save(), last_usage_);
}

Result<void> SavedState::write(const std::string& name, const std::string& text,
                               std::string& last) {
  if (text == last) return {};
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::string path = folder_ + "/" + name;
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                        S_IRUSR | S_IWUSR);
  bool is_written = fd >= 0 && write_whole(fd, text);
  if (fd >= 0) is_written = ::close(fd) == 0 && is_written;
  if (!is_written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::Io, "cannot save " + path + ": " + std::strerror(errno));
  }
  last = text;
  return {};
}

}  // namespace fastgate::server
