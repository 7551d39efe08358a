#include "proxy/attempt.h"

#include <utility>

namespace fastgate::proxy {

Attempt::Attempt(AttemptOwner& owner, net::Loop& loop, std::vector<std::string_view>& body_scratch)
    : owner_(owner), loop_(loop), body_scratch_(body_scratch), parser_(http::ParserLimits{}) {}

Attempt::~Attempt() = default;

void Attempt::start(const AttemptTarget& target, std::size_t high_mark) {
  FG_ASSERT(!is_running_);
  is_running_ = true;
  server_ = target.server;
  method_ = target.method;
  high_mark_ = high_mark;
  parser_.limit(target.limits);
  bytes_sent_ = 0;
  interim_ = 0;
  has_answer_begun_ = false;
  has_extra_bytes_ = false;
  upstream_ended_ = false;
  was_reused_ = false;
  phase_ = Phase::Connecting;
  if (target.reuse == AttemptTarget::Reuse::Allowed) {
    if (upstream::Lease idle = target.group->take_idle(server_)) {
      was_reused_ = true;
      return on_lease(std::move(idle));
    }
  }
  connecting_ =
      target.group->connect(server_, target.connect_timeout, [this](Result<upstream::Lease> lease) {
        // Its own report is running: it ends in a later turn.
        loop_.dispose(std::move(connecting_));
        if (!lease) return fail_with(std::move(lease.error()));
        on_lease(std::move(*lease));
      });
}

void Attempt::on_lease(upstream::Lease lease) {
  lease_ = std::move(lease);
  phase_ = Phase::AwaitingHead;
  parser_.begin(head_, method_);
  net::Stream& stream = lease_.stream();
  stream.set_high_mark(high_mark_);
  if (was_reused_) {
    stream.set_owner(this);
  } else {
    stream.start(this);
  }
  owner_.on_attempt_connected();
}

void Attempt::send(std::span<const std::string_view> pieces) {
  for (const std::string_view piece : pieces) bytes_sent_ += piece.size();
  lease_.stream().write(pieces);
}

void Attempt::stop(Request request) {
  if (!is_running_) return;
  is_running_ = false;
  connecting_.reset();
  if (lease_) {
    const bool is_whole = phase_ == Phase::Complete && request == Request::Sent &&
                          head_.keep_alive && !has_extra_bytes_ && !upstream_ended_ &&
                          lease_.stream().pending() == 0;
    if (is_whole) {
      lease_.give_back();
    } else {
      lease_.close();
    }
  }
  phase_ = Phase::Idle;
}

void Attempt::pause_reading() {
  if (lease_) lease_.stream().pause_reading();
}

void Attempt::resume_reading() {
  if (lease_) lease_.stream().resume_reading();
}

void Attempt::end_writing() {
  if (lease_) lease_.stream().end_writing();
}

void Attempt::on_bytes(std::string_view bytes) {
  switch (phase_) {
    case Phase::AwaitingHead:
      return read_head(bytes);
    case Phase::Body:
      return read_body(bytes);
    case Phase::Tunnel:
      return owner_.on_tunnel_bytes(bytes);
    case Phase::Complete:
      has_extra_bytes_ = true;
      return;
    case Phase::Idle:
    case Phase::Connecting:
      return;
  }
}

void Attempt::read_head(std::string_view bytes) {
  if (!has_answer_begun_) owner_.on_answer_begins();
  has_answer_begun_ = true;
  while (true) {
    const Result<std::size_t> fed = parser_.feed_head(bytes);
    if (!fed) return fail_with(fed.error());
    bytes.remove_prefix(*fed);
    if (!parser_.head_complete()) return;
    if (!head_.is_interim()) return head_complete(bytes);
    if (++interim_ > kMaxInterim) {
      return fail_with({ErrorKind::UpstreamMalformed, ErrorSide::Upstream,
                        RetrySafety::IfIdempotent, "the upstream sent too many interim answers"});
    }
    // 100 is answered by the gateway itself once it wants the body.
    if (head_.status != 100) owner_.on_interim_response(head_);
    parser_.begin(head_, method_);
    if (bytes.empty()) return;
  }
}

void Attempt::head_complete(std::string_view rest) {
  if (head_.status == 101) {
    phase_ = Phase::Tunnel;
    body_scratch_.clear();
    if (!rest.empty()) body_scratch_.push_back(rest);
    return owner_.on_response(body_scratch_, false);
  }
  phase_ = Phase::Body;
  body_scratch_.clear();
  const Result<http::BodyProgress> progress = parser_.feed_body(rest, body_scratch_);
  if (!progress) return fail_with(progress.error());
  if (progress->complete) {
    phase_ = Phase::Complete;
    has_extra_bytes_ = progress->consumed < rest.size();
  }
  owner_.on_response(body_scratch_, progress->complete);
}

void Attempt::read_body(std::string_view bytes) {
  body_scratch_.clear();
  const Result<http::BodyProgress> progress = parser_.feed_body(bytes, body_scratch_);
  if (!progress) return fail_with(progress.error());
  if (progress->complete) {
    phase_ = Phase::Complete;
    has_extra_bytes_ = progress->consumed < bytes.size();
  }
  owner_.on_response_body(body_scratch_, progress->complete);
}

void Attempt::on_drained() {
  owner_.on_upstream_drained();
}

void Attempt::on_end() {
  upstream_ended_ = true;
  switch (phase_) {
    case Phase::Tunnel:
      return owner_.on_tunnel_end();
    case Phase::Body: {
      const Result<void> finished = parser_.finish();
      if (!finished) return fail_with(finished.error());
      phase_ = Phase::Complete;
      body_scratch_.clear();
      return owner_.on_response_body(body_scratch_, true);
    }
    case Phase::AwaitingHead:
      return fail_with({ErrorKind::UpstreamReset, ErrorSide::Upstream, RetrySafety::IfIdempotent,
                        "the upstream closed the connection before it answered"});
    case Phase::Complete:
    case Phase::Idle:
    case Phase::Connecting:
      return;
  }
}

void Attempt::on_failed(Error error) {
  upstream_ended_ = true;
  if (phase_ == Phase::Complete) return;
  fail_with(std::move(error));
}

bool Attempt::nothing_taken() const {
  if (!lease_ || bytes_sent_ == 0) return true;
  return !has_answer_begun_ && lease_.stream().nothing_acknowledged_of_last(bytes_sent_);
}

void Attempt::fail_with(Error error) {
  if (error.kind != ErrorKind::Overloaded) error.side = ErrorSide::Upstream;
  owner_.on_attempt_failed(std::move(error));
}

}  // namespace fastgate::proxy
