#include "support/proxy_scene.h"

#include <chrono>
#include <utility>

#include <doctest/doctest.h>

#include "config/load.h"
#include "net/memory_stream.h"
#include "net/tcp_stream.h"
#include "proxy/exchange.h"

namespace fastgate::test {
namespace {

constexpr std::chrono::seconds kBound{20};

std::unique_ptr<net::Acceptor> listen(net::Loop& loop, std::uint16_t& port,
                                      net::Acceptor::OnConnection on_connection) {
  auto socket = net::ListenSocket::open("127.0.0.1", 0, net::ListenSocket::Sharing::Exclusive);
  REQUIRE(socket.has_value());
  port = socket->local_port();
  auto acceptor = net::Acceptor::start(loop, std::move(*socket), std::move(on_connection));
  REQUIRE(acceptor.has_value());
  return std::move(*acceptor);
}

}  // namespace

FakeUpstream::FakeUpstream(net::Loop& loop) {
  acceptor_ = listen(loop, port_, [this](auto stream, const auto&) {
    connections.push_back(std::make_unique<Endpoint>(std::move(stream)));
    connections.back()->stream->start(connections.back().get());
  });
}

ProxyScene::ProxyScene(ClientKind kind) : kind_(kind) {
  auto made = net::Loop::make();
  REQUIRE(made.has_value());
  loop = std::move(*made);
  recorder_ = std::make_unique<record::Recorder>(*loop);
  resolver_ = std::make_unique<net::Resolver>(*loop);
  context_ = std::make_unique<proxy::WorkerContext>(*loop, *recorder_, log_, guard_, *this);
  groups_ = std::make_unique<upstream::GroupTable>(upstream::UpstreamContext{
      .loop = loop.get(),
      .resolver = resolver_.get(),
      .random = &context_->random,
      .connections_open = &recorder_->counters().upstream_connections_open});
  if (kind_ == ClientKind::Socket) {
    acceptor_ = listen(*loop, port_, [this](auto stream, const auto&) { take(std::move(stream)); });
  }
  tick();
}

ProxyScene::~ProxyScene() {
  acceptor_.reset();
  while (!connections_.empty()) connections_.back()->abort();
  groups_->retire_all();
  clients.clear();
  loop->run_once_without_waiting();
  tick_timer_.disarm();
  context_.reset();
  groups_.reset();
  resolver_.reset();
  recorder_.reset();
  loop->run_once_without_waiting();
}

/// Keeps a turn of the loop from waiting for long.
void ProxyScene::tick() {
  tick_timer_.arm<&ProxyScene::tick>(loop->timers(), std::chrono::milliseconds(10), this);
}

void ProxyScene::configure(const std::string& yaml) {
  config::Sources sources = config::Sources::system();
  sources.read_file = [&](const std::string&) -> Result<std::string> { return yaml; };
  sources.glob = [](const std::string&) { return std::vector<std::string>{}; };
  config::Diagnostics diagnostics;
  config::Config config = config::load("test.yaml", sources, diagnostics);
  std::string problems;
  for (const config::Diagnostic& entry : diagnostics.entries()) problems += entry.text() + "\n";
  CAPTURE(problems);
  REQUIRE_FALSE(diagnostics.has_errors());
  std::shared_ptr<gateway::Snapshot> snapshot = gateway::compile(std::move(config), diagnostics);
  REQUIRE(snapshot != nullptr);
  std::vector<upstream::GroupSettings> settings;
  record::RecorderSettings recording;
  for (const gateway::GroupSpec& spec : snapshot->groups) {
    settings.push_back(
        {.identity = spec.identity, .upstream = spec.upstream, .tls = nullptr, .tls_stamp = {}});
  }
  auto route_ids = std::make_shared<record::RouteIds>();
  for (const gateway::Route& route : snapshot->routes) route_ids->insert(route.id);
  recording.route_ids = std::move(route_ids);
  using Answers = record::AuditSettings::Answers;
  recording.audit = {
      .intake = intake,
      .on_full = snapshot->config.database.on_full,
      .flush_interval = snapshot->config.database.flush_interval,
      .answers = snapshot->config.proxy.async_audit ? Answers::EndAtOnce : Answers::EndOnceStored};
  recording.access_sink = access_sink;
  recording.access_format =
      std::make_shared<const record::AccessFormat>(*record::AccessFormat::parse(access_format));
  auto active = std::make_shared<proxy::ActiveConfig>();
  plan_ = upstream::plan_groups(std::move(settings), &plan_);
  groups_->adopt(plan_);
  active->groups = groups_->groups();
  active->limits = std::make_shared<const gateway::AdmissionLimits>(*snapshot, limits_);
  active->key_usage = std::make_shared<const gateway::WorkerKeyUsage>(snapshot->keys, usage_, 0);
  active->snapshot = std::move(snapshot);
  context_->active = std::move(active);
  recorder_->adopt(recording);
}

void ProxyScene::take(std::unique_ptr<net::Stream> stream) {
  const proxy::ConnectionFacts facts{.peer = IpAddress::v4(0x7f000001),
                                     .peer_port = 4711,
                                     .server_port = port_,
                                     .scheme = gateway::Scheme::Http,
                                     .number = 1,
                                     .requests = 0};
  connections_.push_back(
      std::make_unique<proxy::DownstreamConnection>(*context_, std::move(stream), facts));
  connections_.back()->slot = static_cast<std::uint32_t>(connections_.size() - 1);
  connections_.back()->start();
}

Endpoint& ProxyScene::connect() {
  if (kind_ == ClientKind::Memory) {
    auto [near, far] = net::make_memory_streams(*loop);
    return connect_over(std::move(near), std::move(far));
  }
  std::unique_ptr<net::Stream> connected;
  const auto connecting = net::connect_tcp(*loop, IpAddress::v4(0x7f000001), port_,
                                           [&](Result<std::unique_ptr<net::Stream>> stream) {
                                             REQUIRE(stream.has_value());
                                             connected = std::move(*stream);
                                           });
  const std::size_t before = connections_.size();
  REQUIRE(until([&] { return connected != nullptr && connections_.size() > before; }));
  clients.push_back(std::make_unique<Endpoint>(std::move(connected)));
  clients.back()->stream->start(clients.back().get());
  return *clients.back();
}

Endpoint& ProxyScene::connect_over(std::unique_ptr<net::Stream> near,
                                   std::unique_ptr<net::Stream> far) {
  clients.push_back(std::make_unique<Endpoint>(std::move(near)));
  clients.back()->stream->start(clients.back().get());
  take(std::move(far));
  return *clients.back();
}

void ProxyScene::drain() {
  context_->drain_state = proxy::DrainState::Draining;
  for (const auto& connection : connections_) connection->drain();
}

bool ProxyScene::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kBound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    loop->run_once();
  }
  return true;
}

void ProxyScene::settle() {
  for (int i = 0; i < 50; ++i) loop->run_once_without_waiting();
}

void ProxyScene::on_connection_closed(proxy::DownstreamConnection& connection) {
  const std::uint32_t slot = connection.slot;
  REQUIRE(slot < connections_.size());
  loop->dispose(std::move(connections_[slot]));
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->slot = slot;
  }
  connections_.pop_back();
}

std::string ProxyScene::metrics() const {
  std::string text;
  record::Recorder::append_metrics(text, {recorder_.get()}, {});
  return text;
}

}  // namespace fastgate::test
