#include "server/listeners.h"

#include <algorithm>
#include <utility>

namespace fastgate::server {
namespace {

ListenerKind kind_of(const WantedListener& wanted) {
  return {.transport = wanted.entry.tls ? Transport::Tls : Transport::Plain, .door = wanted.door};
}

}  // namespace

std::vector<WantedListener> wanted_listeners(const config::Config& config) {
  std::vector<WantedListener> wanted;
  for (const config::ListenConfig& entry : config.server.listen) {
    wanted.push_back({.entry = entry, .door = gateway::Door::Traffic});
  }
  if (config.admin.listen) {
    wanted.push_back({.entry = *config.admin.listen, .door = gateway::Door::Admin});
  }
  return wanted;
}

KeptListeners ListenerPlan::kept() const {
  KeptListeners all;
  for (const OpenListener& listener : open) all.emplace_back(listener.number, listener.kind);
  return all;
}

const OpenListener* Listeners::find_open(const config::ListenConfig& entry,
                                         const ListenerPlan& plan) const {
  const auto is_taken = [&](const OpenListener& listener) {
    return std::any_of(plan.open.begin(), plan.open.end(),
                       [&](const auto& other) { return other.number == listener.number; });
  };
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const OpenListener& listener) {
    const bool same_port = listener.port == entry.port || listener.bound_port == entry.port;
    return listener.host == entry.host && same_port && !is_taken(listener);
  });
  return found == open_.end() ? nullptr : &*found;
}

Result<ListenerPlan> Listeners::plan(const std::vector<WantedListener>& wanted,
                                     std::size_t workers) {
  ListenerPlan plan;
  plan.to_open.resize(workers);
  for (const WantedListener& one : wanted) {
    if (const OpenListener* open = find_open(one.entry, plan)) {
      plan.open.push_back(*open);
      plan.open.back().kind = kind_of(one);
      continue;
    }
    if (Result<void> done = open_entry(one, plan); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return plan;
}

Result<void> Listeners::open_entry(const WantedListener& wanted, ListenerPlan& plan) {
  const config::ListenConfig& entry = wanted.entry;
  OpenListener listener{.number = next_number_++,
                        .host = entry.host,
                        .port = entry.port,
                        .bound_port = 0,
                        .kind = kind_of(wanted)};
  const auto add = [&](std::size_t worker, net::ListenSocket socket) {
    if (worker == 0) {
      plan.new_addresses.push_back(socket.local_address());
      listener.bound_port = socket.local_port();
    }
    plan.to_open[worker].push_back(
        {.number = listener.number, .socket = std::move(socket), .kind = listener.kind});
  };
  const auto given = std::find_if(activated_.begin(), activated_.end(), [&](const auto& socket) {
    return entry.port != 0 && socket.local_port() == entry.port;
  });
  const bool is_single = plan.to_open.size() == 1;
  if (given == activated_.end() && entry.port != 0 && !is_single) {
    // Finds another listener on the address, which SO_REUSEPORT would pass over.
    const Result<net::ListenSocket> probe =
        net::ListenSocket::open(entry.host, entry.port, net::ListenSocket::Sharing::Exclusive);
    if (!probe) return std::unexpected(probe.error());
  }
  std::uint16_t port = entry.port;
  for (std::size_t worker = 0; worker < plan.to_open.size(); ++worker) {
    Result<net::ListenSocket> socket =
        given != activated_.end()
            ? given->duplicate()
            : net::ListenSocket::open(entry.host, port,
                                      is_single ? net::ListenSocket::Sharing::Exclusive
                                                : net::ListenSocket::Sharing::ReusePort);
    if (!socket) return std::unexpected(std::move(socket.error()));
    port = socket->local_port();
    add(worker, std::move(*socket));
  }
  plan.open.push_back(std::move(listener));
  return {};
}

}  // namespace fastgate::server
