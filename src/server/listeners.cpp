#include "server/listeners.h"

#include <algorithm>
#include <utility>

namespace fastgate::server {
namespace {

ListenerKind kind_of(const config::ListenConfig& entry) {
  return entry.tls ? ListenerKind::Tls : ListenerKind::Plain;
}

}  // namespace

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

Result<ListenerPlan> Listeners::plan(const std::vector<config::ListenConfig>& entries,
                                     std::size_t workers) {
  ListenerPlan plan;
  plan.to_open.resize(workers);
  for (const config::ListenConfig& entry : entries) {
    if (const OpenListener* open = find_open(entry, plan)) {
      plan.open.push_back(*open);
      plan.open.back().kind = kind_of(entry);
      continue;
    }
    if (Result<void> done = open_entry(entry, plan); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return plan;
}

Result<void> Listeners::open_entry(const config::ListenConfig& entry, ListenerPlan& plan) {
  OpenListener listener{.number = next_number_++,
                        .host = entry.host,
                        .port = entry.port,
                        .bound_port = 0,
                        .kind = kind_of(entry)};
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
