#include "server/listeners.h"

#include <algorithm>
#include <utility>

namespace fastgate::server {
namespace {

ListenerKind kind_of(const WantedListener& wanted) {
  return {.transport = wanted.entry.tls ? Transport::Tls : Transport::Plain,
          .door = wanted.door,
          .handover = wanted.handover};
}

std::string place_of(const config::Config& config, config::Mark mark) {
  if (mark.line == 0 || mark.file >= config.files.size()) return {};
  return config.files[mark.file] + ":" + std::to_string(mark.line) + ":" +
         std::to_string(mark.column);
}

}  // namespace

std::vector<WantedListener> wanted_listeners(const config::Config& config) {
  std::vector<WantedListener> wanted;
  wanted.reserve(config.server.listen.size() + 1);
  const net::Handover handover =
      config.server.defer_accept ? net::Handover::WithBytes : net::Handover::AtOnce;
  for (const config::ListenConfig& entry : config.server.listen) {
    wanted.push_back({entry, gateway::Door::Traffic, handover, place_of(config, entry.mark)});
  }
  if (config.admin.listen) {
    const config::ListenConfig& entry = *config.admin.listen;
    wanted.push_back({entry, gateway::Door::Admin, handover, place_of(config, entry.mark)});
  }
  return wanted;
}

Listeners::Listeners(std::vector<net::ListenSocket> activated,
                     std::vector<InheritedSocket> inherited)
    : activated_(std::move(activated)) {
  for (InheritedSocket& socket : inherited) {
    // Without a configured host it was the service manager's.
    if (socket.host.empty()) {
      activated_.push_back(std::move(socket.socket));
    } else {
      inherited_.push_back(std::move(socket));
    }
  }
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

bool Listeners::are_open(const std::vector<WantedListener>& wanted) const {
  ListenerPlan plan;
  for (const WantedListener& one : wanted) {
    const OpenListener* open = find_open(one.entry, plan);
    if (open == nullptr) return false;
    plan.open.push_back(*open);
  }
  return true;
}

Result<void> Listeners::open_entry(const WantedListener& wanted, ListenerPlan& plan) {
  const config::ListenConfig& entry = wanted.entry;
  Result<std::vector<net::ListenSocket>> sockets = sockets_for(entry, plan.to_open.size());
  if (!sockets) {
    if (!wanted.place.empty()) sockets.error().text.insert(0, wanted.place + ": ");
    return std::unexpected(std::move(sockets.error()));
  }
  plan.new_addresses.push_back(sockets->front().local_address());
  const OpenListener listener{.number = next_number_++,
                              .host = entry.host,
                              .port = entry.port,
                              .bound_port = sockets->front().local_port(),
                              .kind = kind_of(wanted)};
  for (std::size_t i = 0; i < sockets->size(); ++i) {
    plan.to_open[i % plan.to_open.size()].push_back(
        {.number = listener.number, .socket = std::move((*sockets)[i]), .kind = listener.kind});
  }
  plan.open.push_back(listener);
  return {};
}

std::vector<net::ListenSocket> Listeners::take_inherited(const config::ListenConfig& entry) {
  std::vector<net::ListenSocket> taken;
  for (InheritedSocket& inherited : inherited_) {
    const bool same_port = inherited.port == entry.port ||
                           (entry.port != 0 && inherited.socket.local_port() == entry.port);
    if (inherited.host == entry.host && same_port) taken.push_back(std::move(inherited.socket));
  }
  std::erase_if(inherited_, [](const auto& socket) { return socket.socket.descriptor() < 0; });
  return taken;
}

/// At least one for each worker.
Result<std::vector<net::ListenSocket>> Listeners::sockets_for(const config::ListenConfig& entry,
                                                              std::size_t workers) {
  std::vector<net::ListenSocket> sockets = take_inherited(entry);
  const auto given = std::find_if(activated_.begin(), activated_.end(), [&](const auto& socket) {
    return entry.port != 0 && socket.local_port() == entry.port;
  });
  if (sockets.empty() && given != activated_.end()) {
    Result<net::ListenSocket> copy = given->duplicate();
    if (!copy) return std::unexpected(std::move(copy.error()));
    sockets.push_back(std::move(*copy));
  }
  const bool is_shared = !sockets.empty();
  const bool is_single = workers == 1;
  if (!is_shared && entry.port != 0 && !is_single) {
    // Finds another listener on the address, which SO_REUSEPORT would pass over.
    const Result<net::ListenSocket> probe =
        net::ListenSocket::open(entry.host, entry.port, net::ListenSocket::Sharing::Exclusive);
    if (!probe) return std::unexpected(probe.error());
  }
  std::uint16_t port = entry.port;
  const std::size_t first_own = sockets.size();
  while (sockets.size() < workers) {
    Result<net::ListenSocket> socket =
        is_shared ? sockets[sockets.size() - first_own].duplicate()
                  : net::ListenSocket::open(entry.host, port,
                                            is_single ? net::ListenSocket::Sharing::Exclusive
                                                      : net::ListenSocket::Sharing::ReusePort);
    if (!socket) return std::unexpected(std::move(socket.error()));
    port = socket->local_port();
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

void Listeners::commit(const ListenerPlan& plan) {
  open_ = plan.open;
  if (!inherited_.empty()) inherited_use_ = InheritedUse::Some;
  inherited_.clear();
}

std::vector<InheritedSocket> Listeners::to_pass_on(std::vector<WorkerListener> copies) const {
  std::vector<InheritedSocket> passed;
  for (WorkerListener& copy : copies) {
    const auto open = std::find_if(open_.begin(), open_.end(), [&](const OpenListener& listener) {
      return listener.number == copy.number;
    });
    if (open == open_.end()) continue;
    passed.push_back({.host = open->host, .port = open->port, .socket = std::move(copy.socket)});
  }
  for (const net::ListenSocket& socket : activated_) {
    if (Result<net::ListenSocket> copy = socket.duplicate()) {
      passed.push_back({.host = {}, .port = 0, .socket = std::move(*copy)});
    }
  }
  return passed;
}

}  // namespace fastgate::server
