#include "upstream/group.h"

#include <algorithm>
#include <utility>

#include "base/host_port.h"
#include "upstream/idle_connection.h"

namespace fastgate::upstream {
namespace {

/// Keeps a stream alive, unheard, until the loop's next turn: it may be the one whose event is
/// running.
class DiscardedStream final : public net::Disposable, public net::StreamOwner {
 public:
  explicit DiscardedStream(std::unique_ptr<net::Stream> stream) : stream_(std::move(stream)) {
    stream_->set_owner(this);
    stream_->pause_reading();
  }
  void on_bytes(std::string_view /*bytes*/) override {}
  void on_drained() override {}
  void on_end() override {}
  void on_failed(Error /*error*/) override {}

 private:
  std::unique_ptr<net::Stream> stream_;
};

/// A connection that is being made has its place among those in use, so that max_conns also holds
/// for requests that come at once.
class Place {
 public:
  Place(Server& server, std::shared_ptr<Group> keeper)
      : server_(server), keeper_(std::move(keeper)) {
    ++server_.in_use;
  }
  ~Place() { --server_.in_use; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  Server& server_;
  std::shared_ptr<Group> keeper_;
};

bool is_alive(const Server& server, MonotonicTime now) {
  return server.is_healthy && !server.failures.is_out(now);
}

}  // namespace

std::string address_text(const config::UpstreamServerConfig& config) {
  return host_port_text(config.host, config.port);
}

Server::Server(const config::UpstreamServerConfig& settings, std::uint32_t max_fails,
               std::chrono::milliseconds fail_timeout)
    : config(settings), address(address_text(settings)), failures(max_fails, fail_timeout) {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;

Group::Group(GroupSettings settings, const UpstreamContext& context)
    : settings_(std::move(settings)), context_(context) {
  const config::UpstreamConfig& upstream = settings_.upstream;
  servers_.reserve(upstream.servers.size());
  for (const config::UpstreamServerConfig& server : upstream.servers) {
    servers_.emplace_back(server, upstream.max_fails, upstream.fail_timeout);
  }
  balancer_ = make_balancer(upstream, *context_.random);
  if (upstream.health_check) {
    health_checker_ = std::make_unique<HealthChecker>(
        HealthCheckSettings{.check = *upstream.health_check, .tls = settings_.tls});
    health_checker_->begin(*this, *context_.loop, *context_.resolver, *context_.random);
  }
}

Group::~Group() = default;

void Group::collect_eligible(const TriedServers& tried, Tier tier) {
  eligible_.clear();
  const MonotonicTime now = context_.loop->now();
  for (std::uint32_t i = 0; i < servers_.size(); ++i) {
    const Server& server = servers_[i];
    if (server.config.down || tried.has(i)) continue;
    if (server.config.max_conns != 0 && server.in_use >= server.config.max_conns) continue;
    const bool fits = tier == Tier::AnyState ||
                      (is_alive(server, now) && server.config.backup == (tier == Tier::Backup));
    if (fits) eligible_.push_back(i);
  }
}

Result<std::uint32_t> Group::choose(const TriedServers& tried, std::uint64_t hash) {
  // A single server has no alternative: being marked as failing must not make it unreachable.
  if (servers_.size() == 1 && tried.is_empty() && servers_[0].config.max_conns == 0 &&
      !servers_[0].config.down) {
    return 0U;
  }
  for (const Tier tier : {Tier::Primary, Tier::Backup, Tier::AnyState}) {
    collect_eligible(tried, tier);
    if (eligible_.empty()) continue;
    return balancer_->pick(servers_, eligible_, {.now = context_.loop->now(), .hash = hash});
  }
  return fail(ErrorKind::NoServer, "no upstream server is left to try", RetrySafety::Always);
}

Untried Group::untried(const TriedServers& tried) {
  for (const Tier tier : {Tier::Primary, Tier::Backup}) {
    collect_eligible(tried, tier);
    if (!eligible_.empty()) return Untried::Alive;
  }
  collect_eligible(tried, Tier::AnyState);
  if (eligible_.empty()) return Untried::None;
  const MonotonicTime now = context_.loop->now();
  const bool is_any_alive = std::ranges::any_of(servers_, [now](const Server& server) {
    return !server.config.down && is_alive(server, now);
  });
  return is_any_alive ? Untried::Out : Untried::Alive;
}

Lease Group::take_idle(std::uint32_t server) {
  std::vector<std::unique_ptr<IdleConnection>>& idle = servers_[server].idle;
  while (!idle.empty()) {
    IdleConnection& last = *unused_.emplace_back(std::move(idle.back()));
    idle.pop_back();
    if (last.is_failed()) {
      close_connection(last.take_stream());
      continue;
    }
    ++servers_[server].in_use;
    return {shared_from_this(), server, last.take_stream(), last.uses()};
  }
  return {};
}

std::unique_ptr<Connecting> Group::connect(std::uint32_t server, std::chrono::milliseconds timeout,
                                           std::function<void(Result<Lease>)> done) {
  Server& target = servers_[server];
  ConnectorSettings settings{.host = target.config.host,
                             .port = target.config.port,
                             .first_address = target.next_address++,
                             .timeout = timeout,
                             .tls = settings_.tls};
  return connect_to(*context_.loop, *context_.resolver, std::move(settings),
                    [group = shared_from_this(), server,
                     place = std::make_shared<Place>(target, shared_from_this()),
                     done = std::move(done)](Result<std::unique_ptr<net::Stream>> stream) mutable {
                      place.reset();
                      if (!stream) return done(std::unexpected(std::move(stream.error())));
                      ++group->servers_[server].in_use;
                      group->context_.connections_open->add();
                      done(Lease(group, server, std::move(*stream), 0));
                    });
}

void Group::report_success(std::uint32_t server) {
  Server& target = servers_[server];
  target.failures.on_success();
  // An only server is tried although it is out: what it answers tells how it is.
  if (servers_.size() == 1) target.failures.forget();
  if (!target.is_told_down || !target.is_healthy) return;
  // The answer may be to a request from before.
  if (!target.failures.is_out(context_.loop->now())) tell_up(target);
}

void Group::report_failure(std::uint32_t server, std::string_view reason) {
  Server& target = servers_[server];
  const MonotonicTime now = context_.loop->now();
  target.failures.on_failure(now);
  if (!target.failures.is_out(now)) return;
  target.back_since = target.failures.out_until();
  if (!target.is_told_down) tell_down(target, reason);
}

void Group::tell_down(Server& server, std::string_view reason) {
  if (context_.outages == nullptr || is_retired_) return;
  server.is_told_down = true;
  context_.outages->down(settings_.upstream.name.value, server.address, reason);
}

void Group::tell_up(Server& server) {
  server.is_told_down = false;
  context_.outages->up(settings_.upstream.name.value, server.address);
}

void Group::retire() {
  is_retired_ = true;
  health_checker_.reset();
  for (Server& server : servers_) {
    if (std::exchange(server.is_told_down, false)) {
      context_.outages->forget(settings_.upstream.name.value, server.address);
    }
    for (const std::unique_ptr<IdleConnection>& idle : server.idle)
      close_connection(idle->take_stream());
    server.idle.clear();
  }
}

void Group::adopt(const GroupSettings& settings) {
  settings_ = settings;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    servers_[i].config = settings_.upstream.servers[i];
    // Of other weights: it could give one server many turns in a row.
    servers_[i].round_robin_credit = 0;
  }
}

void Group::set_health(std::uint32_t server, Health health, std::string_view reason) {
  Server& target = servers_[server];
  const bool is_up = health == Health::Up;
  if (is_up && !target.is_healthy) {
    target.back_since = context_.loop->now();
    target.failures.forget();
  }
  target.is_healthy = is_up;
  if (is_up && target.is_told_down) tell_up(target);
  if (!is_up && !target.is_told_down) tell_down(target, reason);
}

void Group::take_back(std::uint32_t server, std::unique_ptr<net::Stream> stream,
                      std::uint32_t uses) {
  std::vector<std::unique_ptr<IdleConnection>>& idle = servers_[server].idle;
  if (is_retired_ || settings_.upstream.keepalive == 0 || stream->is_failed()) {
    close_connection(std::move(stream));
    return;
  }
  if (idle.size() >= settings_.upstream.keepalive) {
    close_connection(idle.front()->take_stream());
    context_.loop->dispose(std::move(idle.front()));
    idle.erase(idle.begin());
  }
  if (unused_.empty()) {
    idle.push_back(std::make_unique<IdleConnection>(*this));
  } else {
    idle.push_back(std::move(unused_.back()));
    unused_.pop_back();
  }
  idle.back()->wait(std::move(stream), server, uses, context_.loop->timers(),
                    settings_.upstream.keepalive_timeout);
}

void Group::lease_ended(std::uint32_t server) {
  --servers_[server].in_use;
}

void Group::drop_idle(IdleConnection* idle) {
  auto& list = servers_[idle->server()].idle;
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& entry) { return entry.get() == idle; });
  FG_ASSERT(found != list.end());
  // Its own event is running: it ends in a later turn, and its stream is not heard any more.
  close_connection(idle->take_stream());
  context_.loop->dispose(std::move(*found));
  list.erase(found);
}

void Group::close_connection(std::unique_ptr<net::Stream> stream) {
  context_.connections_open->sub();
  discard(std::move(stream));
}

void Group::discard(std::unique_ptr<net::Stream> stream) {
  context_.loop->dispose(std::make_unique<DiscardedStream>(std::move(stream)));
}

}  // namespace fastgate::upstream
