// The part of a client connection that ends it or lets it wait: between requests, timeouts, clients
// that take nothing, last words.

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "gateway/reply.h"
#include "proxy/downstream_connection.h"
#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

/// From when an idle connection's time is over until it is closed: a turn of the loop.
constexpr std::chrono::milliseconds kLastLook{1};

}  // namespace

void DownstreamConnection::drain() {
  if (state_ != State::Idle) return;
  is_last_look_ = false;
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), kDrainGrace, this);
}

void DownstreamConnection::abort() {
  if (state_ == State::Closed) return;
  // Only what is in hand is broken off: the system still sends what a client has not taken of an
  // answer that is recorded as whole.
  if (!exchange_ || state_ == State::Head) return close_now();
  stream_->reset_on_close();
  exchange_->on_cut();
}

void DownstreamConnection::turn_away(Farewell farewell) {
  stream_->start(this);
  say(fail(ErrorKind::Overloaded, "the gateway has no room for another connection").error());
  // Over TLS it is lost: waiting for a handshake would take the place that is not there.
  if (farewell == Farewell::AtOnce) return close_now();
  linger();
}

/// nginx's words for it.
void DownstreamConnection::on_clear_request(Error error) {
  if (state_ != State::Idle) return on_failed(std::move(error));
  say(fail(ErrorKind::Malformed, "the plain HTTP request was sent to an HTTPS port").error());
  linger();
}

/// An answer to what is no request of an exchange.
void DownstreamConnection::say(const Error& error) {
  const std::string id(RequestId::make(worker_.random).text());
  const gateway::Reply answer = gateway::error_reply(error, id);
  std::string text;
  gateway::append_reply(text, answer,
                        {.method = http::Method::Get,
                         .client_minor_version = 1,
                         .keep_alive = false,
                         .request_id = id,
                         .http_date = worker_.dates.http_date(worker_.loop.wall_now())});
  const std::array<std::string_view, 1> pieces{text};
  write(pieces);
}

// ------------------------------------------------------------------------------------- time

void DownstreamConnection::on_timeout() {
  switch (state_) {
    case State::Head:
      if (!work_->parser.has_begun()) return close_now();
      state_ = State::Exchange;
      return exchange_->refuse(
          fail(ErrorKind::RequestTimeout, "the request's head took too long").error());
    case State::Exchange:
      if (is_body_paused_ || is_message_complete()) return;
      // The client waits as it said it would, and is not the late one.
      if (exchange_->is_body_uninvited()) return restart_body_time();
      return exchange_->on_request_body_failed(
          fail(ErrorKind::RequestTimeout, "the request's body took too long").error());
    case State::Idle:
      return close_idle();
    case State::Lingering:
      return close_unless_taking(kLingerSilence);
    case State::Discarding:
      return close_now();
    case State::Tunnel:
    case State::Closed:
      return;
  }
}

/// A loop that is late finds its timers before what the client sent meanwhile, which is to be read.
void DownstreamConnection::close_idle() {
  if (stream_->pending() > 0 || is_last_look_) {
    return close_unless_taking(is_draining() ? kDrainGrace : settings().keepalive_timeout);
  }
  is_last_look_ = true;
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), kLastLook, this);
}

/// Where the end of the last answer still waits for room in the socket, only a client that takes
/// nothing is closed.
void DownstreamConnection::close_unless_taking(std::chrono::milliseconds wait) {
  if (stream_->pending() == 0) return close_now();
  watch_for_stall();
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), wait, this);
}

void DownstreamConnection::watch_for_stall() {
  if (work().stall_timer.is_armed()) return;
  work_->bytes_taken_seen = work_->bytes_given - stream_->pending();
  work_->stall_timer.arm<&DownstreamConnection::on_stall_check>(worker_.loop.timers(),
                                                                settings().send_timeout, this);
}

void DownstreamConnection::on_stall_check() {
  if (stream_->pending() == 0) return;
  const std::uint64_t taken = work_->bytes_given - stream_->pending();
  if (taken != work_->bytes_taken_seen) return watch_for_stall();
  stream_->reset_on_close();
  if (exchange_ && state_ != State::Head) return exchange_->on_client_stalled();
  close_now();
}

// ------------------------------------------------------------------------------ between requests

void DownstreamConnection::become_idle() {
  const std::uint32_t most = settings().keepalive_requests;
  if (is_draining() || (most != 0 && facts_.requests >= most)) {
    return close_after_answer();
  }
  state_ = State::Idle;
  is_last_look_ = false;
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), settings().keepalive_timeout,
                                                this);
  if (holds_backlog()) return go_on_with_backlog();
  rest();
}

void DownstreamConnection::close_after_answer() {
  stream_->send_kept();
  const bool is_whole = is_message_complete() && !holds_backlog();
  if (is_whole && !stream_->is_tls() && stream_->pending() == 0) return close_now();
  linger();
}

void DownstreamConnection::linger() {
  // Closing with unread bytes in the socket would reset it, and the client could lose the answer.
  state_ = State::Lingering;
  // Requests behind the last answer are passed over like what still comes.
  if (work_ != nullptr) std::string().swap(work_->backlog);
  is_held_back_ = false;
  stream_->end_writing();
  stream_->resume_reading();
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), kLingerSilence, this);
}

/// The client still sends.
void DownstreamConnection::linger_on() {
  const MonotonicTime now = worker_.loop.now();
  OptionalTime& end = work().linger_end;
  if (!end.has_value()) end = now + kLingerTime;
  if (now >= *end) return close_now();
  timer_.arm<&DownstreamConnection::on_timeout>(
      worker_.loop.timers(), std::min<std::chrono::nanoseconds>(kLingerSilence, *end - now), this);
}

void DownstreamConnection::close_now() {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  timer_.disarm();
  if (exchange_) {
    exchange_->abandon();
    worker_.exchanges.give_back(std::move(exchange_));
  }
  // The work itself goes with the connection: its parser may be what reports the end.
  if (work_ != nullptr) work_->stall_timer.disarm();
  stream_->pause_reading();
  worker_.keeper.on_connection_closed(*this);
}

}  // namespace fastgate::proxy
