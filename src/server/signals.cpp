#include "server/signals.h"

#include <pthread.h>
#include <signal.h>

namespace fastgate::server {
namespace {

/// Ends the thread; real-time signals are used by nobody else here.
int end_signal() {
  return SIGRTMIN;
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGTERM, SIGINT, end_signal()}) {
    sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow (RLIMIT_FSIZE) refuses a write as a full disk does.
  ::signal(SIGXFSZ, SIG_IGN);
}

SignalThread::SignalThread(EventQueue& events) : events_(events), thread_([this] { run(); }) {}

SignalThread::~SignalThread() {
  pthread_kill(thread_.native_handle(), end_signal());
  thread_.join();
}

void SignalThread::run() {
  const sigset_t set = watched_signals();
  while (true) {
    int signal = 0;
    if (sigwait(&set, &signal) != 0) continue;
    if (signal == end_signal()) return;
    switch (signal) {
      case SIGHUP:
        events_.push(Event::Reload);
        break;
      case SIGUSR1:
        events_.push(Event::ReopenLogs);
        break;
      case SIGUSR2:
        events_.push(Event::Upgrade);
        break;
      case SIGQUIT:
        events_.push(Event::Drain);
        break;
      default:
        events_.push(Event::Stop);
        break;
    }
  }
}

}  // namespace fastgate::server
