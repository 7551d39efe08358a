/// What reaches the main thread: signals, and reports of workers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace fastgate::server {

enum class Event : std::uint8_t {
  Reload,      ///< HUP
  ReopenLogs,  ///< USR1
  Upgrade,     ///< USR2
  Drain,       ///< QUIT
  Stop,        ///< TERM, INT
  WorkerDone,  ///< a drained worker has no connection left
};

/// Any thread pushes, the main thread takes. Equal reloads, reopens and upgrades that wait are one.
class EventQueue {
 public:
  void push(Event event);
  /// Waits for the next event.
  [[nodiscard]] Event take();
  /// Waits at most so long.
  [[nodiscard]] std::optional<Event> take_for(std::chrono::milliseconds timeout);

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Event> events_;
};

}  // namespace fastgate::server
