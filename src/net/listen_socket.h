/// Listening sockets: opened by the server on the main thread, one of each address for each worker
/// (SO_REUSEPORT), accepted from on the worker's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/loop.h"
#include "net/socket_address.h"
#include "net/tcp_stream.h"

namespace fastgate::net {

/// A bound, listening descriptor; closes it when destroyed unless released.
class ListenSocket {
 public:
  enum class Sharing : std::uint8_t { Exclusive, ReusePort };
  /// Binds and listens (backlog 4096 or the system's). `host` is an address, or a name, which is
  /// looked up and blocks: main thread only.
  /// SO_REUSEADDR always, IPV6_V6ONLY on IPv6. Errors: Config-side Io naming address and reason.
  [[nodiscard]] static Result<ListenSocket> open(const std::string& host, std::uint16_t port,
                                                 Sharing sharing);
  /// Takes over a listening descriptor (LISTEN_FDS, binary upgrade). Errors: Io if it is none.
  [[nodiscard]] static Result<ListenSocket> adopt(int descriptor);
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&& other) noexcept;
  ~ListenSocket();
  [[nodiscard]] int descriptor() const { return fd_; }
  [[nodiscard]] int release();
  /// `address:port` really bound, IPv6 in brackets.
  [[nodiscard]] std::string local_address() const;
  [[nodiscard]] std::uint16_t local_port() const;
  /// A second descriptor of the same socket (dup).
  [[nodiscard]] Result<ListenSocket> duplicate() const;
  /// For connections that come from now on, and all descriptors of the socket. AtOnce at first.
  void set_handover(Handover handover);

 private:
  explicit ListenSocket(int fd) : fd_(fd) {}
  int fd_ = -1;
};

/// Accepts on one loop. Destroying it stops and closes.
class Acceptor {
 public:
  using OnConnection = std::function<void(std::unique_ptr<Stream>, const SocketAddress& peer)>;
  /// Told for each connection that the system had no descriptor or memory for, with its reason.
  using OnShortage = std::function<void(const std::string& reason)>;
  /// With no descriptors left (EMFILE) accepting goes on once some are free: a spare descriptor is
  /// given up to take and close the waiting connection, so that the loop does not spin.
  [[nodiscard]] static Result<std::unique_ptr<Acceptor>> start(Loop& loop, ListenSocket socket,
                                                               OnConnection on_connection,
                                                               OnShortage on_shortage = {});
  virtual ~Acceptor() = default;
  /// WithBytes also reads a connection in the turn in which it is accepted.
  virtual void set_handover(Handover handover) = 0;
  /// Stops and starts taking connections (a binary upgrade); waiting ones stay in the kernel's
  /// queue.
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// Takes every connection that waits in the kernel's queue now: the last thing before closing.
  virtual void drain_queue() = 0;
  /// A second descriptor of the socket that is accepted from, for another process.
  [[nodiscard]] virtual Result<ListenSocket> duplicate_socket() const = 0;
};

}  // namespace fastgate::net
