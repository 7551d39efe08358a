#include "server/worker.h"

#include <algorithm>
#include <utility>

#include "proxy/exchange.h"

namespace fastgate::server {
namespace {

/// Connections beyond max_connections that may wait for their clients to take the refusal.
constexpr std::uint32_t kLingeringBeyond = 1024;

/// How long an address that a reload gives up is listened on, for requests that are on their way;
/// short, as another process may be about to take it.
constexpr std::chrono::milliseconds kLastCalls{100};

}  // namespace

Result<std::unique_ptr<Worker>> Worker::make(std::uint32_t index, SharedParts& shared) {
  Result<std::unique_ptr<net::Loop>> loop = net::Loop::make();
  if (!loop) return std::unexpected(std::move(loop.error()));
  return std::unique_ptr<Worker>(new Worker(index, shared, std::move(*loop)));
}

Worker::Worker(std::uint32_t index, SharedParts& shared, std::unique_ptr<net::Loop> loop)
    : index_(index), shared_(shared), loop_(std::move(loop)) {
  // Exchange and connection numbers of different workers never meet.
  const std::uint64_t first_number = static_cast<std::uint64_t>(index_) << 48;
  recorder_ = std::make_unique<record::Recorder>(*loop_, first_number);
  resolver_ = std::make_unique<net::Resolver>(*loop_);
  context_ = std::make_unique<proxy::WorkerContext>(*loop_, *recorder_, *shared_.log,
                                                    *shared_.failure_guard, *this);
  context_->first_connection_number = first_number;
  groups_ = std::make_unique<upstream::GroupTable>(upstream::UpstreamContext{
      .loop = loop_.get(),
      .resolver = resolver_.get(),
      .random = &context_->random,
      .connections_open = &recorder_->counters().upstream_connections_open,
      .outages = shared_.outages});
}

Worker::~Worker() {
  if (thread_.joinable()) {
    stop();
    join();
  }
  // Connections that were disposed of last still use the context.
  loop_->finish_pending();
}

void Worker::start(const std::shared_ptr<const Generation>& generation) {
  take_generation(generation);
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  loop_->run();
}

void Worker::adopt(std::shared_ptr<const Generation> generation, std::function<void()> done) {
  loop_->post([this, generation = std::move(generation), done = std::move(done)] {
    take_generation(generation);
    done();
  });
}

/// All that takes time was done when the generation was made: requests wait for this.
void Worker::take_generation(const std::shared_ptr<const Generation>& generation) {
  generation_ = generation;
  groups_->adopt(generation->groups);
  report_.names = generation->groups.names;
  auto active = std::make_shared<proxy::ActiveConfig>();
  active->snapshot = generation->snapshot;
  active->groups = groups_->groups();
  active->limits = generation->limits;
  active->key_usage = generation->key_usage[index_];
  active->local_service = generation->local_service;
  context_->active = std::move(active);
  recorder_->adopt(generation->recording);
  publish_server_report();
}

void Worker::publish_server_report() {
  constexpr std::chrono::seconds kEvery{1};
  upstream::look_at(context_->active->groups, loop_->now(), report_);
  report_board_.publish(report_);
  shared_.accept_trouble.look(*shared_.log, loop_->now());
  report_timer_.arm<&Worker::publish_server_report>(loop_->timers(), kEvery, this);
}

void Worker::listen(std::vector<WorkerListener> listeners, std::function<void()> done) {
  auto given = std::make_shared<std::vector<WorkerListener>>(std::move(listeners));
  loop_->post([this, given, done = std::move(done)] {
    for (WorkerListener& wanted : *given) {
      auto listening = std::make_unique<Listening>();
      listening->number = wanted.number;
      listening->port = wanted.socket.local_port();
      listening->kind = wanted.kind;
      Listening* entry = listening.get();
      Result<std::unique_ptr<net::Acceptor>> acceptor = net::Acceptor::start(
          *loop_, std::move(wanted.socket),
          [this, entry](std::unique_ptr<net::Stream> stream, const net::SocketAddress& peer) {
            take_connection(*entry, std::move(stream), peer);
          },
          [this](const std::string& reason) {
            recorder_->counters().accept_failures.add();
            shared_.accept_trouble.failed(*shared_.log, reason, loop_->now());
          });
      if (!acceptor) {
        shared_.log->error("cannot accept connections", {{"error", acceptor.error().text}});
        continue;
      }
      entry->acceptor = std::move(*acceptor);
      entry->acceptor->set_handover(entry->kind.handover);
      listeners_.push_back(std::move(listening));
    }
    done();
  });
}

void Worker::keep_listening_on(KeptListeners kept) {
  loop_->post([this, kept = std::move(kept)] {
    std::vector<std::unique_ptr<Listening>> before = std::exchange(listeners_, {});
    for (std::unique_ptr<Listening>& listening : before) {
      const auto found = std::find_if(kept.begin(), kept.end(), [&](const auto& entry) {
        return entry.first == listening->number;
      });
      if (found == kept.end()) {
        leave(std::move(listening), kLastCalls);
        continue;
      }
      listening->kind = found->second;
      listening->acceptor->set_handover(listening->kind.handover);
      listeners_.push_back(std::move(listening));
    }
  });
}

/// The kernel may hold connections back whose requests are on their way: it hands them over until
/// `grace` has passed.
void Worker::leave(std::unique_ptr<Listening> listening, std::chrono::milliseconds grace) {
  listening->acceptor->drain_queue();
  if (listening->kind.handover == net::Handover::AtOnce) return;
  listening->acceptor->set_handover(net::Handover::AtOnce);
  leaving_.push_back(std::move(listening));
  closing_timer_.arm<&Worker::close_left>(loop_->timers(), grace, this);
}

void Worker::close_left() {
  for (const std::unique_ptr<Listening>& listening : leaving_) {
    listening->acceptor->drain_queue();
  }
  leaving_.clear();
  report_if_drained();
}

void Worker::copy_listeners(std::function<void(std::vector<WorkerListener>)> done) {
  loop_->post([this, done = std::move(done)] {
    std::vector<WorkerListener> copies;
    for (const std::unique_ptr<Listening>& listening : listeners_) {
      Result<net::ListenSocket> copy = listening->acceptor->duplicate_socket();
      if (!copy) {
        shared_.log->error("a listening socket is not handed over", {{"error", copy.error().text}});
        continue;
      }
      copies.push_back(
          {.number = listening->number, .socket = std::move(*copy), .kind = listening->kind});
    }
    done(std::move(copies));
  });
}

void Worker::take_connection(const Listening& listening, std::unique_ptr<net::Stream> stream,
                             const net::SocketAddress& peer) {
  record::WorkerCounters& counters = recorder_->counters();
  const config::ServerConfig& server = context_->active->snapshot->config.server;
  proxy::ConnectionFacts facts{
      .peer = peer.address,
      .peer_port = peer.port,
      .server_port = listening.port,
      .scheme = listening.kind.transport == Transport::Tls ? gateway::Scheme::Https
                                                           : gateway::Scheme::Http,
      .door = listening.kind.door,
      .number = context_->first_connection_number + ++context_->connections_seen,
      .requests = 0};
  if (listening.kind.transport == Transport::Tls) {
    if (!generation_->server_tls) return;
    stream = net::make_tls_server_stream(*loop_, std::move(stream), generation_->server_tls);
  }
  auto connection =
      std::make_unique<proxy::DownstreamConnection>(*context_, std::move(stream), facts);
  connection->slot = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(std::move(connection));
  proxy::DownstreamConnection& taken = *connections_.back();
  counters.connections_accepted.add();
  counters.connections_open.add();
  const std::uint32_t open = shared_.open_connections.fetch_add(1, std::memory_order_relaxed) + 1;
  if (open > server.max_connections) {
    counters.connections_refused.add();
    if (shared_.refusal_lines.is_due(loop_->now())) {
      shared_.log->warn("client connections are refused: max_connections are open",
                        {{"max_connections", std::to_string(server.max_connections)}});
    }
    using Farewell = proxy::DownstreamConnection::Farewell;
    const bool has_room = open - server.max_connections <= kLingeringBeyond;
    return taken.turn_away(has_room ? Farewell::Linger : Farewell::AtOnce);
  }
  taken.start();
  if (context_->drain_state == proxy::DrainState::Draining) taken.drain();
}

void Worker::on_connection_closed(proxy::DownstreamConnection& connection) {
  const std::uint32_t slot = connection.slot;
  FG_ASSERT(slot < connections_.size() && connections_[slot].get() == &connection);
  loop_->dispose(std::move(connections_[slot]));
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
  recorder_->counters().connections_open.sub();
  shared_.open_connections.fetch_sub(1, std::memory_order_relaxed);
  report_if_drained();
}

void Worker::pause_listening(std::function<void()> done) {
  loop_->post([this, done = std::move(done)] {
    for (const std::unique_ptr<Listening>& listening : listeners_) listening->acceptor->pause();
    done();
  });
}

void Worker::resume_listening() {
  loop_->post([this] {
    for (const std::unique_ptr<Listening>& listening : listeners_) listening->acceptor->resume();
  });
}

void Worker::drain(Waiting waiting) {
  loop_->post([this, waiting] { begin_drain(waiting); });
}

void Worker::begin_drain(Waiting waiting) {
  if (context_->drain_state == proxy::DrainState::Draining) return;
  context_->drain_state = proxy::DrainState::Draining;
  std::vector<std::unique_ptr<Listening>> open = std::exchange(listeners_, {});
  if (waiting == Waiting::Take) {
    for (std::unique_ptr<Listening>& listening : open) {
      leave(std::move(listening), proxy::DownstreamConnection::kDrainGrace);
    }
  }
  for (const auto& connection : connections_) connection->drain();
  report_if_drained();
}

void Worker::report_if_drained() {
  if (context_->drain_state != proxy::DrainState::Draining || has_reported_drained_) return;
  if (!connections_.empty() || !leaving_.empty()) return;
  has_reported_drained_ = true;
  shared_.events->push(Event::WorkerDone);
}

void Worker::stop() {
  loop_->post([this] { cut_everything(); });
}

void Worker::cut_everything() {
  listeners_.clear();
  leaving_.clear();
  // abort() takes each connection out of the list.
  while (!connections_.empty()) connections_.back()->abort();
  report_timer_.disarm();
  closing_timer_.disarm();
  groups_->retire_all();
  recorder_->flush();
  loop_->stop();
}

void Worker::join() {
  thread_.join();
}

void Worker::flush_logs() {
  loop_->post([this] { recorder_->flush(); });
}

std::uint32_t worker_count(const config::ServerConfig& server) {
  if (server.workers != 0) return server.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace fastgate::server
