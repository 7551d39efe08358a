/// The listening sockets of the process: which `listen` entries are open, and a socket of each for
/// every worker.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "net/listen_socket.h"
#include "server/worker.h"

namespace fastgate::server {

/// What names a `listen` entry over reloads: `host:port`, and `tls`.
[[nodiscard]] std::string listener_key(const config::ListenConfig& entry);

/// Sockets that were opened for entries not open yet; nothing is in force until they are handed
/// out.
struct OpenedListeners {
  std::vector<std::vector<WorkerListener>> by_worker;
  std::vector<std::string> keys;       ///< all entries of the configuration
  std::vector<std::string> addresses;  ///< of the newly opened ones, as really bound
};

/// Owned by the server; main thread.
class Listeners {
 public:
  explicit Listeners(std::vector<net::ListenSocket> activated) : activated_(std::move(activated)) {}

  /// Opens what `entries` names and is not open yet, once for each worker (SO_REUSEPORT, so that
  /// the kernel spreads connections and no lock is shared). Sockets given by the service manager
  /// serve the entry of the same port. An address that another process listens on is an error,
  /// although SO_REUSEPORT alone would let two gateways of one user share it unnoticed. Errors: Io.
  [[nodiscard]] Result<OpenedListeners> open(const std::vector<config::ListenConfig>& entries,
                                             std::size_t workers);
  /// The opened ones are in force; entries that are not among `opened.keys` are forgotten.
  void commit(const OpenedListeners& opened) { open_keys_ = opened.keys; }

 private:
  [[nodiscard]] Result<void> open_entry(const config::ListenConfig& entry, OpenedListeners& opened);
  std::vector<net::ListenSocket> activated_;
  std::vector<std::string> open_keys_;
};

}  // namespace fastgate::server
