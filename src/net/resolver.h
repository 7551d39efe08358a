/// Names into addresses without blocking, looked up again in the background.
///
/// One Resolver a loop. libuv's thread pool asks the system (getaddrinfo), so /etc/hosts and
/// resolv.conf are honoured. The system tells no lifetime of an answer; one is used for kFreshFor,
/// then still used while a new look-up runs, so that no request waits for a name twice.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/ip_address.h"
#include "net/loop.h"

namespace fastgate::net {

class Resolver {
 public:
  static constexpr std::chrono::seconds kFreshFor{5};
  static constexpr std::size_t kMaxNames = 4096;
  using Done = std::function<void(const Result<std::vector<IpAddress>>&)>;

  /// How often names are asked for.
  struct Pace {
    std::chrono::milliseconds fresh_for = kFreshFor;
    std::chrono::milliseconds suspect_every{1'000};  ///< a suspected name, at most
  };

  /// Starts libuv's threads. Without it the first look-up does, and ends the process if the system
  /// has none left for it by then. Once, on a thread that blocks all signals which it is to block.
  static void start_threads();

  explicit Resolver(Loop& loop) : Resolver(loop, Pace()) {}
  Resolver(Loop& loop, const Pace& pace);
  ~Resolver();

  /// The addresses known now (fresh or stale, in the system's order), without waiting; null if
  /// there are none yet: then use resolve(). An address text is its own answer. A stale entry
  /// starts a look-up in the background.
  [[nodiscard]] const std::vector<IpAddress>* lookup(const std::string& name);

  /// A waiting look-up; destroying it forgets the call.
  class Waiting {
   public:
    virtual ~Waiting() = default;
  };
  /// Calls `done` in a later turn. Waiting ones for the same name share one look-up. Errors:
  /// ConnectFailed, or Overloaded where this process has no descriptor left for it;
  /// RetrySafety::Always.
  [[nodiscard]] std::unique_ptr<Waiting> resolve(const std::string& name, Done done);

  /// Asks for a look-up although the entry is fresh: a connection to its address failed. At most
  /// once in Pace::suspect_every.
  void suspect(const std::string& name);

  /// Whether the system still owes an answer. The loop's end waits for it, however long the name
  /// servers say nothing.
  [[nodiscard]] bool is_asking() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fastgate::net
