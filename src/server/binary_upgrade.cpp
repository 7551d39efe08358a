#include "server/binary_upgrade.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fastgate::server {
namespace {

/// Most that is kept of what the new process says.
constexpr std::size_t kMostHeard = 64U << 10;

std::string inheritance_text(int channel, const std::vector<InheritedSocket>& sockets) {
  std::string text = std::string(kInheritanceVariable) + "=" + std::to_string(channel);
  for (const InheritedSocket& socket : sockets) {
    text += ";" + std::to_string(socket.socket.descriptor()) + "," + std::to_string(socket.port) +
            "," + socket.host;
  }
  return text;
}

/// Pointers into `texts` as execve(2) wants them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The attributes and file actions of one posix_spawn().
class SpawnSettings {
 public:
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // Not this process's blocked and ignored signals: whatever program it is, it can be ended.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t ignored;
    sigemptyset(&ignored);
    sigaddset(&ignored, SIGPIPE);
    sigaddset(&ignored, SIGXFSZ);
    posix_spawnattr_setsigdefault(&attributes_, &ignored);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  /// Copying a descriptor onto itself only takes its close-on-exec mark away.
  void keep_open(int fd) { posix_spawn_file_actions_adddup2(&actions_, fd, fd); }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

Result<pid_t> spawn(const Launch& launch, int channel, const Bequest& bequest) {
  SpawnSettings settings;
  settings.keep_open(channel);
  for (const InheritedSocket& socket : bequest.sockets)
    settings.keep_open(socket.socket.descriptor());
  std::vector<std::string> arguments = launch.arguments;
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) variables.emplace_back(*entry);
  variables.push_back(inheritance_text(channel, bequest.sockets));
  variables.push_back(std::string(kStateFolderVariable) + "=" + bequest.state_folder);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, launch.program.c_str(), settings.actions(), settings.attributes(),
                    pointers_to(arguments).data(), pointers_to(variables).data());
  if (failed != 0) {
    return fail(ErrorKind::Io, "cannot start " + launch.program + ": " + std::strerror(failed));
  }
  return pid;
}

std::string end_text(int status) {
  if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
  return "it ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Launch Launch::of(std::vector<std::string> arguments) {
  Launch launch;
  launch.arguments = std::move(arguments);
  std::error_code error;
  const bool has_path =
      !launch.arguments.empty() && launch.arguments[0].find('/') != std::string::npos;
  launch.program = has_path ? std::filesystem::absolute(launch.arguments[0], error)
                            : std::filesystem::read_symlink("/proc/self/exe", error);
  return launch;
}

Result<std::unique_ptr<BinaryUpgrade>> BinaryUpgrade::start(const Launch& launch,
                                                            const Bequest& bequest,
                                                            const net::TlsTicketKeys& keys,
                                                            MonotonicTime now) {
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(ErrorKind::Io, std::string("cannot make a channel: ") + std::strerror(errno));
  }
  const Result<pid_t> pid = spawn(launch, ends[1], bequest);
  ::close(ends[1]);
  if (!pid) {
    ::close(ends[0]);
    return std::unexpected(pid.error());
  }
  static_cast<void>(
      ::send(ends[0], keys.bytes().data(), keys.bytes().size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  return std::unique_ptr<BinaryUpgrade>(new BinaryUpgrade(*pid, ends[0], now + launch.patience));
}

BinaryUpgrade::~BinaryUpgrade() {
  if (stage_ != Stage::Serving) kill_and_reap();
  ::close(channel_);
}

BinaryUpgrade::Stage BinaryUpgrade::look(MonotonicTime now) {
  if (stage_ == Stage::Serving || stage_ == Stage::Failed) return stage_;
  read_channel();
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) {
    is_reaped_ = true;
    read_channel();
    // Also one that served for a moment: nothing has been given up yet.
    fail_with(end_text(status));
  } else if (stage_ != Stage::Serving && now >= deadline_) {
    fail_with(is_silent_ ? "it does not end" : "it takes too long");
  }
  return stage_;
}

void BinaryUpgrade::read_channel() {
  char piece[4096];
  while (!is_silent_) {
    const ssize_t count = ::recv(channel_, piece, sizeof piece, MSG_DONTWAIT);
    if (count < 0) {
      is_silent_ = errno != EAGAIN && errno != EINTR;
      return;
    }
    is_silent_ = count == 0;
    if (heard_.size() < kMostHeard) heard_.append(piece, static_cast<std::size_t>(count));
    for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
      take_line(std::string_view(heard_).substr(0, end));
      heard_.erase(0, end + 1);
    }
  }
}

void BinaryUpgrade::take_line(std::string_view line) {
  if (line == kSayLoaded && stage_ == Stage::Starting) stage_ = Stage::Loaded;
  if ((line == kSayServing || line == kSayServingSome) && stage_ == Stage::Going) {
    inherited_use_ = line == kSayServing ? InheritedUse::All : InheritedUse::Some;
    stage_ = Stage::Serving;
  }
  if (line.starts_with(kSayFailed)) reasons_.emplace_back(line.substr(kSayFailed.size()));
}

void BinaryUpgrade::go(MonotonicTime now) {
  stage_ = Stage::Going;
  deadline_ = now + kGoPatience;
  const std::string text = std::string(kSayGo) + '\n';
  static_cast<void>(::send(channel_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

void BinaryUpgrade::fail_with(std::string reason) {
  stage_ = Stage::Failed;
  reasons_.push_back(std::move(reason));
  kill_and_reap();
}

void BinaryUpgrade::kill_and_reap() {
  if (std::exchange(is_reaped_, true)) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace fastgate::server
