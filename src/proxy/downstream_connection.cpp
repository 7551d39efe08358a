#include "proxy/downstream_connection.h"

#include <array>
#include <utility>

#include "gateway/reply.h"
#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

http::ParserLimits parser_limits(const WorkerContext& worker) {
  const config::ServerConfig& server = worker.active->snapshot->config.server;
  return {.max_head_bytes = static_cast<std::uint32_t>(server.max_header_size.count)};
}

}  // namespace

DownstreamConnection::DownstreamConnection(WorkerContext& worker,
                                           std::unique_ptr<net::Stream> stream,
                                           const ConnectionFacts& facts)
    : worker_(worker), stream_(std::move(stream)), facts_(facts) {}

DownstreamConnection::~DownstreamConnection() {
  worker_.connection_work.give_back(std::move(work_));
}

const config::ServerConfig& DownstreamConnection::settings() const {
  return worker_.active->snapshot->config.server;
}

void DownstreamConnection::start() {
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                settings().client_header_timeout, this);
  stream_->start(this);
}

void DownstreamConnection::drain() {
  if (state_ != State::Idle) return;
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), kDrainGrace, this);
}

void DownstreamConnection::abort() {
  if (state_ == State::Closed) return;
  stream_->reset_on_close();
  if (exchange_ && state_ != State::Head) return exchange_->on_client_gone();
  close_now();
}

void DownstreamConnection::turn_away(Farewell farewell) {
  stream_->start(this);
  const std::string id(RequestId::make(worker_.random).text());
  const gateway::Reply answer = gateway::error_reply(
      fail(ErrorKind::Overloaded, "the gateway has no room for another connection").error(), id);
  std::string text;
  gateway::append_reply(text, answer,
                        {.method = http::Method::Get,
                         .client_minor_version = 1,
                         .keep_alive = false,
                         .request_id = id,
                         .http_date = worker_.dates.http_date(worker_.loop.wall_now())});
  const std::array<std::string_view, 1> pieces{text};
  write(pieces);
  if (farewell == Farewell::AtOnce) return close_after_answer();
  linger();
}

// ------------------------------------------------------------------------------------ bytes in

void DownstreamConnection::on_bytes(std::string_view bytes) {
  if (holds_backlog()) return hold_back(bytes);
  consume(bytes);
}

void DownstreamConnection::consume(std::string_view bytes) {
  is_consuming_ = true;
  while (!bytes.empty()) {
    switch (state_) {
      case State::Idle:
        open_exchange();
        [[fallthrough]];
      case State::Head:
        bytes = read_head(bytes);
        break;
      case State::Exchange:
        if (work_->parser.message_complete()) {
          hold_back(bytes);
          bytes = {};
        } else if (work_->parser.head_complete()) {
          bytes = read_body(bytes);
        } else {
          // The message was refused, and the client has not taken the answer yet.
          bytes = {};
        }
        break;
      case State::Discarding:
        bytes = discard_body(bytes);
        break;
      case State::Tunnel:
        exchange_->on_tunnel_bytes_from_client(bytes);
        bytes = {};
        break;
      case State::Lingering:
        work().lingered += bytes.size();
        if (work_->lingered > kLingerBytes) close_now();
        bytes = {};
        break;
      case State::Closed:
        bytes = {};
        break;
    }
  }
  is_consuming_ = false;
  if (state_ == State::Idle) rest();
}

void DownstreamConnection::open_exchange() {
  ++facts_.requests;
  // The exchange holds its upstream back by the limit of the configuration that it pins now.
  const std::uint64_t limit = worker_.active->snapshot->config.proxy.buffer_limit.count;
  stream_->set_high_mark(static_cast<std::size_t>(limit));
  exchange_ = worker_.exchanges.take();
  exchange_->open(*this);
  work().parser.limit(parser_limits(worker_));
  work_->parser.begin(exchange_->request_head());
  state_ = State::Head;
  timer_.disarm();
}

std::string_view DownstreamConnection::read_head(std::string_view bytes) {
  const Result<std::size_t> fed = work_->parser.feed_head(bytes);
  if (!fed) {
    state_ = State::Exchange;
    timer_.disarm();
    exchange_->refuse(fed.error());
    return {};
  }
  bytes.remove_prefix(*fed);
  if (!work_->parser.head_complete()) {
    if (!timer_.is_armed()) {
      timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                    settings().client_header_timeout, this);
    }
    return bytes;
  }
  timer_.disarm();
  state_ = State::Exchange;
  worker_.body_pieces.clear();
  const Result<http::BodyProgress> body = work_->parser.feed_body(bytes, worker_.body_pieces);
  if (!body) {
    exchange_->refuse(body.error());
    return {};
  }
  bytes.remove_prefix(body->consumed);
  if (!body->complete) {
    timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                  settings().client_body_timeout, this);
  }
  exchange_->begin({.pieces = worker_.body_pieces,
                    .end = body->complete ? BodyEnd::Last : BodyEnd::More,
                    .trailers = work_->parser.trailers()});
  return bytes;
}

std::string_view DownstreamConnection::read_body(std::string_view bytes) {
  worker_.body_pieces.clear();
  const Result<http::BodyProgress> body = work_->parser.feed_body(bytes, worker_.body_pieces);
  if (!body) {
    timer_.disarm();
    exchange_->on_request_body_failed(body.error());
    return {};
  }
  if (body->complete) {
    timer_.disarm();
  } else {
    timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                  settings().client_body_timeout, this);
  }
  exchange_->on_request_body({.pieces = worker_.body_pieces,
                              .end = body->complete ? BodyEnd::Last : BodyEnd::More,
                              .trailers = work_->parser.trailers()});
  return bytes.substr(body->consumed);
}

std::string_view DownstreamConnection::discard_body(std::string_view bytes) {
  worker_.body_pieces.clear();
  const Result<http::BodyProgress> body = work_->parser.feed_body(bytes, worker_.body_pieces);
  if (!body) {
    close_now();
    return {};
  }
  if (body->complete) become_idle();
  return bytes.substr(body->consumed);
}

void DownstreamConnection::hold_back(std::string_view bytes) {
  work().backlog.append(bytes);
  // A client whose bytes are not read could leave unseen, so reading goes on while there is room.
  if (is_held_back_ || work_->backlog.size() < kMaxBacklog) return;
  is_held_back_ = true;
  stream_->pause_reading();
}

void DownstreamConnection::go_on_with_backlog() {
  if (is_consuming_ || (state_ != State::Idle && state_ != State::Discarding)) return;
  const std::string held = work_ != nullptr ? std::exchange(work_->backlog, {}) : std::string();
  if (is_held_back_) {
    is_held_back_ = false;
    if (!is_body_paused_) stream_->resume_reading();
  }
  if (!held.empty()) consume(held);
}

// ------------------------------------------------------------------------- the stream's events

void DownstreamConnection::on_drained() {
  if (exchange_ && state_ != State::Head) exchange_->on_client_drained();
}

void DownstreamConnection::on_end() {
  switch (state_) {
    case State::Tunnel:
      return exchange_->on_tunnel_end_from_client();
    // A client that closes is taken at its word, as nginx does: half-closing after a request gets
    // no answer, but an upstream is never kept working for nobody.
    case State::Exchange:
      return exchange_->on_client_gone();
    case State::Idle:
    case State::Head:
    case State::Discarding:
    case State::Lingering:
      return close_now();
    case State::Closed:
      return;
  }
}

void DownstreamConnection::on_failed(Error /*error*/) {
  switch (state_) {
    case State::Tunnel:
    case State::Exchange:
      return exchange_->on_client_gone();
    case State::Closed:
      return;
    default:
      return close_now();
  }
}

void DownstreamConnection::on_timeout() {
  switch (state_) {
    case State::Head:
      if (!work_->parser.has_begun()) return close_now();
      state_ = State::Exchange;
      return exchange_->refuse(
          fail(ErrorKind::RequestTimeout, "the request's head took too long").error());
    case State::Exchange:
      if (is_body_paused_ || is_message_complete()) return;
      return exchange_->on_request_body_failed(
          fail(ErrorKind::RequestTimeout, "the request's body took too long").error());
    case State::Idle:
    case State::Discarding:
    case State::Lingering:
      return close_now();
    case State::Tunnel:
    case State::Closed:
      return;
  }
}

// --------------------------------------------------------------------- what the exchange asks

void DownstreamConnection::write(std::span<const std::string_view> pieces) {
  for (const std::string_view piece : pieces) work().bytes_given += piece.size();
  stream_->write(pieces);
  if (stream_->pending() > 0) watch_for_stall();
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

void DownstreamConnection::report_when_flushed() {
  stream_->set_high_mark(0);
}

void DownstreamConnection::pause_request_body() {
  if (is_body_paused_) return;
  is_body_paused_ = true;
  timer_.disarm();
  stream_->pause_reading();
}

void DownstreamConnection::resume_request_body() {
  if (!is_body_paused_) return;
  is_body_paused_ = false;
  if (state_ == State::Exchange && !is_message_complete()) {
    timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                  settings().client_body_timeout, this);
  }
  if (!is_held_back_) stream_->resume_reading();
}

void DownstreamConnection::start_tunnel() {
  state_ = State::Tunnel;
  timer_.disarm();
  const std::string held = work_ != nullptr ? std::exchange(work_->backlog, {}) : std::string();
  if (is_held_back_) {
    is_held_back_ = false;
    if (!is_body_paused_) stream_->resume_reading();
  }
  if (!held.empty()) exchange_->on_tunnel_bytes_from_client(held);
}

void DownstreamConnection::end_writing() {
  stream_->end_writing();
}

void DownstreamConnection::on_exchange_done(ExchangeEnd end) {
  worker_.exchanges.give_back(std::move(exchange_));
  if (work_ != nullptr) work_->stall_timer.disarm();
  resume_request_body();
  switch (end) {
    case ExchangeEnd::KeepAlive:
      if (is_message_complete()) return become_idle();
      state_ = State::Discarding;
      timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                    settings().client_body_timeout, this);
      return;
    case ExchangeEnd::Close:
      return close_after_answer();
    case ExchangeEnd::Reset:
      stream_->reset_on_close();
      [[fallthrough]];
    case ExchangeEnd::Break:
      return close_now();
  }
}

// ------------------------------------------------------------------------------ between requests

void DownstreamConnection::become_idle() {
  const std::uint32_t most = settings().keepalive_requests;
  if (worker_.drain_state == DrainState::Draining || (most != 0 && facts_.requests >= most)) {
    return close_after_answer();
  }
  state_ = State::Idle;
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
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(), kLingerTime, this);
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
