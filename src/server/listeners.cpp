#include "server/listeners.h"

#include <algorithm>
#include <utility>

namespace fastgate::server {

std::string listener_key(const config::ListenConfig& entry) {
  return entry.host + ":" + std::to_string(entry.port) + (entry.tls ? " tls" : "");
}

Result<OpenedListeners> Listeners::open(const std::vector<config::ListenConfig>& entries,
                                        std::size_t workers) {
  OpenedListeners opened;
  opened.by_worker.resize(workers);
  for (const config::ListenConfig& entry : entries) {
    const std::string key = listener_key(entry);
    opened.keys.push_back(key);
    if (std::find(open_keys_.begin(), open_keys_.end(), key) != open_keys_.end()) continue;
    if (Result<void> done = open_entry(entry, opened); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  return opened;
}

Result<void> Listeners::open_entry(const config::ListenConfig& entry, OpenedListeners& opened) {
  const std::string key = listener_key(entry);
  const auto add = [&](std::size_t worker, net::ListenSocket socket) {
    opened.by_worker[worker].push_back(
        {.key = key, .socket = std::move(socket), .is_tls = entry.tls});
  };
  const auto given = std::find_if(activated_.begin(), activated_.end(), [&](const auto& socket) {
    return entry.port != 0 && socket.local_port() == entry.port;
  });
  if (given != activated_.end()) {
    opened.addresses.push_back(given->local_address());
    for (std::size_t worker = 0; worker < opened.by_worker.size(); ++worker) {
      Result<net::ListenSocket> copy = given->duplicate();
      if (!copy) return std::unexpected(std::move(copy.error()));
      add(worker, std::move(*copy));
    }
    return {};
  }
  const bool is_single = opened.by_worker.size() == 1;
  std::uint16_t port = entry.port;
  if (port != 0 && !is_single) {
    // Finds another listener on the address, which SO_REUSEPORT would pass over.
    const Result<net::ListenSocket> probe =
        net::ListenSocket::open(entry.host, port, net::ListenSocket::Sharing::Exclusive);
    if (!probe) return std::unexpected(probe.error());
  }
  for (std::size_t worker = 0; worker < opened.by_worker.size(); ++worker) {
    Result<net::ListenSocket> socket = net::ListenSocket::open(
        entry.host, port,
        is_single ? net::ListenSocket::Sharing::Exclusive : net::ListenSocket::Sharing::ReusePort);
    if (!socket) return std::unexpected(std::move(socket.error()));
    if (worker == 0) opened.addresses.push_back(socket->local_address());
    port = socket->local_port();
    add(worker, std::move(*socket));
  }
  return {};
}

}  // namespace fastgate::server
