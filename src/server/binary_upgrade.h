/// USR2: a new binary that is started beside this process and takes over from it.
///
/// Owned by the server from the signal until the new process serves or has failed; main thread.
/// The other side is Inheritance.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"
#include "net/tls.h"
#include "server/inheritance.h"

namespace fastgate::server {

/// How this process was started, to start another one in the same way.
struct Launch {
  static constexpr std::chrono::seconds kPatience{30};
  std::string program;                            ///< absolute
  std::vector<std::string> arguments;             ///< the program's name first
  std::chrono::milliseconds patience{kPatience};  ///< until the new process must serve

  /// `arguments` are main()'s. The program is the path that it was called by, so that a changed
  /// link is followed; a name without a folder stands for the file that runs now.
  [[nodiscard]] static Launch of(std::vector<std::string> arguments);
};

class BinaryUpgrade {
 public:
  enum class Stage : std::uint8_t {
    Starting,  ///< the new process reads its configuration
    Loaded,    ///< it waits for go()
    Going,
    Serving,
    Failed,
  };

  /// New connections wait meanwhile.
  static constexpr std::chrono::seconds kGoPatience{5};

  /// Starts the program with the sockets of `bequest` open in it. Errors: Io if that cannot be
  /// done.
  [[nodiscard]] static Result<std::unique_ptr<BinaryUpgrade>> start(const Launch& launch,
                                                                    const Bequest& bequest,
                                                                    const net::TlsTicketKeys& keys,
                                                                    MonotonicTime now);
  /// Ends a new process that does not serve.
  ~BinaryUpgrade();
  BinaryUpgrade(const BinaryUpgrade&) = delete;
  BinaryUpgrade& operator=(const BinaryUpgrade&) = delete;

  /// What has become of it. Does not wait.
  [[nodiscard]] Stage look(MonotonicTime now);
  /// The state is saved, the new process may restore it and serve, within kGoPatience.
  void go(MonotonicTime now);
  /// Of a new process that serves.
  [[nodiscard]] InheritedUse inherited() const { return inherited_use_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Why it failed, the new process's own words first.
  [[nodiscard]] const std::vector<std::string>& reasons() const { return reasons_; }

 private:
  BinaryUpgrade(pid_t pid, int channel, MonotonicTime deadline)
      : pid_(pid), channel_(channel), deadline_(deadline) {}
  void read_channel();
  void take_line(std::string_view line);
  void fail_with(std::string reason);
  void kill_and_reap();

  pid_t pid_;
  int channel_;
  MonotonicTime deadline_;
  Stage stage_ = Stage::Starting;
  bool is_reaped_ = false;
  bool is_silent_ = false;  ///< the channel is at its end
  InheritedUse inherited_use_ = InheritedUse::All;
  std::string heard_;
  std::vector<std::string> reasons_;
};

}  // namespace fastgate::server
