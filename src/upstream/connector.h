/// Getting a new connection to a server: name, TCP, TLS, within one time limit.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/loop.h"
#include "net/resolver.h"
#include "net/tcp_stream.h"
#include "net/tls.h"

namespace fastgate::upstream {

/// A connection attempt under way; destroying it gives up without a report.
class Connecting : public net::Disposable {};

struct ConnectorSettings {
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t first_address =
      0;  ///< which of several addresses to try first (modulo their number)
  std::chrono::milliseconds timeout{0};
  std::shared_ptr<const net::TlsClientContext> tls;  ///< null: plain TCP
};

/// Resolves the name (an answer in the cache costs no turn), tries its addresses one after the
/// other, each with a head start of a quarter of a second before the next is tried beside it,
/// shakes hands with the first that connects. Reports once, in a later turn. Errors: ConnectFailed,
/// ConnectTimeout, TlsFailed; Overloaded, which is not the server's fault: this process has no
/// descriptor left. All with RetrySafety::Always.
[[nodiscard]] std::unique_ptr<Connecting> connect_to(
    net::Loop& loop, net::Resolver& resolver, ConnectorSettings settings,
    std::function<void(Result<std::unique_ptr<net::Stream>>)> done);

}  // namespace fastgate::upstream
