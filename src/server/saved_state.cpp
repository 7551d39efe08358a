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
constexpr std::string_view kRest = "usage.rest.";
constexpr std::string_view kUnfinished = ".new";

/// Errors: Io; there is no error in a file that is missing.
Result<std::string> read_whole(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return {};
  if (error) return fail(ErrorKind::Io, error.message());
  if (size > kMostRead) return fail(ErrorKind::Io, "it is larger than 64 MiB");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::Io, std::strerror(errno));
  return std::string(std::istreambuf_iterator<char>(file), {});
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
  limits_.restore(read(folders_.front() + "/limits.state"), now);
  usage_.restore(read(folders_.front() + "/usage.state"));
  take_rests();
}

void SavedState::move_to(std::string folder) {
  if (folder == folders_.back()) return;
  std::erase(folders_, folder);
  folders_.push_back(std::move(folder));
  last_limits_.clear();
  last_usage_.clear();
}

std::string SavedState::read(const std::string& path) {
  Result<std::string> text = read_whole(path);
  if (text) return std::move(*text);
  log_.warn("saved state is not read", {{"file", path}, {"error", text.error().text}});
  return {};
}

Result<void> SavedState::save(WallTime now) {
  take_rests();
  if (Result<void> done = write("limits.state", limits_.save(now), last_limits_); !done)
    return done;
  return write("usage.state", usage_.save(), last_usage_);
}

Result<void> SavedState::hand_over(WallTime now) {
  Result<void> done = save(now);
  handed_over_ = std::make_unique<gateway::KeyUsageBook>(0);
  handed_over_->restore(last_usage_);
  return done;
}

Result<void> SavedState::save_rest() {
  auto known = std::make_unique<gateway::KeyUsageBook>(0);
  known->restore(usage_.save());
  const std::string rest = known->save_beyond(*handed_over_);
  if (rest.empty()) return {};
  std::string none;
  const std::string name =
      std::string(kRest) + std::to_string(::getpid()) + "." + std::to_string(rests_);
  if (Result<void> done = write(name, rest, none); !done) return done;
  ++rests_;
  handed_over_ = std::move(known);
  return {};
}

void SavedState::take_rests() {
  for (const std::string& folder : folders_) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      const std::string name = entry->path().filename();
      if (!name.starts_with(kRest) || name.ends_with(kUnfinished)) continue;
      const std::string text = read(entry->path());
      // Deleted first: what is added twice would be worse than what is lost in a crash right here.
      std::error_code failed;
      if (std::filesystem::remove(entry->path(), failed)) usage_.restore(text);
    }
  }
}

Result<void> SavedState::write(const std::string& name, const std::string& text,
                               std::string& last) {
  if (text == last) return {};
  std::error_code ignored;
  std::filesystem::create_directories(folder(), ignored);
  const std::string path = folder() + "/" + name;
  const std::string temporary = path + std::string(kUnfinished);
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
