// USR2 in the life of the server: a new binary is started, watched, and served by or given up; the
// new process takes over.
#include <latch>
#include <mutex>
#include <utility>

#include <signal.h>

#include "server/server.h"
#include "server/setting_place.h"
#include "server/systemd.h"

namespace fastgate::server {

/// The last that can fail before this process serves; the one before it, if any, has then saved
/// what is restored here.
Result<void> Server::take_over() {
  if (inheritance_.is_there()) {
    if (Result<void> saved = inheritance_.wait_for_state(); !saved) return saved;
  }
  saved_state_->restore(clock_.wall_now());
  Result<PidFile> written =
      PidFile::write(options_.place.resolve(running_->snapshot->config.pid_file));
  if (!written) {
    written.error().text =
        setting_error(*running_, options_.place, {"pid_file"}, written.error().text);
    return std::unexpected(std::move(written.error()));
  }
  pid_file_ = std::move(*written);
  return {};
}

void Server::begin_upgrade() {
  if (upgrade_) return log_.warn("an upgrade is under way already");
  std::vector<WorkerListener> copies;
  std::mutex mutex;
  std::latch done(static_cast<std::ptrdiff_t>(workers_.size()));
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->copy_listeners([&](std::vector<WorkerListener> listeners) {
      {
        const std::lock_guard lock(mutex);
        std::move(listeners.begin(), listeners.end(), std::back_inserter(copies));
      }
      done.count_down();
    });
  }
  done.wait();
  const Bequest bequest{.sockets = listeners_.to_pass_on(std::move(copies)),
                        .state_folder = state_folder()};
  Result<std::unique_ptr<BinaryUpgrade>> started =
      BinaryUpgrade::start(options_.launch, bequest, *running_->ticket_keys, clock_.now());
  if (!started) return end_failed_upgrade({started.error().text});
  upgrade_ = std::move(*started);
  has_reloaded_meanwhile_ = false;
  log_.info("starting a new binary",
            {{"program", options_.launch.program}, {"pid", std::to_string(upgrade_->pid())}});
}

bool Server::advance_upgrade() {
  switch (upgrade_->look(clock_.now())) {
    case BinaryUpgrade::Stage::Starting:
    case BinaryUpgrade::Stage::Going:
      return false;
    case BinaryUpgrade::Stage::Loaded:
      hand_over();
      return false;
    case BinaryUpgrade::Stage::Failed:
      end_failed_upgrade(upgrade_->reasons());
      return false;
    case BinaryUpgrade::Stage::Serving:
      break;
  }
  has_successor_ = true;
  waiting_ = upgrade_->inherited() == InheritedUse::All ? Waiting::Leave : Waiting::Take;
  is_state_handed_over_ = false;
  const std::string pid = std::to_string(upgrade_->pid());
  log_.info("a new process serves", {{"pid", pid}});
  notify_service_manager("READY=1\nMAINPID=" + pid);
  // It may have read the configuration before it was changed.
  if (has_reloaded_meanwhile_) ::kill(upgrade_->pid(), SIGHUP);
  upgrade_.reset();
  return true;
}

/// From here to the end of the upgrade new connections wait in the kernel's queues, so that none is
/// counted after the state is saved.
void Server::hand_over() {
  std::latch done(static_cast<std::ptrdiff_t>(workers_.size()));
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->pause_listening([&done] { done.count_down(); });
  }
  done.wait();
  is_state_handed_over_ = true;
  if (Result<void> saved = saved_state_->hand_over(clock_.wall_now()); !saved) {
    log_.warn("the new process starts with older limits", {{"error", saved.error().text}});
  }
  upgrade_->go(clock_.now());
}

void Server::end_failed_upgrade(const std::vector<std::string>& reasons) {
  for (const std::string& reason : reasons) {
    log_.error("the new binary did not start", {{"error", reason}});
  }
  upgrade_.reset();
  if (std::exchange(is_state_handed_over_, false)) {
    for (const std::unique_ptr<Worker>& worker : workers_) worker->resume_listening();
  }
  saved_state_->take_back();
  // The new process may have written its own before it failed.
  pid_file_.renew();
  log_.info("upgrade given up; this process goes on");
}

}  // namespace fastgate::server
