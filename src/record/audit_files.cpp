#include "record/audit_files.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace fastgate::record {
namespace {

constexpr std::size_t kDayLength = 10;
constexpr const char* kDamagedEnd = ".damaged";

std::uint64_t size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

AuditFiles::AuditFiles(std::string sqlite_path) : catalog_(std::move(sqlite_path)) {
  const std::filesystem::path path(catalog_);
  folder_ = path.has_parent_path() ? path.parent_path().string() : ".";
  stem_ = path.stem().string() + "-";
  extension_ = path.extension().string();
}

std::string AuditFiles::path_of(SegmentName name) const {
  std::string path = folder_ + "/" + stem_ + text_of_day(name.day);
  if (name.slot != 0) path.append(".").append(std::to_string(name.slot));
  return path + extension_;
}

std::string AuditFiles::lock_path_of(std::uint32_t slot) const {
  return folder_ + "/" + stem_ + std::to_string(slot) + ".lock";
}

std::optional<SegmentName> AuditFiles::parse(std::string_view file_name) const {
  if (!file_name.starts_with(stem_) || !file_name.ends_with(extension_)) return std::nullopt;
  if (file_name.size() < stem_.size() + kDayLength + extension_.size()) return std::nullopt;
  file_name.remove_prefix(stem_.size());
  file_name.remove_suffix(extension_.size());
  const std::optional<AuditDay> day = parse_day(file_name.substr(0, kDayLength));
  if (!day) return std::nullopt;
  file_name.remove_prefix(kDayLength);
  if (file_name.empty()) return SegmentName{.day = *day, .slot = 0};
  if (file_name.front() != '.') return std::nullopt;
  const auto slot = parse_decimal(file_name.substr(1));
  if (!slot || *slot == 0 || *slot >= kSlots) return std::nullopt;
  return SegmentName{.day = *day, .slot = static_cast<std::uint32_t>(*slot)};
}

std::vector<SegmentName> AuditFiles::list() const {
  std::vector<SegmentName> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder_, error), end; !error && it != end;
       it.increment(error)) {
    const auto name = parse(it->path().filename().string());
    if (name) names.push_back(*name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t AuditFiles::bytes_of(SegmentName name) const {
  const std::string path = path_of(name);
  return size_of(path) + size_of(path + "-wal");
}

std::uint64_t AuditFiles::catalog_bytes() const {
  return size_of(catalog_) + size_of(catalog_ + "-wal");
}

void AuditFiles::remove(SegmentName name) const {
  const std::string path = path_of(name);
  // The log first: one that is left alone would be taken for that of a later file of this name.
  for (const char* suffix : {"-wal", "-shm", ""}) (void)::unlink((path + suffix).c_str());
}

void AuditFiles::set_aside(const std::string& path) {
  for (const char* suffix : {"-wal", ""}) {
    const std::string aside = path + kDamagedEnd + suffix;
    (void)::unlink(aside.c_str());
    (void)::rename((path + suffix).c_str(), aside.c_str());
  }
  (void)::unlink((path + "-shm").c_str());
}

ino_t inode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

bool is_gone(const std::string& path, ino_t inode) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return status.st_ino != inode;
  return errno == ENOENT || errno == ENOTDIR;
}

std::optional<SlotLock> SlotLock::try_claim(const AuditFiles& files, std::uint32_t slot) {
  const std::string path = files.lock_path_of(slot);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP);
  if (fd < 0) return std::nullopt;
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return std::nullopt;
  }
  return SlotLock(fd, slot);
}

std::optional<SlotLock> SlotLock::try_claim_any(const AuditFiles& files) {
  for (std::uint32_t slot = 0; slot < AuditFiles::kSlots; ++slot) {
    if (auto lock = try_claim(files, slot)) return lock;
  }
  return std::nullopt;
}

SlotLock::SlotLock(SlotLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), slot_(other.slot_) {}

SlotLock& SlotLock::operator=(SlotLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(slot_, other.slot_);
  return *this;
}

bool SlotLock::is_in_place(const AuditFiles& files) const {
  struct stat status{};
  return ::fstat(fd_, &status) != 0 || !is_gone(files.lock_path_of(slot_), status.st_ino);
}

SlotLock::~SlotLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace fastgate::record
