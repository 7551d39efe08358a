/// Stream over a TCP socket by libuv, and the connecting of one.
///
/// What a stream costs: one allocation of 280 bytes, which lives until libuv let go of it;
/// one read a readable event, one send for what a turn writes while the socket takes all; pausing
/// and resuming cost nothing unless bytes arrive in between. The process ignores SIGPIPE (libuv
/// writes what was left pending with write()). While a stream is paused, or after its on_end, a
/// reset goes unnoticed.
#pragma once

#include <functional>
#include <memory>

#include "base/ip_address.h"
#include "net/loop.h"
#include "net/stream.h"

namespace fastgate::net {

/// Which side the other end is on: decides the kinds of the errors reported.
enum class PeerSide : std::uint8_t { Downstream, Upstream };

/// When the kernel hands a connection over: as soon as it stands, or with its first bytes; one that
/// stays silent for a second, then too (TCP_DEFER_ACCEPT, tcp(7)). Clients speak first in all that
/// is served here, so with its bytes saves a turn of the loop for each connection.
enum class Handover : std::uint8_t { AtOnce, WithBytes };

/// A stream over `descriptor`, a connected socket just accepted; takes the descriptor over and
/// closes it if it fails. One that came WithBytes is read in this turn if it is started until then.
/// Errors: Io (no memory or descriptors for it).
[[nodiscard]] Result<std::unique_ptr<Stream>> adopt_tcp(Loop& loop, int descriptor,
                                                        Handover handover);

/// A connection attempt under way; destroying it gives up. Reports once to `done`, never from
/// inside connect_tcp(). Errors: ConnectFailed, or Overloaded where this process has no descriptor
/// left for it, with RetrySafety::Always. The caller keeps the time.
class TcpConnecting {
 public:
  using Done = std::function<void(Result<std::unique_ptr<Stream>>)>;
  virtual ~TcpConnecting() = default;
};
[[nodiscard]] std::unique_ptr<TcpConnecting> connect_tcp(Loop& loop, const IpAddress& address,
                                                         std::uint16_t port,
                                                         TcpConnecting::Done done);

}  // namespace fastgate::net
