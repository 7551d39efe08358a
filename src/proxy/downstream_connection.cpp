#include "proxy/downstream_connection.h"

#include <utility>

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
        linger_on();
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
    exchange_->refuse_body(body.error());
    return {};
  }
  bytes.remove_prefix(body->consumed);
  if (!body->complete) restart_body_time();
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
    restart_body_time();
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

void DownstreamConnection::on_failed(Error error) {
  if (error.kind == ErrorKind::TlsFailed) {
    worker_.log.debug(error.text, {{"ip_address", facts_.peer.text()}});
  }
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

// --------------------------------------------------------------------- what the exchange asks

void DownstreamConnection::write(std::span<const std::string_view> pieces) {
  for (const std::string_view piece : pieces) work().bytes_given += piece.size();
  stream_->write(pieces);
  if (stream_->pending() > 0) watch_for_stall();
}

void DownstreamConnection::send_kept() {
  stream_->send_kept();
  if (stream_->pending() > 0) watch_for_stall();
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
  if (state_ == State::Exchange && !is_message_complete()) restart_body_time();
  if (!is_held_back_) stream_->resume_reading();
}

void DownstreamConnection::restart_body_time() {
  timer_.arm<&DownstreamConnection::on_timeout>(worker_.loop.timers(),
                                                settings().client_body_timeout, this);
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
      return restart_body_time();
    case ExchangeEnd::Close:
      return close_after_answer();
    case ExchangeEnd::Reset:
      stream_->reset_on_close();
      [[fallthrough]];
    case ExchangeEnd::Break:
      return close_now();
  }
}

}  // namespace fastgate::proxy
