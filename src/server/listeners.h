/// The listening sockets of the process: which `listen` entries are open, and a socket of each for
/// every worker.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "net/listen_socket.h"
#include "server/inheritance.h"
#include "server/worker.h"

namespace fastgate::server {

/// A listening address of the process.
struct OpenListener {
  ListenerNumber number = 0;
  std::string host;        ///< as configured
  std::uint16_t port = 0;  ///< as configured; 0: any
  std::uint16_t bound_port = 0;
  ListenerKind kind;
};

/// An address that a configuration wants to be listened on.
struct WantedListener {
  config::ListenConfig entry;
  gateway::Door door = gateway::Door::Traffic;
  net::Handover handover = net::Handover::WithBytes;
  std::string place;  ///< `FILE:LINE:COLUMN`, for messages; "" where none wrote it
};
/// Those of the traffic, then the admin API's own.
[[nodiscard]] std::vector<WantedListener> wanted_listeners(const config::Config& config);

/// What a configuration's `listen` needs; nothing is in force until it is handed out.
struct ListenerPlan {
  std::vector<std::vector<WorkerListener>> to_open;  ///< by worker
  std::vector<OpenListener> open;                    ///< all that will be open
  std::vector<std::string> new_addresses;            ///< of the newly opened ones, as really bound
  [[nodiscard]] KeptListeners kept() const;
};

/// Owned by the server; main thread.
class Listeners {
 public:
  /// `activated` are the service manager's sockets, `inherited` those of the process that this one
  /// takes over from.
  Listeners(std::vector<net::ListenSocket> activated, std::vector<InheritedSocket> inherited);

  /// Opens what `wanted` names and is not open yet, once for each worker (SO_REUSEPORT, so that
  /// the kernel spreads connections and no lock is shared). An address that is open stays, also
  /// when it changes between plain and TLS. Sockets given by the service manager serve the entry of
  /// the same port. An address that another process listens on is an error, although SO_REUSEPORT
  /// alone would let two gateways of one user share it unnoticed. Inherited sockets are all kept,
  /// however many workers there are: a connection may wait in any of them. Errors: Io.
  [[nodiscard]] Result<ListenerPlan> plan(const std::vector<WantedListener>& wanted,
                                          std::size_t workers);
  /// Whether plan() would open nothing.
  [[nodiscard]] bool are_open(const std::vector<WantedListener>& wanted) const;
  /// The plan is in force. Inherited sockets that it does not name are closed.
  void commit(const ListenerPlan& plan);
  /// What became of the inherited sockets at the first commit().
  [[nodiscard]] InheritedUse inherited() const { return inherited_use_; }
  /// What a new binary inherits, of the workers' `copies` and the service manager's sockets.
  [[nodiscard]] std::vector<InheritedSocket> to_pass_on(std::vector<WorkerListener> copies) const;

 private:
  [[nodiscard]] const OpenListener* find_open(const config::ListenConfig& entry,
                                              const ListenerPlan& plan) const;
  [[nodiscard]] Result<void> open_entry(const WantedListener& wanted, ListenerPlan& plan);
  [[nodiscard]] std::vector<net::ListenSocket> take_inherited(const config::ListenConfig& entry);
  [[nodiscard]] Result<std::vector<net::ListenSocket>> sockets_for(
      const config::ListenConfig& entry, std::size_t workers);
  std::vector<net::ListenSocket> activated_;
  std::vector<InheritedSocket> inherited_;
  InheritedUse inherited_use_ = InheritedUse::All;
  std::vector<OpenListener> open_;
  ListenerNumber next_number_ = 1;
};

}  // namespace fastgate::server
