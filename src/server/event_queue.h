/// What reaches the main thread: signals, reports of workers, and work that others ask it to do.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
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
  Task,        ///< take_task() gives it
};

/// Whether a task is to be done, or only told that it will not be.
enum class TaskTurn : std::uint8_t { Run, Refused };
using Task = std::function<void(TaskTurn)>;

/// Any thread pushes, the main thread takes. Equal reloads, reopens and upgrades that wait are one.
class EventQueue {
 public:
  void push(Event event);
  /// The task is called once, on the main thread or, when refused, on any.
  void push_task(Task task);
  /// The oldest task; null if there is none.
  [[nodiscard]] Task take_task();
  /// Refuses all tasks that wait or come later.
  void refuse_tasks();
  /// Waits for the next event.
  [[nodiscard]] Event take();
  /// Waits at most so long.
  [[nodiscard]] std::optional<Event> take_for(std::chrono::milliseconds timeout);

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Event> events_;
  std::deque<Task> tasks_;
  bool refuses_tasks_ = false;
};

}  // namespace fastgate::server
