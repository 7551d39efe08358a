// The part of an exchange that holds the beginning of an event stream back, so that one that begins
// with an error can still be replaced: step 12, where `failover_preamble` is on.

#include <array>
#include <utility>

#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

Error begun_with_error() {
  return {ErrorKind::UpstreamMalformed, ErrorSide::Upstream, RetrySafety::Never,
          "the upstream's event stream began with an error"};
}

}  // namespace

bool Exchange::is_to_be_held_back(const http::ResponseHead& response) const {
  // Only what is plain to read can be judged.
  return route_->policy->failover_preamble.bytes.count != 0 && response.status == 200 &&
         !response.find(http::FieldId::ContentEncoding).has_value() &&
         http::is_event_stream(response.find(http::FieldId::ContentType).value_or(""));
}

void Exchange::hold_back(std::span<const std::string_view> body, BodyEnd end) {
  enter(ExchangeState::HoldingBack);
  const http::ResponseHead& response = attempt_.response();
  const auto type = response.find(http::FieldId::ContentType);
  held_beginning_ =
      std::make_unique<HeldBeginning>(Preamble(http::event_form_of(type.value_or(""))));
  held_beginning_->timer.arm<&Exchange::on_preamble_time_over>(
      worker_.loop.timers(), route_->policy->failover_preamble.time, this);
  hold_back_more(body, end);
}

void Exchange::hold_back_more(std::span<const std::string_view> body, BodyEnd end) {
  Preamble& preamble = held_beginning_->preamble;
  EventMeaning meaning = preamble.feed(body, worker_.json_parser);
  if (end == BodyEnd::Last) meaning = preamble.finish(worker_.json_parser);
  const Error error = begun_with_error();
  const FailedAttempt failed = failed_attempt(&error, 0);
  const RetryDecision decision = decide_retry(failed);
  const bool may_go_elsewhere = decision != RetryDecision::GiveUp;
  if (meaning == EventMeaning::Error && may_go_elsewhere) return after_failure(failed, decision);
  const bool has_room = preamble.held().size() < route_->policy->failover_preamble.bytes.count;
  if (meaning != EventMeaning::Nothing || end == BodyEnd::Last || !has_room || !may_go_elsewhere) {
    return pass_preamble_on(end);
  }
  arm_upstream_timer();
}

void Exchange::pass_preamble_on(BodyEnd end) {
  timer_.disarm();
  // Of this call, not of the exchange: that may be over at the end of it.
  const std::unique_ptr<HeldBeginning> beginning = std::move(held_beginning_);
  beginning->timer.disarm();
  const std::array<std::string_view, 1> pieces{beginning->preamble.held()};
  enter(ExchangeState::Relaying);
  relay_response(pieces.front().empty() ? std::span<const std::string_view>() : pieces, end);
}

void Exchange::on_preamble_time_over() {
  pass_preamble_on(BodyEnd::More);
}

}  // namespace fastgate::proxy
