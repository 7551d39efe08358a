#include "server/server.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>

#include "admin/process_metrics.h"
#include "net/resolver.h"
#include "server/aside.h"
#include "server/systemd.h"

namespace fastgate::server {
namespace {

/// How long a drained or stopped process waits for its main loop's next look.
constexpr std::chrono::milliseconds kLook{200};
/// How often a new binary that starts is looked at.
constexpr std::chrono::milliseconds kUpgradeLook{20};

}  // namespace

Server::Server(ServerOptions options)
    : options_(std::move(options)),
      started_(clock_.wall_now()),
      log_(clock_, nullptr, LogLevel::Info),
      desk_(options_.place, events_, *this),
      inheritance_(Inheritance::take()),
      listeners_(take_activated_sockets(), inheritance_.take_sockets()) {}

Server::~Server() = default;

int Server::run() {
  block_signals();
  raise_descriptor_limit();
  if (!start()) return 1;
  serve();
  if (upgrade_) end_failed_upgrade({"this process ends"});
  if (!has_successor_) notify_service_manager("STOPPING=1");
  stop_workers();
  state_saved_ = {};
  save_state();
  log_.info("stopped");
  files_.flush_all();
  return 0;
}

void Server::raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

bool Server::start() {
  config::Diagnostics diagnostics;
  std::shared_ptr<Generation> first =
      build_generation(options_.place, sources(), nullptr, diagnostics, inheritance_.ticket_keys());
  if (!first) {
    for (const config::Diagnostic& entry : diagnostics.entries()) report_failed_start(entry.text());
    return false;
  }
  const auto give_up = [this](const Error& error) {
    report_failed_start("fastgate: " + error.text);
    return false;
  };
  if (Result<void> opened = open_logs(*first, options_.place, files_); !opened) {
    return give_up(opened.error());
  }
  log_.redirect(first->recording.app_sink, first->recording.level);
  report(diagnostics);
  if (Result<void> made = audit_.prepare(first->snapshot->config, options_.place); !made) {
    return give_up(made.error());
  }
  first->recording.audit = audit_.take(first->snapshot->config, options_.place);
  const config::ServerConfig& settings = first->snapshot->config.server;
  Result<ListenerPlan> sockets =
      listeners_.plan(wanted_listeners(first->snapshot->config), worker_count(settings));
  if (!sockets) return give_up(sockets.error());
  running_ = std::move(first);
  prepare_state(sockets->to_open.size());
  prepare_for_workers(*running_, sockets->to_open.size());
  note_in_force();
  net::Resolver::start_threads();
  if (Result<void> made = make_workers(sockets->to_open.size()); !made) {
    return give_up(made.error());
  }
  if (Result<void> taken = take_over(); !taken) return give_up(taken.error());
  signals_ = std::make_unique<SignalThread>(events_);
  start_workers(std::move(*sockets));
  log_.info("started", {{"version", options_.version},
                        {"workers", std::to_string(workers_.size())},
                        {"routes", std::to_string(running_->snapshot->routes.size())}});
  // Of two processes the service manager listens to the older one, which tells it of this one.
  tell_of_closed_admin();
  if (!inheritance_.is_there()) notify_service_manager("READY=1");
  inheritance_.report_serving(listeners_.inherited());
  return true;
}

void Server::report_failed_start(const std::string& text) {
  std::fprintf(stderr, "%s\n", text.c_str());
  inheritance_.report_failure(text);
}

void Server::prepare_state(std::size_t workers) {
  usage_ = std::make_unique<gateway::KeyUsageBook>(workers);
  // The process before this one saves where its configuration says, until it ends.
  const std::string& inherited = inheritance_.state_folder();
  saved_state_ = std::make_unique<SavedState>(inherited.empty() ? state_folder() : inherited,
                                              limits_, *usage_, log_);
  admin_ = std::make_unique<admin::AdminParts>(desk_, *this, *usage_, log_, clock_);
}

Result<void> Server::make_workers(std::size_t count) {
  shared_.log = &log_;
  shared_.outages = &outages_;
  shared_.failure_guard = &failure_guard_;
  shared_.events = &events_;
  for (std::uint32_t i = 0; i < count; ++i) {
    Result<std::unique_ptr<Worker>> worker = Worker::make(i, shared_);
    if (!worker) return std::unexpected(std::move(worker.error()));
    workers_.push_back(std::move(*worker));
  }
  return {};
}

void Server::start_workers(ListenerPlan plan) {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->start(running_);
  on_every_worker(workers_, [&](std::size_t i, Worker& worker, std::function<void()> done) {
    worker.listen(std::move(plan.to_open[i]), std::move(done));
  });
  listeners_.commit(plan);
  for (const std::string& address : plan.new_addresses)
    log_.info("listening", {{"address", address}});
}

void Server::serve() {
  while (true) {
    free_retired();
    // Before an event is taken, which a drain that begins here would not see.
    if (upgrade_ && advance_upgrade()) return drain();
    if (drains_after_upgrade_ && !upgrade_) return drain();
    if (!upgrade_ && std::exchange(reload_waits_, false)) take_event(Event::Reload);
    const std::optional<Event> event =
        events_.take_for(upgrade_ ? kUpgradeLook : std::chrono::milliseconds(SavedState::kEvery));
    save_state();
    files_.look(log_, running_->snapshot->config.secrets);
    certificates_.look(running_->server_tls.get(), running_->snapshot->config.secrets);
    if (!event) continue;
    if (*event == Event::Stop) return;
    if (*event == Event::Drain && !upgrade_) return drain();
    take_event(*event);
  }
}

void Server::take_event(Event event) {
  switch (event) {
    case Event::Reload:
      if (upgrade_) {
        // Either process could find an address that it adds taken by the other one.
        reload_waits_ = has_reloaded_meanwhile_ = true;
        log_.info(
            "a new process starts: the configuration is loaded once that serves or has failed");
        break;
      }
      static_cast<void>(load_again({.actor = "signal", .source = "reload", .ip_address = {}}));
      break;
    case Event::ReopenLogs:
      reopen_logs();
      break;
    case Event::Upgrade:
      begin_upgrade();
      break;
    case Event::Task:
      if (const Task task = events_.take_task()) task(TaskTurn::Run);
      break;
    case Event::Drain:
      // While a new process starts: it may have connections soon, which its end would cut.
      drains_after_upgrade_ = true;
      break;
    case Event::Stop:
    case Event::WorkerDone:
      break;
  }
}

record::Recorder::ProcessFacts Server::metric_facts() const {
  return {.version = options_.version,
          .started = started_,
          .reloads_ok = reloads_ok_,
          .reloads_failed = reloads_failed_,
          .last_reload = WallTime(std::chrono::nanoseconds(last_change_ns_)),
          .snapshots_alive = snapshots_alive_};
}

void Server::append_further_metrics(std::string& out) const {
  admin::append_store_metrics(out, audit_.facts());
  admin::append_log_metrics(out, files_.facts());
}

upstream::ServerReport Server::server_report() const {
  std::vector<upstream::ServerReport> reports;
  reports.reserve(workers_.size());
  for (const std::unique_ptr<Worker>& worker : workers_) reports.push_back(worker->server_report());
  return upstream::merged(reports);
}

void Server::report(const config::Diagnostics& diagnostics) {
  for (const config::Diagnostic& entry : diagnostics.entries()) {
    const LogLevel level =
        entry.severity == config::Severity::Error ? LogLevel::Error : LogLevel::Warn;
    log_.event(level, entry.text());
  }
}

void Server::free_retired() {
  const auto unused =
      std::ranges::partition(retired_, [](const std::shared_ptr<Generation>& generation) {
        return generation.use_count() > 1 || generation->snapshot.use_count() > 1;
      });
  if (!unused.empty()) run_aside([&] { retired_.erase(unused.begin(), unused.end()); });
  snapshots_alive_ = retired_.size() + 1;
}

void Server::save_state() {
  if (clock_.now() - state_saved_ < SavedState::kEvery || is_state_handed_over_) return;
  state_saved_ = clock_.now();
  const Result<void> saved =
      has_successor_ ? saved_state_->save_rest() : saved_state_->save(clock_.wall_now());
  // A full disk is told once a change of state, not every few seconds.
  if (saved.has_value() != state_is_saved_) {
    state_is_saved_ = saved.has_value();
    if (saved) {
      log_.info("limits and key usage are saved again");
    } else {
      log_.error("limits and key usage are not saved", {{"error", saved.error().text}});
    }
  }
}

void Server::reopen_logs() {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->flush_logs();
  files_.reopen_all();
  log_.info("logs reopened");
}

void Server::drain() {
  log_.info("draining");
  if (!has_successor_) notify_service_manager("STOPPING=1");
  is_draining_ = true;
  events_.refuse_tasks();
  for (const std::unique_ptr<Worker>& worker : workers_) worker->drain(waiting_);
  const std::chrono::milliseconds limit = running_->snapshot->config.server.shutdown_timeout;
  const MonotonicTime start = clock_.now();
  std::size_t done = 0;
  while (done < workers_.size()) {
    const std::optional<Event> event = events_.take_for(kLook);
    if (limit.count() > 0 && clock_.now() - start > limit) {
      log_.warn("draining took longer than shutdown_timeout; connections are cut");
      return;
    }
    save_state();
    // Whoever rotates them tells the process that the pid file names.
    if (has_successor_) files_.reopen_replaced();
    if (!event) continue;
    switch (*event) {
      case Event::WorkerDone:
        ++done;
        break;
      case Event::Stop:
        return;
      case Event::ReopenLogs:
        reopen_logs();
        break;
      case Event::Reload:
      case Event::Upgrade:
      case Event::Drain:
      case Event::Task:
        break;
    }
  }
}

void Server::stop_workers() {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->stop();
  for (const std::unique_ptr<Worker>& worker : workers_) worker->join();
  // What still runs for the admin API uses the loops, which end with the workers.
  events_.refuse_tasks();
  if (admin_) {
    admin_->writes.stop();
    admin_->reads.stop();
  }
  // The end does not wait for name servers that say nothing. What such a worker had to hand over it
  // gave when it stopped.
  for (std::unique_ptr<Worker>& worker : workers_) {
    if (!worker->is_held_up()) continue;
    is_held_up_ = true;
    [[maybe_unused]] const Worker* left_behind = worker.release();
  }
  workers_.clear();
  audit_.close();
  signals_.reset();
}

}  // namespace fastgate::server
