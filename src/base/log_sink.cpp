#include "base/log_sink.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_check.h"

namespace fastgate {
namespace {

constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;
/// What is kept for reuse: a few batches of the size that writers send.
constexpr std::size_t kMaxSpare = 8;
constexpr std::size_t kMaxSpareCapacity = 256U << 10;
/// How long the reader of a pipe may take nothing before batches are dropped.
constexpr std::chrono::milliseconds kMaxStall{5000};

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

/// The memory a waiting batch holds on to.
std::size_t cost_of(const std::string& batch) {
  return batch.capacity() + sizeof batch;
}

std::unexpected<Error> cannot(std::string_view verb, const std::string& path, int error) {
  return fail(ErrorKind::Io, "cannot " + std::string(verb) + " " + path + ": " + reason_of(error));
}

Result<void> create_folders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), kFolderMode) == 0 || errno == EEXIST) continue;
    const int error = errno;
    // A folder that is there may still answer EACCES or EROFS to mkdir.
    struct stat status{};
    if (stat(folder.c_str(), &status) != 0) return cannot("create folder", folder, error);
  }
  return {};
}

/// -1 for what is a file's path. A path below /dev would not open where it stands for a socket.
int standard_descriptor(const std::string& path) {
  if (path == "-" || path == LogSink::kStandardError) return STDERR_FILENO;
  return path == LogSink::kStandardOutput ? STDOUT_FILENO : -1;
}

/// -1 with errno where it cannot be. O_NONBLOCK means nothing to a regular file, and bounds every
/// wait for the reader of a named pipe.
int open_to_append(const std::string& path, int further_flags) {
  const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | further_flags;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags, kFileMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Result<int> open_file(const std::string& path) {
  if (auto created = create_folders(path); !created) return std::unexpected(created.error());
  const int fd = open_to_append(path, O_CREAT);
  if (fd < 0) return cannot("open log file", path, errno);
  return fd;
}

Result<void> check_path(const std::string& path) {
  if (path.empty()) return fail(ErrorKind::Io, "cannot open log file: its path is empty");
  if (path.find('\0') != std::string::npos) {
    return fail(ErrorKind::Io, "cannot open log file: its path holds a zero byte");
  }
  return {};
}

/// Signals are the main thread's, and a pipe without a reader must fail a write, not end the
/// process.
void block_signals() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&signals, fault);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

Result<std::unique_ptr<LogSink>> LogSink::open(const std::string& path) {
  if (path == "off") return std::make_unique<LogSink>(Opened{path, Target::Nothing, -1});
  if (const Result<void> checked = check_path(path); !checked) {
    return std::unexpected(checked.error());
  }
  std::unique_ptr<LogSink> sink;
  if (const int standard = standard_descriptor(path); standard >= 0) {
    sink = std::make_unique<LogSink>(Opened{path, Target::Standard, standard});
  } else {
    const auto fd = open_file(path);
    if (!fd) return std::unexpected(fd.error());
    sink = std::make_unique<LogSink>(Opened{path, Target::File, *fd});
  }
  try {
    sink->start();
  } catch (const std::system_error& error) {
    return fail(ErrorKind::Io, "cannot start the thread of log file " + path + ": " + error.what());
  }
  return sink;
}

Result<void> LogSink::check(const std::string& path) {
  if (path == "off" || standard_descriptor(path) >= 0) return {};
  if (Result<void> checked = check_path(path); !checked) return checked;
  const int fd = open_to_append(path, 0);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno != ENOENT) return cannot("open log file", path, errno);
  return check_creation(path, "open log file");
}

LogSink::LogSink(Opened opened)
    : path_(std::move(opened.path)), target_(opened.target), fd_(opened.fd) {
  note_file();
}

void LogSink::start() {
  thread_ = std::thread([this] { run(); });
}

LogSink::~LogSink() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  if (target_ == Target::File) ::close(fd_);
}

void LogSink::submit(std::string& batch) {
  if (batch.empty()) return;
  if (target_ == Target::Nothing) {
    batch.clear();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    const std::size_t cost = cost_of(batch);
    if (waiting_bytes_ + cost > kMaxWaiting) {
      ++dropped_;
      last_failure_ = "cannot write to " + path_ + " as fast as lines come";
      batch.clear();
      return;
    }
    waiting_bytes_ += cost;
    ++submitted_;
    waiting_.push_back(std::move(batch));
    batch.clear();
    if (!spare_.empty()) {
      batch.swap(spare_.back());
      spare_.pop_back();
    }
  }
  wake_.notify_one();
}

void LogSink::reopen() {
  if (target_ != Target::File) return;
  {
    const std::lock_guard lock(mutex_);
    // Two marks in a row do what one does; so their number is bounded by that of the batches.
    if (!waiting_.empty() && waiting_.back().empty()) return;
    waiting_.emplace_back();
    ++submitted_;
  }
  wake_.notify_one();
}

bool LogSink::is_replaced() const {
  struct stat status{};
  if (target_ != Target::File || ::stat(path_.c_str(), &status) != 0) return false;
  const std::lock_guard lock(mutex_);
  return status.st_dev != device_ || status.st_ino != inode_;
}

void LogSink::note_file() {
  struct stat status{};
  if (target_ != Target::File || ::fstat(fd_, &status) != 0) return;
  const std::lock_guard lock(mutex_);
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

void LogSink::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = submitted_;
  idle_.wait(lock, [&] { return consumed_ >= target; });
}

LogSinkFacts LogSink::facts() const {
  const std::lock_guard lock(mutex_);
  return {.is_failing = is_refused_ || is_reopen_failed_,
          .dropped = dropped_,
          .last_failure = last_failure_};
}

void LogSink::run() {
  block_signals();
  std::vector<std::string> taken;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !waiting_.empty() || is_ending_; });
      if (waiting_.empty()) return;
      taken.swap(waiting_);
    }
    for (std::string& batch : taken) {
      const std::size_t cost = batch.empty() ? 0 : cost_of(batch);
      consume(batch);
      give_back(batch, cost);
    }
    taken.clear();
    idle_.notify_all();
  }
}

void LogSink::give_back(std::string& batch, std::size_t cost) {
  batch.clear();
  const bool is_reusable = cost != 0 && batch.capacity() <= kMaxSpareCapacity;
  const std::lock_guard lock(mutex_);
  waiting_bytes_ -= cost;
  ++consumed_;
  if (is_reusable && spare_.size() < kMaxSpare) spare_.push_back(std::move(batch));
}

void LogSink::consume(std::string& batch) {
  if (batch.empty()) return reopen_file();
  if (is_line_open_) batch.insert(0, 1, '\n');
  write_all(batch);
}

void LogSink::write_all(const std::string& batch) {
  // Standard output and error are shared, so they cannot be made non-blocking; a pipe that has room
  // takes PIPE_BUF bytes without blocking.
  const bool is_shared = target_ == Target::Standard;
  const std::size_t most = is_shared ? PIPE_BUF : batch.size();
  std::string_view rest = batch;
  while (!rest.empty()) {
    if (is_shared && !wait_for_room()) return note_refused(write_error(ETIMEDOUT));
    const ssize_t written = ::write(fd_, rest.data(), std::min(rest.size(), most));
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      is_line_open_ = !rest.empty();
      is_stalled_ = false;
      continue;
    }
    const int error = written < 0 ? errno : EIO;
    if (error == EINTR || (error == EAGAIN && wait_for_room())) continue;
    return note_refused(write_error(error == EAGAIN ? ETIMEDOUT : error));
  }
  note_written();
}

bool LogSink::wait_for_room() {
  pollfd waiting{fd_, POLLOUT, 0};
  // Only the first batch waits for a reader that stands still; so the end of the sink is bounded.
  const int most = is_stalled_ ? 0 : static_cast<int>(kMaxStall.count());
  int ready = 0;
  do {
    ready = poll(&waiting, 1, most);
  } while (ready < 0 && errno == EINTR);
  is_stalled_ = ready <= 0;
  return ready > 0;
}

std::string LogSink::write_error(int error) const {
  return "cannot write to " + path_ + ": " + reason_of(error);
}

void LogSink::reopen_file() {
  const auto fd = open_file(path_);
  {
    const std::lock_guard lock(mutex_);
    is_reopen_failed_ = !fd;
    if (!fd) last_failure_ = fd.error().text;
  }
  if (!fd) return;
  ::close(fd_);
  fd_ = *fd;
  note_file();
  is_stalled_ = false;
  // Where nothing was renamed it is the same file again, and its half line is still there.
  is_line_open_ = is_line_open_ && lseek(fd_, 0, SEEK_END) > 0;
}

void LogSink::note_written() {
  const std::lock_guard lock(mutex_);
  is_refused_ = false;
}

void LogSink::note_refused(std::string reason) {
  const std::lock_guard lock(mutex_);
  is_refused_ = true;
  last_failure_ = std::move(reason);
  ++dropped_;
}

}  // namespace fastgate
