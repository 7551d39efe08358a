/// The process: its workers, logs, listeners and the configuration in force; signals and reloads.
///
/// Lives on run()'s stack in the main thread. It wires everything by constructor; there is no
/// global.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "admin/admin_parts.h"
#include "admin/process_facts.h"
#include "base/app_log.h"
#include "base/clock.h"
#include "gateway/limit_book.h"
#include "server/config_desk.h"
#include "server/event_queue.h"
#include "server/generation.h"
#include "server/listeners.h"
#include "server/log_files.h"
#include "server/pid_file.h"
#include "server/saved_state.h"
#include "server/signals.h"
#include "server/worker.h"

namespace fastgate::server {

struct ServerOptions {
  ConfigPlace place;
  std::string version;
};

class Server final : public admin::ProcessFactsSource, public GenerationKeeper {
 public:
  explicit Server(ServerOptions options);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Runs until a signal ends it. Returns the exit status; what keeps it from starting is printed
  /// to standard error.
  [[nodiscard]] int run();

  // ProcessFactsSource: called by workers.
  [[nodiscard]] admin::HealthFacts health_facts() const override;
  [[nodiscard]] record::Recorder::ProcessFacts metric_facts() const override;
  [[nodiscard]] std::vector<const record::Recorder*> recorders() const override;

  // GenerationKeeper: main thread.
  [[nodiscard]] const std::shared_ptr<Generation>& running() const override { return running_; }
  [[nodiscard]] Result<void> put_in_force(std::shared_ptr<Generation> next,
                                          const std::function<Result<void>()>& commit) override;
  [[nodiscard]] admin::ReloadOutcome load_again() override;

 private:
  [[nodiscard]] bool start();
  void prepare_state(std::size_t workers);
  [[nodiscard]] bool start_workers(ListenerPlan plan);
  void serve();
  void reopen_logs();
  void drain();
  void stop_workers();
  void add_local_services(Generation& generation) const;
  void run_task();
  void note_in_force();
  void report(const config::Diagnostics& diagnostics);
  void free_retired();
  void save_state();
  void raise_descriptor_limit();

  ServerOptions options_;
  SystemClock clock_;
  WallTime started_;
  LogFiles files_;
  AppLog log_;
  EventQueue events_;
  std::unique_ptr<SignalThread> signals_;
  gateway::LimitBook limits_;
  gateway::FailureGuard failure_guard_;
  std::unique_ptr<gateway::KeyUsageBook> usage_;
  std::unique_ptr<SavedState> saved_state_;
  MonotonicTime state_saved_{};
  bool state_is_saved_ = true;  ///< the last time went well
  SharedParts shared_;
  ConfigDesk desk_;
  std::unique_ptr<admin::AdminParts> admin_;  ///< its lanes stop before the loops end
  Listeners listeners_;
  PidFile pid_file_;
  std::shared_ptr<Generation> running_;
  std::vector<std::shared_ptr<Generation>>
      retired_;  ///< until no worker uses them: freed here, not on a loop
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::uint64_t> reloads_ok_{0};
  std::atomic<std::uint64_t> reloads_failed_{0};
  std::atomic<std::int64_t> last_reload_ns_{0};
  std::atomic<std::uint64_t> snapshots_alive_{1};
  std::atomic<std::uint64_t> routes_{0};
  std::atomic<std::uint64_t> keys_{0};
  std::atomic<bool> is_draining_{false};
};

}  // namespace fastgate::server
