/// Signals as events: a thread of its own waits for them, so that no code ever runs in a handler.
#pragma once

#include <thread>

#include "server/event_queue.h"

namespace fastgate::server {

/// Blocks HUP, USR1, USR2, QUIT, TERM and INT for this thread and all that it starts, and ignores
/// PIPE and XFSZ. Call before any other thread is made.
void block_signals();

/// Waits for the blocked signals until destroyed. Owned by the server; `events` outlives it.
class SignalThread {
 public:
  explicit SignalThread(EventQueue& events);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void run();
  EventQueue& events_;
  std::thread thread_;
};

}  // namespace fastgate::server
