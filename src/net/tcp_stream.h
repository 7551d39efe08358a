/// Stream over a TCP socket by libuv, and the connecting of one.
#pragma once

#include <functional>
#include <memory>

#include "net/loop.h"
#include "net/stream.h"

struct uv_stream_s;

namespace fastgate::net {

/// Which side the other end is on: decides the kinds of the errors reported.
enum class PeerSide : std::uint8_t { Downstream, Upstream };

/// Takes the next connection from a listening libuv handle (inside its connection event), with
/// TCP_NODELAY set. Errors: Io (no descriptors left, or the client is gone already).
[[nodiscard]] Result<std::unique_ptr<Stream>> accept_tcp(Loop& loop, uv_stream_s* listener);

/// A connection attempt under way; destroying it gives up. Reports once to `done`, never from inside
/// connect_tcp(). Errors: ConnectFailed with RetrySafety::Always. The caller keeps the time.
class TcpConnecting {
 public:
  using Done = std::function<void(Result<std::unique_ptr<Stream>>)>;
  virtual ~TcpConnecting() = default;
};
[[nodiscard]] std::unique_ptr<TcpConnecting> connect_tcp(Loop& loop, const IpAddress& address,
                                                         std::uint16_t port, TcpConnecting::Done done);

}  // namespace fastgate::net
