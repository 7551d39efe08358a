// Another configuration in the life of the server: loaded, put in force on every worker, noted.
#include <filesystem>
#include <utility>

#include "server/aside.h"
#include "server/core_dumps.h"
#include "server/server.h"
#include "server/setting_place.h"
#include "server/systemd.h"

namespace fastgate::server {

admin::ReloadOutcome Server::load_again(const admin::ChangeOrigin& origin) {
  const std::shared_ptr<Generation> before = running_;
  has_reloaded_meanwhile_ = true;
  notify_service_manager("RELOADING=1");
  config::Diagnostics diagnostics;
  std::shared_ptr<Generation> next;
  run_aside([&] {
    next = build_generation(options_.place, sources(), running_.get(), diagnostics);
    desk_.trees().forget_unused();
  });
  report(diagnostics);
  Result<void> done;
  if (next) {
    done = put_in_force(next, [] { return Result<void>(); });
  } else {
    done = fail(ErrorKind::Config, "the configuration has errors; nothing was changed");
  }
  if (done) {
    ++reloads_ok_;
    note_reload(origin, *before);
    log_.info("configuration reloaded",
              {{"generation", std::to_string(running_->snapshot->generation)},
               {"routes", std::to_string(running_->snapshot->routes.size())}});
  } else {
    ++reloads_failed_;
    log_.error("configuration rejected", {{"error", done.error().text}});
  }
  notify_service_manager("READY=1");
  admin::ReloadOutcome outcome{.ok = done.has_value(),
                               .generation = running_->snapshot->generation,
                               .errors = admin::findings_of(diagnostics, admin::Findings::All)};
  if (!done && next) {
    outcome.errors.push_back({.field = {}, .message = done.error().text, .file = {}});
  }
  desk_.note_reload({.time = clock_.wall_now(), .outcome = outcome});
  return outcome;
}

Result<void> Server::put_in_force(std::shared_ptr<Generation> next,
                                  const std::function<Result<void>()>& commit) {
  has_reloaded_meanwhile_ = true;
  const std::vector<WantedListener> wanted = wanted_listeners(next->snapshot->config);
  if (upgrade_ && !listeners_.are_open(wanted)) {
    return fail(ErrorKind::Overloaded,
                "a new process starts, which may open the same address: `listen` can be added to "
                "once it serves or has failed");
  }
  if (Result<void> opened = open_logs(*next, options_.place, files_); !opened) return opened;
  const config::ServerConfig& settings = next->snapshot->config.server;
  Result<ListenerPlan> sockets = listeners_.plan(wanted, workers_.size());
  if (!sockets) return std::unexpected(std::move(sockets.error()));
  Result<PidFile> moved = PidFile();
  const std::string pid_path = options_.place.resolve(next->snapshot->config.pid_file);
  const bool moves_pid_file = pid_path != pid_file_.path();
  if (moves_pid_file) moved = PidFile::write(pid_path);
  if (!moved) {
    moved.error().text = setting_error(*next, options_.place, {"pid_file"}, moved.error().text);
    return std::unexpected(std::move(moved.error()));
  }
  Result<void> committed = audit_.prepare(next->snapshot->config, options_.place);
  if (!committed) return committed;
  run_aside([&] {
    committed = commit();
    if (committed) prepare_for_workers(*next, workers_.size());
  });
  if (!committed) {
    audit_.give_up_next();
    return committed;
  }
  if (moves_pid_file) pid_file_ = std::move(*moved);
  if (worker_count(settings) != workers_.size()) {
    log_.warn("server.workers is read at the start only; restart to change it");
  }
  log_.redirect(next->recording.app_sink, next->recording.level);
  next->recording.audit = audit_.take(next->snapshot->config, options_.place);
  on_every_worker(workers_, [&](std::size_t, Worker& worker, std::function<void()> done) {
    worker.adopt(next, std::move(done));
  });
  on_every_worker(workers_, [&](std::size_t i, Worker& worker, std::function<void()> done) {
    worker.listen(std::move(sockets->to_open[i]), std::move(done));
  });
  for (const std::unique_ptr<Worker>& worker : workers_) worker->keep_listening_on(sockets->kept());
  listeners_.commit(*sockets);
  for (const std::string& address : sockets->new_addresses) {
    log_.info("listening", {{"address", address}});
  }
  files_.end_generation();
  audit_.end_previous();
  retired_.push_back(std::exchange(running_, std::move(next)));
  note_in_force();
  last_change_ns_ = clock_.wall_now().time_since_epoch().count();
  return {};
}

void Server::note_in_force() {
  set_core_dumps(running_->snapshot->config.server.core_dumps ? CoreDumps::Allowed
                                                              : CoreDumps::Forbidden);
  desk_.note_in_force(*running_);
  saved_state_->move_to(state_folder());
  usage_->keep_only(running_->snapshot->keys);
  routes_ = running_->snapshot->routes.size();
  keys_ = running_->snapshot->keys.keys().size();
}

/// Where the audit store is, or would be.
std::string Server::state_folder() const {
  const std::string store =
      options_.place.resolve(running_->snapshot->config.database.sqlite_path.value);
  const std::string folder = std::filesystem::path(store).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace fastgate::server
