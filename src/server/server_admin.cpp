// What the server tells and does for the services on its own paths.

#include <chrono>
#include <future>
#include <utility>

#include "admin/admin_service.h"
#include "admin/process_metrics.h"
#include "server/server.h"

namespace fastgate::server {
namespace {

/// How long a worker may take to say how its upstreams are; one that ends never does.
constexpr std::chrono::seconds kPatience{2};

std::string_view name_of(config::Balance balance) {
  switch (balance) {
    case config::Balance::RoundRobin:
      return "round_robin";
    case config::Balance::LeastConn:
      return "least_conn";
    case config::Balance::Hash:
      return "hash";
    case config::Balance::Random2:
      break;
  }
  return "random2";
}

/// Adds what another worker says of the same servers. A server is up if any worker finds it so.
void add_facts(std::vector<admin::UpstreamFacts>& sum,
               const std::vector<admin::UpstreamFacts>& other) {
  if (sum.empty()) {
    sum = other;
    return;
  }
  for (std::size_t i = 0; i < sum.size() && i < other.size(); ++i) {
    auto& servers = sum[i].servers;
    for (std::size_t k = 0; k < servers.size() && k < other[i].servers.size(); ++k) {
      const admin::UpstreamServerFacts& more = other[i].servers[k];
      servers[k].is_up = servers[k].is_up || more.is_up;
      servers[k].connections_open += more.connections_open;
      servers[k].idle += more.idle;
      servers[k].failures += more.failures;
    }
  }
}

admin::StoreState store_state(const std::optional<record::AuditWriterFacts>& facts) {
  using State = record::AuditWriterFacts::State;
  if (!facts) return admin::StoreState::Off;
  if (facts->state == State::Ok) return admin::StoreState::Ok;
  return facts->state == State::Failing ? admin::StoreState::Failing : admin::StoreState::Starting;
}

}  // namespace

void Worker::describe_upstreams(std::function<void(std::vector<admin::UpstreamFacts>)> done) {
  loop_->post([this, done = std::move(done)] {
    std::vector<admin::UpstreamFacts> all;
    for (const std::shared_ptr<upstream::Group>& group : context_->active->groups) {
      const config::UpstreamConfig& settings = group->settings().upstream;
      admin::UpstreamFacts facts{.name = settings.name.value,
                                 .balance = std::string(name_of(settings.balance)),
                                 .servers = {}};
      for (const upstream::Server& server : group->servers()) {
        const bool is_out = server.config.down || server.failures.is_out(loop_->now());
        facts.servers.push_back({.address = server.address,
                                 .is_up = server.is_healthy && !is_out,
                                 .weight = server.config.weight,
                                 .is_backup = server.config.backup,
                                 .connections_open = server.in_use,
                                 .idle = server.idle.size(),
                                 .failures = server.failures.failures()});
      }
      if (facts.name.empty() && !facts.servers.empty()) facts.name = facts.servers[0].address;
      all.push_back(std::move(facts));
    }
    done(std::move(all));
  });
}

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
    facts.requests_open += counters.exchanges_open.value();
    facts.streams_open += counters.streams_open.value();
    auto answer = std::make_shared<std::promise<std::vector<admin::UpstreamFacts>>>();
    std::future<std::vector<admin::UpstreamFacts>> told = answer->get_future();
    worker->describe_upstreams([answer](std::vector<admin::UpstreamFacts> upstreams) {
      answer->set_value(std::move(upstreams));
    });
    if (told.wait_for(kPatience) != std::future_status::ready) continue;
    add_facts(facts.upstreams, told.get());
  }
  return facts;
}

admin::StoreFacts Server::store_facts() const {
  const std::optional<record::AuditWriterFacts> facts = audit_.facts();
  if (!facts) return {};
  return {.is_failing = facts->state == record::AuditWriterFacts::State::Failing,
          .queued = facts->queued,
          .dropped = facts->dropped};
}

void Server::add_local_services(Generation& generation) const {
  generation.local_service =
      std::make_shared<admin::AdminService>(*admin_, generation.snapshot->config.admin);
}

void Server::note_reload(const admin::ChangeOrigin& origin, const Generation& before) {
  std::vector<admin::ChangedFile> changed = admin::changes_between(*before.files, *running_->files);
  if (changed.empty()) return;
  admin_->writes.post_further([parts = admin_.get(), origin, changed = std::move(changed),
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
