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
#include "server/audit_keeper.h"
#include "server/binary_upgrade.h"
#include "server/certificate_watch.h"
#include "server/config_desk.h"
#include "server/event_queue.h"
#include "server/generation.h"
#include "server/inheritance.h"
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
  Launch launch;
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
  /// After run(): the system still looks names up for it, which an orderly exit of the process
  /// would wait for.
  [[nodiscard]] bool is_held_up() const { return is_held_up_; }

  // ProcessFactsSource: called by workers.
  [[nodiscard]] admin::HealthFacts health_facts() const override;
  [[nodiscard]] record::Recorder::ProcessFacts metric_facts() const override;
  [[nodiscard]] std::vector<const record::Recorder*> recorders() const override;
  [[nodiscard]] admin::StatusFacts status_facts() const override;
  [[nodiscard]] admin::StoreFacts store_facts() const override;
  [[nodiscard]] upstream::ServerReport server_report() const override;
  void append_further_metrics(std::string& out) const override;

  // GenerationKeeper: main thread.
  [[nodiscard]] const std::shared_ptr<Generation>& running() const override { return running_; }
  [[nodiscard]] Result<void> put_in_force(std::shared_ptr<Generation> next,
                                          const std::function<Result<void>()>& commit) override;
  [[nodiscard]] admin::ReloadOutcome load_again(const admin::ChangeOrigin& origin) override;

 private:
  [[nodiscard]] bool start();
  /// The system's files, what was parsed of them before with them.
  [[nodiscard]] config::Sources sources();
  void prepare_state(std::size_t workers);
  [[nodiscard]] Result<void> make_workers(std::size_t count);
  [[nodiscard]] Result<void> take_over();
  void start_workers(ListenerPlan plan);
  /// Prints why the process does not start; the process before this one hears it too.
  void report_failed_start(const std::string& text);
  void serve();
  void take_event(Event event);
  void begin_upgrade();
  /// Returns whether a new process serves, so that this one shall drain.
  [[nodiscard]] bool advance_upgrade();
  void hand_over();
  void end_failed_upgrade(const std::vector<std::string>& reasons);
  void reopen_logs();
  void drain();
  void stop_workers();
  /// Makes and finds what each worker uses of a generation, so that nothing of it is done on a
  /// loop.
  void prepare_for_workers(Generation& generation, std::size_t workers);
  void tell_of_closed_admin();
  void note_in_force();
  [[nodiscard]] std::string state_folder() const;
  void note_reload(const admin::ChangeOrigin& origin, const Generation& before);
  void report(const config::Diagnostics& diagnostics);
  void free_retired();
  void save_state();
  void raise_descriptor_limit();

  ServerOptions options_;
  SystemClock clock_;
  WallTime started_;
  LogFiles files_;
  AppLog log_;
  upstream::OutageLog outages_{log_};
  CertificateWatch certificates_{clock_, log_};
  AuditKeeper audit_{clock_, log_};
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
  Inheritance inheritance_;
  std::unique_ptr<BinaryUpgrade> upgrade_;  ///< while a new binary starts
  bool has_reloaded_meanwhile_ = false;     ///< since the upgrade began
  bool reload_waits_ = false;               ///< HUP came while a new binary starts
  bool is_state_handed_over_ = false;       ///< to a new process that does not serve yet
  bool has_successor_ = false;              ///< a new process serves
  bool drains_after_upgrade_ = false;       ///< QUIT came meanwhile: whatever becomes of it
  bool is_held_up_ = false;                 ///< at the end
  Waiting waiting_ = Waiting::Take;         ///< at the drain
  Listeners listeners_;
  PidFile pid_file_;
  std::shared_ptr<Generation> running_;
  std::vector<std::shared_ptr<Generation>>
      retired_;  ///< until no worker uses them: freed here, not on a loop
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::uint64_t> reloads_ok_{0};
  std::atomic<std::uint64_t> reloads_failed_{0};
  std::atomic<std::int64_t> last_change_ns_{0};  ///< when a configuration took the place of another
  std::atomic<std::uint64_t> snapshots_alive_{1};
  std::atomic<std::uint64_t> routes_{0};
  std::atomic<std::uint64_t> keys_{0};
  std::atomic<bool> is_draining_{false};
};

}  // namespace fastgate::server
