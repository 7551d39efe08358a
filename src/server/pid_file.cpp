#include "server/pid_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include <signal.h>
#include <unistd.h>

#include "base/file_check.h"
#include "base/text.h"

namespace fastgate::server {
namespace {

constexpr std::string_view kWrite = "write the pid file";

std::optional<pid_t> pid_in(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return {};
  const std::optional<std::uint64_t> number = parse_decimal(trim(line));
  if (!number || *number == 0 || *number > INT32_MAX) return {};
  return static_cast<pid_t>(*number);
}

bool is_off(const std::string& path) {
  return path.empty() || path == "off";
}

std::unexpected<Error> cannot_write(const std::string& path, const std::error_code& error) {
  return fail(ErrorKind::Io, "cannot " + std::string(kWrite) + " " + path + ": " + error.message());
}

std::error_code write_pid(const std::string& path) {
  errno = EIO;
  std::ofstream file(path, std::ios::trunc);
  file << ::getpid() << '\n';
  file.close();
  return {file ? 0 : errno, std::generic_category()};
}

}  // namespace

Result<PidFile> PidFile::write(const std::string& path) {
  if (is_off(path)) return PidFile();
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  const std::string temporary = path + "." + std::to_string(::getpid());
  std::error_code error = write_pid(temporary);
  if (!error) std::filesystem::rename(temporary, path, error);
  if (error) {
    std::filesystem::remove(temporary, ignored);
    return cannot_write(path, error);
  }
  return PidFile(path);
}

Result<void> PidFile::check(const std::string& path) {
  if (is_off(path)) return {};
  return check_creation(path, kWrite);
}

PidFile::PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PidFile& PidFile::operator=(PidFile&& other) noexcept {
  if (this == &other) return *this;
  if (path_ != other.path_) remove();
  path_ = std::exchange(other.path_, {});
  return *this;
}

void PidFile::renew() {
  if (path_.empty()) return;
  // Its twin takes the file away at its end, so it must not see one.
  if (Result<PidFile> twin = write(path_)) twin->path_.clear();
}

PidFile::~PidFile() {
  remove();
}

void PidFile::remove() {
  if (path_.empty() || pid_in(path_) != ::getpid()) return;
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

Result<pid_t> PidFile::read(const std::string& path) {
  if (path == "off") return fail(ErrorKind::Io, "there is no pid file: `pid_file` is off");
  if (::access(path.c_str(), R_OK) != 0) {
    return fail(ErrorKind::Io, "cannot read the pid file " + path + ": " + std::strerror(errno));
  }
  const std::optional<pid_t> pid = pid_in(path);
  if (!pid) return fail(ErrorKind::Io, "the pid file " + path + " holds no process id");
  if (::kill(*pid, 0) != 0 && errno == ESRCH) {
    return fail(ErrorKind::Io,
                "the process " + std::to_string(*pid) + " of " + path + " is not running");
  }
  return *pid;
}

}  // namespace fastgate::server
