// The part of an exchange that tries servers: steps 8 to 10, and 13 when a try fails.

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

/// An answer that was not passed on, since another server was to give one: a failure of its status.
Error failure_of(std::uint16_t status) {
  const ErrorKind kind = status == 429   ? ErrorKind::RateLimited
                         : status == 502 ? ErrorKind::ConnectFailed
                         : status == 504 ? ErrorKind::UpstreamTimeout
                                         : ErrorKind::NoServer;
  return {kind, ErrorSide::Upstream, RetrySafety::Never,
          "the upstream answered " + std::to_string(status) + ", and no other is left to try"};
}

}  // namespace

/// In a loop, for thousands may be passed over.
void Exchange::try_candidates() {
  while (try_candidate() == Step::PassedOver) {
  }
}

Exchange::Step Exchange::try_candidate() {
  take_route(*candidates_.routes[candidate_]);
  begin_capture();
  if (worker_.waiting.is_anyone_at(*route_) && route_->policy->may_wait && stands_in_line()) {
    return Step::Settled;
  }
  switch (admit(*route_)) {
    case Admission::Granted:
      break;
    case Admission::MayWait:
      return wait_for_place();
    case Admission::Refused:
      return reply_refusal();
  }
  return go_on_admitted();
}

void Exchange::go_on_after(Step step) {
  if (step == Step::PassedOver) try_candidates();
}

void Exchange::take_route(const gateway::Route& route) {
  route_ = &route;
  record_.route_id = route.id;
  record_.route_index = route.index;
}

Exchange::Step Exchange::go_on_admitted() {
  if (const std::optional<Error> error = check_body_size(*route_)) return refuse_candidate(*error);
  if (route_->respond) {
    reply(gateway::fixed_reply(*route_->respond, template_values()));
    return Step::Settled;
  }
  const bool is_changed = route_->body_patch && head_.framing != http::BodyFraming::None;
  if (is_changed && !body_.is_complete()) {
    return may_inspect_body() ? await_body() : refuse_candidate(too_large_to_inspect());
  }
  if (const Result<void> changed = take_body_change(*route_); !changed) {
    return refuse_candidate(changed.error());
  }
  group_ = active_->groups[static_cast<std::size_t>(route_->group)].get();
  tried_.clear();
  tries_ = 0;
  arm_total_timer();
  const Result<std::uint32_t> server = group_->choose(tried_, balance_hash());
  if (server) return start_attempt(*server, AttemptTarget::Reuse::Allowed);
  const FailedAttempt failed = failed_attempt(&server.error(), 0);
  return settle_failure(failed, decide_retry(failed));
}

std::uint64_t Exchange::balance_hash() {
  const config::UpstreamConfig& upstream = group_->settings().upstream;
  if (upstream.balance != config::Balance::Hash) return 0;
  constexpr std::hash<std::string_view> hash;
  // Requests that have nothing to be told apart by are spread, as nginx does, instead of all going
  // to one server.
  const auto hash_or_any = [this, hash](std::string_view value) {
    return value.empty() ? worker_.random.next() : hash(value);
  };
  switch (upstream.hash_by) {
    case config::HashBy::Header:
      return hash_or_any(head_.find(upstream.hash_header).value_or(""));
    case config::HashBy::Key:
      return hash_or_any(identity_.key_id());
    case config::HashBy::Client: {
      const auto& bytes = facts_.client.bytes();
      std::array<char, 16> text{};
      for (std::size_t i = 0; i < bytes.size(); ++i) text.at(i) = static_cast<char>(bytes.at(i));
      return hash(std::string_view(text.data(), text.size()));
    }
  }
  return 0;
}

Exchange::Step Exchange::start_attempt(std::uint32_t server, AttemptTarget::Reuse reuse) {
  enter(ExchangeState::Connecting);
  const config::ProxyConfig& proxy = active_->snapshot->config.proxy;
  const gateway::GroupSpec& spec =
      active_->snapshot->groups[static_cast<std::size_t>(route_->group)];
  const std::string_view address = group_->server(server).address;
  request_is_sent_ = false;

  worker_.hop_by_hop.inspect(head_);
  const gateway::ForwardPlan plan{
      .snapshot = active_->snapshot.get(),
      .route = route_,
      .facts = &facts_,
      .identity = &identity_,
      .hop_by_hop = &worker_.hop_by_hop,
      .host = spec.host_header.empty() ? address : std::string_view(spec.host_header),
      .captures = &worker_.captures};
  record_.upstream_target = {};  // a view of what is built anew
  const Result<void> built =
      gateway::build_upstream_request(plan, known_length(), upstream_request_);
  if (!built) return refuse_candidate(built.error());

  record_.upstream_address = address;
  record_.upstream_scheme = spec.protocol == config::Protocol::Https ? "https" : "http";
  record_.upstream_target = upstream_request_.target();
  note_attempt_begun();
  body_.set_replay_limit(replay_limit());
  attempt_.start({.group = group_,
                  .server = server,
                  .connect_timeout = route_->policy->connect_timeout,
                  .method = head_.method,
                  .reuse = reuse,
                  .limits = {.max_head_bytes =
                                 static_cast<std::uint32_t>(proxy.max_response_header_size.count)}},
                 static_cast<std::size_t>(proxy.buffer_limit.count));
  return Step::Settled;
}

/// The length of a body that the gateway has whole, where the client did not give it.
std::optional<std::uint64_t> Exchange::known_length() const {
  if (changed_body_) return changed_body_->size();
  if (body_was_collected_ && head_.framing == http::BodyFraming::Chunked &&
      body_.trailers().empty()) {
    return body_.held().size();
  }
  return std::nullopt;
}

void Exchange::note_attempt_begun() {
  // Read anew: the time between head and here is what the gateway itself took.
  worker_.loop.refresh_time();
  note_attempt_over();
  if (record_.upstream_started) {
    ++record_.retries;
    record_.earlier_attempts += *record_.upstream_done - *record_.upstream_started;
  }
  record_.upstream_started = worker_.loop.now();
  record_.upstream_connected.reset();
  record_.upstream_head.reset();
  record_.upstream_done.reset();
  record_.upstream_status = 0;
}

/// What goes to an only server, and not again once it was taken, is repeated only where an idle
/// connection turns out dead. That shows soon, so that little needs to be held.
std::size_t Exchange::replay_limit() const {
  constexpr std::uint64_t kSoon = 4;  // buffers full
  const config::ProxyConfig& proxy = active_->snapshot->config.proxy;
  const bool may_be_repeated = group_->servers().size() > 1 || candidates_.routes.size() > 1 ||
                               route_->policy->retry_on.is_explicit ||
                               http::is_idempotent(head_.method);
  const std::uint64_t most = proxy.inspect_limit.count;
  return static_cast<std::size_t>(
      may_be_repeated ? most : std::min(most, kSoon * proxy.buffer_limit.count));
}

void Exchange::on_attempt_connected() {
  record_.upstream_connected = worker_.loop.now();
  record::WorkerCounters& counters = worker_.recorder.counters();
  (attempt_.was_reused() ? counters.upstream_reuses : counters.upstream_connects).add();
  enter(ExchangeState::AwaitingHead);
  send_request();
}

void Exchange::send_request() {
  const std::array<std::string_view, 1> body{changed_body_ ? std::string_view(*changed_body_)
                                                           : body_.held()};
  const BodyPart part{.pieces = body,
                      .end = body_.is_complete() ? BodyEnd::Last : BodyEnd::More,
                      .trailers = body_.trailers()};
  worker_.write_pieces.clear();
  worker_.write_pieces.push_back(upstream_request_.head);
  if (upstream_request_.framing != http::BodyFraming::None) {
    frame_body(upstream_request_.framing, part, worker_.frame_scratch, worker_.write_pieces,
               &route_->policy->remove_headers);
  }
  attempt_.send(worker_.write_pieces);
  body_.mark_sent();
  request_is_sent_ = body_.is_complete();
  if (!body_.is_complete()) {
    invite_body();
    client_->resume_request_body();
  }
  arm_upstream_timer();
}

void Exchange::send_body(const BodyPart& part) {
  worker_.write_pieces.clear();
  frame_body(upstream_request_.framing, part, worker_.frame_scratch, worker_.write_pieces,
             &route_->policy->remove_headers);
  if (!worker_.write_pieces.empty()) attempt_.send(worker_.write_pieces);
  request_is_sent_ = part.end == BodyEnd::Last;
  const std::uint64_t limit = active_->snapshot->config.proxy.buffer_limit.count;
  // After the last part nothing more comes, but the client's leaving should be noticed.
  if (part.end == BodyEnd::More && attempt_.pending() > limit) client_->pause_request_body();
  if (state_ == ExchangeState::AwaitingHead) arm_upstream_timer();
}

void Exchange::on_upstream_drained() {
  client_->resume_request_body();
}

void Exchange::arm_upstream_timer() {
  const std::chrono::milliseconds delay = state_ == ExchangeState::AwaitingHead
                                              ? route_->policy->first_byte_timeout
                                              : route_->policy->timeout;
  pending_seen_ = attempt_.pending();
  if (delay.count() == 0) return;
  timer_.arm<&Exchange::on_upstream_timeout>(worker_.loop.timers(), delay, this);
}

void Exchange::on_upstream_timeout() {
  // While the client is the slow side, its own timeouts decide.
  const bool waits_for_client = (!body_.is_complete() && attempt_.pending() == 0) ||
                                (relay_.has_begun() && client_->pending() > 0);
  const bool is_taking_bytes = attempt_.pending() > 0 && attempt_.pending() < pending_seen_;
  if (waits_for_client || is_taking_bytes) return arm_upstream_timer();
  on_attempt_failed({ErrorKind::UpstreamTimeout, ErrorSide::Upstream, RetrySafety::IfIdempotent,
                     relay_.has_begun() ? "the upstream fell silent within its answer"
                                        : "the upstream did not answer in time"});
}

/// What passed before the route was known counts as well: the client has waited since its request.
void Exchange::arm_total_timer() {
  const std::chrono::milliseconds limit = route_->policy->total_timeout;
  if (limit.count() == 0 || total_time_) return;
  total_time_ = std::make_unique<TotalTime>();
  total_time_->ends = record_.started + limit;
  const auto left = std::max(total_time_->ends - worker_.loop.now(), MonotonicTime::duration(0));
  total_time_->timer.arm<&Exchange::on_total_timeout>(worker_.loop.timers(), left, this);
}

void Exchange::on_total_timeout() {
  const Error error{ErrorKind::UpstreamTimeout, ErrorSide::Upstream, RetrySafety::Never,
                    "the request took longer than total_timeout"};
  attempt_.stop(Attempt::Request::Unfinished);
  reply_error(error);
}

void Exchange::on_attempt_failed(Error error) {
  if (!relay_.has_begun()) {
    const FailedAttempt failed = failed_attempt(&error, 0);
    return after_failure(failed, decide_retry(failed));
  }
  attempt_.stop(Attempt::Request::Unfinished);
  note_server_failure(attempt_.server(), error.text);
  reply_error(error);
}

void Exchange::note_server_failure(std::uint32_t server, std::string_view reason) {
  group_->report_failure(server, reason);
  worker_.recorder.counters().upstream_failures.add();
}

/// `error` has to outlive what is returned.
FailedAttempt Exchange::failed_attempt(const Error* error, std::uint16_t status) {
  if (attempt_.is_running()) tried_.add(attempt_.server());
  return {.error = error,
          .status = status,
          .method = head_.method,
          .retry_on = route_->policy->retry_on,
          .nothing_taken = attempt_.nothing_taken(),
          .was_reused_connection = attempt_.is_running() && attempt_.was_reused(),
          .body_is_replayable = body_.is_replayable() && (body_.is_complete() || !request_is_sent_),
          .response_begun = relay_.has_begun(),
          .was_held_back = state_ == ExchangeState::HoldingBack,
          .retries_left =
              route_->policy->retry_count > tries_ ? route_->policy->retry_count - tries_ : 0,
          .untried = group_->untried(tried_),
          .budget_is_left = worker_.retry_budget.has_left(),
          .has_next_candidate = may_fail_over(status),
          .retry_after = asked_wait(status),
          .longest_wait = longest_wait()};
}

void Exchange::after_failure(const FailedAttempt& failed, RetryDecision decision) {
  go_on_after(settle_failure(failed, decision));
}

Exchange::Step Exchange::settle_failure(const FailedAttempt& failed, RetryDecision decision) {
  timer_.disarm();
  note_attempt_over();
  const std::uint16_t status = failed.status;
  const Error failure = failed.error != nullptr ? *failed.error : failure_of(status);
  const std::uint32_t server = attempt_.server();
  // 429 is a server that works, and says so. So is an event with an error: a client's own request
  // may be what it speaks of. And where this process has no descriptor left nobody was asked.
  constexpr std::uint16_t kTooManyRequests = 429;
  const bool is_no_fault =
      status == kTooManyRequests || failure.kind == ErrorKind::Overloaded ||
      (held_beginning_ && held_beginning_->preamble.meaning() == EventMeaning::Error);
  if (attempt_.is_running() && decision != RetryDecision::SameServer && !is_no_fault) {
    note_server_failure(server, status == 0 ? failure.text : status_reason(status));
  }
  held_beginning_.reset();
  // A whole answer that is not passed on leaves a connection that can serve again.
  attempt_.stop(status != 0 && request_is_sent_ ? Attempt::Request::Sent
                                                : Attempt::Request::Unfinished);
  if (is_charged(failed, decision)) worker_.retry_budget.on_retry();
  switch (decision) {
    case RetryDecision::SameServer:
      return start_attempt(server, AttemptTarget::Reuse::FreshOnly);
    case RetryDecision::NextCandidate: {
      FailedAttempt alone = failed;
      alone.has_next_candidate = false;
      return fail_over(failure, decide_retry(alone));
    }
    default:
      return stay(decision, failure, asked_wait(status));
  }
}

/// What is done without another route; `least` is waited before the same server is asked again.
Exchange::Step Exchange::stay(RetryDecision decision, const Error& failure,
                              std::chrono::milliseconds least) {
  if (decision == RetryDecision::AfterPause) {
    pause_before_retry(least);
    return Step::Settled;
  }
  if (decision == RetryDecision::SameGroup) {
    const Result<std::uint32_t> next = group_->choose(tried_, balance_hash());
    if (!next) return fail_over(failure, RetryDecision::GiveUp);
    ++tries_;
    return start_attempt(*next, AttemptTarget::Reuse::Allowed);
  }
  reply_error(failure);
  return Step::Settled;
}

std::chrono::seconds Exchange::asked_wait(std::uint16_t status) const {
  return status != 0 ? retry_after(attempt_.response()) : std::chrono::seconds(0);
}

std::chrono::seconds Exchange::longest_wait() const {
  if (!total_time_) return kLongestRetryAfter;
  const auto left =
      std::chrono::floor<std::chrono::seconds>(total_time_->ends - worker_.loop.now());
  return std::min(left, kLongestRetryAfter);
}

void Exchange::pause_before_retry(std::chrono::milliseconds least) {
  if (state_ != ExchangeState::Deciding) enter(ExchangeState::Deciding);
  tried_.clear();
  begin_wait();
  const std::chrono::milliseconds pause = std::max(retry_pause(tries_, worker_.random), least);
  timer_.arm<&Exchange::on_retry_pause_over>(worker_.loop.timers(), pause, this);
}

void Exchange::on_retry_pause_over() {
  end_wait();
  ++tries_;
  const Result<std::uint32_t> server = group_->choose(tried_, balance_hash());
  if (!server) return reply_error(server.error());
  go_on_after(start_attempt(*server, AttemptTarget::Reuse::Allowed));
}

}  // namespace fastgate::proxy
