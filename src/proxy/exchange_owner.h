/// The client's side of an exchange, as the exchange sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/ip_address.h"
#include "gateway/request_facts.h"
#include "net/loop.h"
#include "net/stream.h"

namespace fastgate::proxy {

/// How an exchange ended for the client's connection.
enum class ExchangeEnd : std::uint8_t {
  KeepAlive,  ///< the answer is whole; the next request may follow
  Close,      ///< the answer is whole, and said that the connection ends
  Break,      ///< the answer is cut: the connection ends at once, without the framing's end
  Reset,      ///< as Break where an orderly end would look like a whole answer
};

/// What is known of the connection a request came by.
struct ConnectionFacts {
  IpAddress peer;
  std::uint16_t peer_port = 0;
  std::uint16_t server_port = 0;
  gateway::Scheme scheme = gateway::Scheme::Http;
  gateway::Door door = gateway::Door::Traffic;
  std::uint64_t number = 0;    ///< counts connections of the process
  std::uint32_t requests = 0;  ///< requests so far, this one included
};

/// Implemented by DownstreamConnection. An exchange calls it; nothing of it calls back from inside.
/// Disposable here, and not by a base more of each connection.
class ExchangeOwner : public net::Disposable {
 public:
  virtual void write(std::span<const std::string_view> pieces) = 0;
  /// Before pending() is asked whether the client has everything: Stream::send_kept().
  virtual void send_kept() = 0;
  /// Bytes given to write() that the client's socket would not take yet.
  [[nodiscard]] virtual std::size_t pending() const = 0;
  /// Whether a write failed, so that what was written last is lost: Stream::is_failed().
  [[nodiscard]] virtual bool is_broken() const = 0;
  /// Asks for Exchange::on_client_drained() once nothing is pending (else at half of buffer_limit).
  virtual void report_when_flushed() = 0;
  virtual void pause_request_body() = 0;
  virtual void resume_request_body() = 0;
  /// The client was told to send its body: its time for it counts from now.
  virtual void restart_body_time() = 0;
  /// From now on the client's bytes go to Exchange::on_tunnel_bytes_from_client().
  virtual void start_tunnel() = 0;
  /// Ends the sending direction of a tunnel.
  virtual void end_writing() = 0;
  [[nodiscard]] virtual const ConnectionFacts& facts() const = 0;
  /// Lives as long as this.
  [[nodiscard]] virtual const net::Stream& stream() const = 0;
  /// The last call an exchange makes: it may be given to another request afterwards.
  virtual void on_exchange_done(ExchangeEnd end) = 0;
};

}  // namespace fastgate::proxy
