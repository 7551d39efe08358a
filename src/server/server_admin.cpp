// What the server tells and does for the services on its own paths.

#include <algorithm>
#include <chrono>
#include <utility>

#include "admin/admin_service.h"
#include "admin/process_metrics.h"
#include "config/option_names.h"
#include "server/server.h"

namespace fastgate::server {
namespace {

/// The servers of a report by their groups.
std::vector<admin::UpstreamFacts> groups_of(const upstream::ServerReport& report) {
  std::vector<admin::UpstreamFacts> groups;
  if (!report.names) return groups;
  for (std::size_t i = 0; i < report.servers.size(); ++i) {
    const upstream::ServerName& name = (*report.names)[i];
    const upstream::ServerNow& now = report.servers[i];
    if (i == 0 || name.group_number != (*report.names)[i - 1].group_number) {
      groups.push_back({.name = name.group.empty() ? name.address : name.group,
                        .balance = std::string(config::name_of(name.balance)),
                        .servers = {}});
    }
    groups.back().servers.push_back({.address = name.address,
                                     .is_up = now.is_up,
                                     .weight = name.weight,
                                     .is_backup = name.is_backup,
                                     .connections_open = now.in_use,
                                     .idle = now.idle,
                                     .failures = now.failures});
  }
  return groups;
}

admin::StoreState store_state(const std::optional<record::AuditWriterFacts>& facts) {
  using State = record::AuditWriterFacts::State;
  if (!facts) return admin::StoreState::Off;
  if (facts->state == State::Ok) return admin::StoreState::Ok;
  return facts->state == State::Failing ? admin::StoreState::Failing : admin::StoreState::Starting;
}

}  // namespace

admin::HealthFacts Server::health_facts() const {
  return {.version = options_.version,
          .uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall_now() - started_),
          .state = is_draining_ ? admin::ServingState::Draining : admin::ServingState::Serving,
          .routes = routes_,
          .keys = keys_,
          .workers = workers_.size(),
          .upstreams = admin::count_servers(server_report()),
          .store = store_state(audit_.facts())};
}

std::vector<const record::Recorder*> Server::recorders() const {
  std::vector<const record::Recorder*> all;
  all.reserve(workers_.size());
  for (const std::unique_ptr<Worker>& worker : workers_) all.push_back(&worker->recorder());
  return all;
}

admin::StatusFacts Server::status_facts() const {
  admin::StatusFacts facts;
  facts.health = health_facts();
  facts.started = started_;
  for (const std::unique_ptr<Worker>& worker : workers_) {
    const record::WorkerCounters& counters = worker->counters();
    facts.connections_open += counters.connections_open.value();
    // Not read at one moment, so that the part may be larger than the whole.
    const std::uint64_t open = counters.exchanges_open.value();
    facts.requests_open += open - std::min(open, counters.local_open.value());
    facts.streams_open += counters.streams_open.value();
  }
  facts.upstreams = groups_of(server_report());
  return facts;
}

admin::StoreFacts Server::store_facts() const {
  const std::optional<record::AuditWriterFacts> facts = audit_.facts();
  if (!facts) return {};
  return {.is_failing = facts->state == record::AuditWriterFacts::State::Failing,
          .queued = facts->queued,
          .dropped = facts->dropped};
}

config::Sources Server::sources() {
  config::Sources sources = config::Sources::system();
  sources.trees = &desk_.trees();
  return sources;
}

void Server::prepare_for_workers(Generation& generation, std::size_t workers) {
  const gateway::Snapshot& snapshot = *generation.snapshot;
  generation.local_service = std::make_shared<admin::AdminService>(*admin_, snapshot.config.admin);
  generation.limits = std::make_shared<const gateway::AdmissionLimits>(snapshot, limits_);
  for (std::size_t i = 0; i < workers; ++i) {
    generation.key_usage.push_back(
        std::make_shared<const gateway::WorkerKeyUsage>(snapshot.keys, *usage_, i));
  }
}

void Server::note_reload(const admin::ChangeOrigin& origin, const Generation& before) {
  std::vector<admin::ChangedFile> changed = admin::changes_between(*before.files, *running_->files);
  if (changed.empty()) return;
  admin_->writes.post_duty([parts = admin_.get(), origin, changed = std::move(changed),
                            path = desk_.store_path(), now = clock_.wall_now()] {
    parts->changes.append(path, origin, "configuration reloaded", now, changed);
  });
}

/// Without a token the API is closed; whoever wonders finds out here how to open it.
void Server::tell_of_closed_admin() {
  const config::AdminConfig& admin = running_->snapshot->config.admin;
  if (admin.auth == config::AdminAuth::None || !admin.tokens.empty()) return;
  log_.warn(
      "the admin API is closed (403): no token is set. Set admin.token (for example to "
      "${FASTGATE_ADMIN_TOKEN}) or admin.token_sha256 in the configuration and reload",
      {{"path", admin.path}});
}

}  // namespace fastgate::server
