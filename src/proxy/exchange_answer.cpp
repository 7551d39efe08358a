// The part of an exchange that answers the client: steps 12 and 14.

#include <array>
#include <utility>

#include "http/connection_options.h"
#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

/// nginx's status for a client that closed before there was an answer.
constexpr std::uint16_t kClientClosed = 499;

}  // namespace

gateway::TemplateValues Exchange::template_values(const gateway::Route* route) {
  gateway::Captures& captures = worker_.captures;
  captures.clear();
  if (route != nullptr && route->needs_captures) {
    // The route was chosen because its pattern matches; only the captures are of interest here.
    static_cast<void>(route->pattern.match(target_.match_path, captures, &worker_.regex_scratch));
  }
  return {.facts = &facts_,
          .captures = &captures,
          .key_id = record_.key_id,
          .source_path = record_.source_path};
}

bool Exchange::may_keep_client() const {
  const std::uint32_t most = active_->snapshot->config.server.keepalive_requests;
  return head_.keep_alive && worker_.drain_state == DrainState::Serving &&
         end_ == ExchangeEnd::KeepAlive && (most == 0 || client_->facts().requests < most);
}

void Exchange::on_interim_response(const http::ResponseHead& head) {
  arm_upstream_timer();
  if (head_.minor_version == 0) return;
  http::HopByHop hops;
  hops.inspect(head);
  worker_.head_scratch.clear();
  gateway::append_response_head(worker_.head_scratch, head,
                                {.route = nullptr,
                                 .values = nullptr,
                                 .hop_by_hop = &hops,
                                 .framing = {},
                                 .client_minor_version = head_.minor_version,
                                 .request_id = record_.request_id,
                                 .server_timing = {}});
  const std::array<std::string_view, 1> pieces{worker_.head_scratch};
  record_.bytes_sent += worker_.head_scratch.size();
  client_->write(pieces);
}

/// What the answer and its record need again of route and key, other requests have driven out of
/// the caches meanwhile: it comes while the head is read.
void Exchange::on_answer_begins() {
  gateway::fetch_ahead(*route_);
  worker_.recorder.fetch_ahead(record_);
  if (usage_ != nullptr) usage_->fetch_ahead();
}

void Exchange::on_response(std::span<const std::string_view> body, bool is_complete) {
  const http::ResponseHead& response = attempt_.response();
  record_.upstream_head = worker_.loop.now();
  record_.upstream_status = response.status;
  timer_.disarm();
  if (is_retry_status(response.status)) {
    const FailedAttempt failed = failed_attempt(nullptr, response.status);
    const RetryDecision decision = decide_retry(failed);
    if (decision != RetryDecision::GiveUp) return after_failure(failed, decision);
    if (response.status != 429) {
      note_server_failure(attempt_.server(), status_reason(response.status));
    }
  } else {
    group_->report_success(attempt_.server());
  }
  if (response.status == 101) {
    if (!upstream_request_.upgrade || !http::is_asked_upgrade(head_, response)) {
      return on_attempt_failed({ErrorKind::UpstreamMalformed, ErrorSide::Upstream,
                                RetrySafety::Never,
                                "the upstream changed protocols without being asked"});
    }
    return begin_tunnel(body.empty() ? std::string_view() : body.front());
  }
  const BodyEnd end = is_complete ? BodyEnd::Last : BodyEnd::More;
  if (is_to_be_held_back(response)) return hold_back(body, end);
  enter(ExchangeState::Relaying);
  relay_response(body, end);
}

void Exchange::relay_response(std::span<const std::string_view> body, BodyEnd end) {
  const http::ResponseHead& response = attempt_.response();
  record_.response = &response;
  record_.status = response.status;
  gateway::DownstreamFraming framing = gateway::downstream_framing(head_, response);
  // A client that is still sending its body will be read to no end after a whole answer.
  if (!may_keep_client() || !body_.is_complete()) framing.keep_alive = false;
  record_.is_stream = http::is_event_stream(response.find(http::FieldId::ContentType).value_or(""));
  relay_.begin(framing,
               record_.is_stream ? ResponseRelay::Kind::EventStream : ResponseRelay::Kind::Plain,
               record_, holds_end_ ? &store_wait().held_end : nullptr,
               &route_->policy->remove_response_headers);
  if (record_.capture != nullptr) begin_response_capture();

  worker_.hop_by_hop.inspect(response);
  const gateway::TemplateValues values = template_values();
  worker_.head_scratch.clear();
  std::string timing;
  if (active_->snapshot->config.proxy.server_timing) timing = server_timing_text();
  gateway::append_response_head(worker_.head_scratch, response,
                                {.route = route_,
                                 .values = &values,
                                 .hop_by_hop = &worker_.hop_by_hop,
                                 .framing = framing,
                                 .client_minor_version = head_.minor_version,
                                 .request_id = record_.request_id,
                                 .server_timing = timing,
                                 .rate = rate_ && rate_->limit > 0 ? &*rate_ : nullptr});
  note_first_byte();
  relay_.write_head(worker_, *client_, worker_.head_scratch,
                    {.pieces = body, .end = end, .trailers = attempt_.trailers()});
  if (record_.is_stream && end == BodyEnd::More) {
    settle_for_long();
  } else {
    body_.release();
  }
  if (end == BodyEnd::Last) return response_complete();
  limit_upstream_reading();
  arm_upstream_timer();
  // A comment cannot be put between the bytes of a compressed stream.
  const bool takes_comments =
      record_.is_stream && !response.find(http::FieldId::ContentEncoding).has_value();
  if (takes_comments && route_->policy->sse_keepalive.count() > 0) {
    sse_timer_ = std::make_unique<net::Timer>();
    arm_sse_timer();
  }
}

/// The answer has begun, so no other attempt follows, and it may last for hours: gives back the
/// memory of what the request was made of.
void Exchange::settle_for_long() {
  body_.release_memory();
  changed_body_.reset();
  candidates_ = {};
  upstream_request_.keep_target_only();
  record_.upstream_target = upstream_request_.target();
}

std::string Exchange::server_timing_text() const {
  const auto to_ms = [](std::chrono::nanoseconds time) {
    std::string text = std::to_string(time.count() / 1'000'000) + ".";
    const std::string micros = std::to_string(time.count() / 1'000 % 1'000);
    return text + std::string(3 - micros.size(), '0') + micros;
  };
  const MonotonicTime now = worker_.loop.now();
  const MonotonicTime asked = record_.upstream_started.value_or(now);
  const std::string gateway = "gateway;dur=" + to_ms(asked - record_.started);
  return record_.upstream_started ? gateway + ", upstream;dur=" + to_ms(now - asked) : gateway;
}

void Exchange::note_first_byte() {
  record_.first_byte = worker_.loop.now();
  worker_.recorder.first_byte(record_);
}

void Exchange::on_response_body(std::span<const std::string_view> body, bool is_complete) {
  const BodyEnd end = is_complete ? BodyEnd::Last : BodyEnd::More;
  if (state_ == ExchangeState::HoldingBack) return hold_back_more(body, end);
  relay_.write_body(worker_, *client_,
                    {.pieces = body, .end = end, .trailers = attempt_.trailers()});
  if (is_complete) return response_complete();
  limit_upstream_reading();
  arm_upstream_timer();
  if (sse_timer_) arm_sse_timer();
}

void Exchange::limit_upstream_reading() {
  if (client_->pending() > active_->snapshot->config.proxy.buffer_limit.count) {
    attempt_.pause_reading();
  }
}

void Exchange::on_sse_keepalive() {
  arm_sse_timer();
  if (client_->pending() == 0) relay_.write_keepalive(worker_, *client_);
}

void Exchange::arm_sse_timer() {
  sse_timer_->arm<&Exchange::on_sse_keepalive>(worker_.loop.timers(), route_->policy->sse_keepalive,
                                               this);
}

void Exchange::response_complete() {
  record_.upstream_done = worker_.loop.now();
  timer_.disarm();
  const bool request_is_whole = request_is_sent_ && body_.is_complete();
  attempt_.stop(request_is_whole ? Attempt::Request::Sent : Attempt::Request::Unfinished);
  const bool framing_ends_itself = relay_.framing().framing != http::BodyFraming::UntilClose;
  const bool keep = relay_.framing().keep_alive && framing_ends_itself && may_keep_client();
  finish(keep ? ExchangeEnd::KeepAlive : ExchangeEnd::Close);
}

void Exchange::begin_tunnel(std::string_view early) {
  enter(ExchangeState::Tunnelling);
  holds_end_ = false;
  const http::ResponseHead& response = attempt_.response();
  record_.response = &response;
  record_.status = response.status;
  relay_.begin({.framing = http::BodyFraming::UntilClose, .keep_alive = true},
               ResponseRelay::Kind::Plain, record_, nullptr);
  if (record_.capture != nullptr) begin_response_capture();
  worker_.hop_by_hop.inspect(response);
  const gateway::TemplateValues values = template_values();
  worker_.head_scratch.clear();
  gateway::append_response_head(worker_.head_scratch, response,
                                {.route = route_,
                                 .values = &values,
                                 .hop_by_hop = &worker_.hop_by_hop,
                                 .framing = relay_.framing(),
                                 .client_minor_version = head_.minor_version,
                                 .request_id = record_.request_id,
                                 .server_timing = {}});
  note_first_byte();
  const std::array<std::string_view, 1> body{early};
  relay_.write_head(worker_, *client_, worker_.head_scratch,
                    {.pieces = early.empty() ? std::span<const std::string_view>() : body});
  settle_for_long();
  arm_upstream_timer();
  client_->start_tunnel();
}

void Exchange::on_tunnel_bytes(std::string_view bytes) {
  const std::array<std::string_view, 1> body{bytes};
  relay_.write_body(worker_, *client_, {.pieces = body});
  limit_upstream_reading();
  arm_upstream_timer();
}

void Exchange::on_tunnel_end() {
  upstream_half_closed_ = true;
  client_->end_writing();
  if (client_half_closed_) tunnel_complete();
}

void Exchange::on_tunnel_bytes_from_client(std::string_view bytes) {
  record_.request_size += bytes.size();
  const std::array<std::string_view, 1> pieces{bytes};
  attempt_.send(pieces);
  if (attempt_.pending() > active_->snapshot->config.proxy.buffer_limit.count) {
    client_->pause_request_body();
  }
  arm_upstream_timer();
}

void Exchange::on_tunnel_end_from_client() {
  client_half_closed_ = true;
  attempt_.end_writing();
  if (upstream_half_closed_) tunnel_complete();
}

void Exchange::tunnel_complete() {
  record_.upstream_done = worker_.loop.now();
  attempt_.stop(Attempt::Request::Unfinished);
  finish(ExchangeEnd::Close);
}

void Exchange::on_client_drained() {
  if (state_ == ExchangeState::Flushing) {
    if (client_->pending() > 0) return;
    record_.client_wait += worker_.loop.now() - client_awaited_since_;
    return complete();
  }
  if (state_ == ExchangeState::Replying) return go_on_with_local_body();
  if (state_ == ExchangeState::Storing) return;
  attempt_.resume_reading();
}

void Exchange::on_client_gone() {
  if (state_ == ExchangeState::Done) return;
  attempt_.stop(Attempt::Request::Unfinished);
  if (state_ == ExchangeState::Storing) lose_held_end(kClientClosed);
  if (record_.status == 0) record_.status = kClientClosed;
  if (record_.error_message.empty() && state_ != ExchangeState::Tunnelling) {
    record_.error_message = "the client closed the connection";
  }
  end_ = ExchangeEnd::Break;
  if (state_ == ExchangeState::Waiting) worker_.waiting.remove(*this);
  if (state_ != ExchangeState::Flushing) enter(ExchangeState::Flushing);
  complete();
}

void Exchange::on_client_stalled() {
  record_.error_message = "the client stopped reading";
  on_client_gone();
}

void Exchange::finish(ExchangeEnd end) {
  disarm_timers();
  end_wait();
  if (local_) local_->ticket.reset();
  note_attempt_over();
  if (state_ == ExchangeState::Waiting) worker_.waiting.remove(*this);
  end_ = end;
  const bool is_whole = end != ExchangeEnd::Break && end != ExchangeEnd::Reset;
  if (holds_end_ && is_whole) return await_record();
  flush_answer();
}

void Exchange::flush_answer() {
  enter(ExchangeState::Flushing);
  if (end_ == ExchangeEnd::Break || end_ == ExchangeEnd::Reset) return complete();
  // Draining began after the answer's head was made.
  if (worker_.drain_state == DrainState::Draining) end_ = ExchangeEnd::Close;
  // Where the connection stays, what is left is sent before any further answer.
  if (end_ == ExchangeEnd::Close) client_->send_kept();
  const bool was_tunnel = client_half_closed_ && upstream_half_closed_;
  if (client_->is_broken() && !was_tunnel) return on_client_gone();
  if (client_->pending() > 0) {
    client_awaited_since_ = worker_.loop.now();
    return client_->report_when_flushed();
  }
  complete();
}

void Exchange::complete() {
  disarm_timers();
  if (local_) {
    local_->ticket.reset();
    if (local_->call) worker_.loop.dispose(std::move(local_->call));
    if (local_->body) worker_.loop.dispose(std::move(local_->body));
  }
  if (!is_recorded_) conclude_record();
  worker_.recorder.tell(record_);
  enter(ExchangeState::Done);
  client_->on_exchange_done(end_);
}

void Exchange::disarm_timers() {
  timer_.disarm();
  sse_timer_.reset();
  total_time_.reset();
  if (held_beginning_) held_beginning_->timer.disarm();
  if (store_wait_) store_wait_->call.disarm();
}

}  // namespace fastgate::proxy
