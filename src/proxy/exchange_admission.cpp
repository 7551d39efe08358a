// The part of an exchange that asks whether it may: step 8, and the wait for a place.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/failure_guard.h"
#include "proxy/exchange.h"

namespace fastgate::proxy {

void Exchange::read_model(const gateway::CollectedBody& body) {
  if (!gateway::needs_model(identity_)) return;
  const std::optional<std::string_view> named = gateway::named_model(body);
  model_ = named ? std::make_unique<const std::string>(*named) : nullptr;
}

gateway::AdmissionRequest Exchange::admission_request(const gateway::Route& route) const {
  return {.snapshot = active_->snapshot.get(),
          .route = &route,
          .identity = &identity_,
          .facts = &facts_,
          .model = model_ ? std::optional<std::string_view>(*model_) : std::nullopt,
          .now = worker_.loop.wall_now(),
          .key_rate = candidate_ == 0 ? gateway::AdmissionRequest::KeyRate::Take
                                      : gateway::AdmissionRequest::KeyRate::TakenBefore};
}

/// Passes over routes that are not the client's: their refusal would stand in the failure's place.
std::size_t Exchange::next_candidate() const {
  std::size_t next = candidate_ + std::size_t{1};
  while (next < candidates_.routes.size() &&
         gateway::check_access(admission_request(*candidates_.routes[next]))) {
    ++next;
  }
  return next;
}

/// Asks for a place at the current candidate. What refuses is left in refusal_.
Exchange::Admission Exchange::admit(const gateway::Route& route) {
  refusal_.reset();
  std::chrono::milliseconds pause{0};
  if (identity_.is_unknown && route.policy->auth == config::RouteAuth::Required &&
      candidate_ == 0) {
    const gateway::WrongKey wrong =
        worker_.failure_guard.weigh_wrong_key(facts_.client, worker_.loop.wall_now());
    pause = wrong.pause;
    if (wrong.refusal) {
      // As 401 the recorder counts it by itself.
      worker_.recorder.counters().key_failures.add();
      rate_ = *wrong.refusal;
      refusal_ = std::make_unique<Refusal>(gateway::FailureGuard::refusal(), pause);
      return Admission::Refused;
    }
  }
  // A place at the candidate before is given back first, or a key's only place would stand in its
  // own way.
  permit_.release();
  gateway::Admitted admitted =
      gateway::Admission::admit(*active_->limits, admission_request(route));
  rate_ = admitted.rate;
  permit_ = std::move(admitted.permit);
  if (!admitted.refusal) return Admission::Granted;
  refusal_ = std::make_unique<Refusal>(std::move(*admitted.refusal), pause);
  return admitted.may_wait ? Admission::MayWait : Admission::Refused;
}

Exchange::Step Exchange::wait_for_place() {
  enter(ExchangeState::Waiting);
  begin_wait();
  const auto result = worker_.waiting.enqueue(*this, *route_, identity_.key_id());
  if (result == gateway::WaitingRoom::Enqueued::Full) return reply_refusal();
  arm_total_timer();
  return Step::Settled;
}

/// Whoever comes later does not take the place that another one waits for: the turn decides. False:
/// the line is full, or this one would be turned away.
bool Exchange::stands_in_line() {
  if (gateway::check_access(admission_request(*route_))) return false;
  if (worker_.waiting.enqueue(*this, *route_, identity_.key_id()) ==
      gateway::WaitingRoom::Enqueued::Full) {
    return false;
  }
  permit_.release();
  refusal_.reset();
  enter(ExchangeState::Waiting);
  begin_wait();
  arm_total_timer();
  // Those before it may wait for places that it has no need of.
  worker_.waiting.on_permit_released();
  return true;
}

bool Exchange::try_turn() {
  return admit(*route_) != Admission::MayWait;
}

void Exchange::on_turn() {
  enter(ExchangeState::Deciding);
  end_wait();
  go_on_after(refusal_ ? reply_refusal() : go_on_admitted());
}

void Exchange::on_wait_over() {
  // Its turn did not come at all: what stands in its way has still to be found.
  if (!refusal_ && admit(*route_) == Admission::Granted) {
    enter(ExchangeState::Deciding);
    end_wait();
    return go_on_after(go_on_admitted());
  }
  go_on_after(reply_refusal());
}

Exchange::Step Exchange::reply_refusal() {
  if (refusal_->pause.count() == 0) return refuse_candidate(refusal_->error);
  begin_wait();
  timer_.arm<&Exchange::on_refusal_pause_over>(worker_.loop.timers(), refusal_->pause, this);
  return Step::Settled;
}

void Exchange::on_refusal_pause_over() {
  end_wait();
  reply_error(refusal_->error);
}

/// Whose fields an error has. Before a route is chosen it is the best-placed one that the head
/// fits: a page of another origin could not read else why it was refused, whatever the body asked
/// for. Null: none fits, or the gateway answers the path itself.
const gateway::Route* Exchange::route_of_error() {
  if (route_ != nullptr || facts_.head == nullptr) return route_;
  if (active_->local_service && active_->local_service->wants(facts_)) return nullptr;
  active_->snapshot->index->shortlist(facts_, worker_.shortlist);
  return worker_.shortlist.best();
}

void Exchange::add_route_fields(gateway::Reply& answer) {
  const gateway::Route* route = route_of_error();
  if (route == nullptr || route->policy->add_response_headers.empty()) return;
  gateway::append_route_fields(answer.headers, *route, template_values(route));
}

}  // namespace fastgate::proxy
