// The part of an exchange that comes to the next route when one fails: step 13.

#include <algorithm>
#include <memory>
#include <utility>

#include "proxy/exchange.h"

namespace fastgate::proxy {

/// `status` is the answer's that is a failure; 0: none came. An answer is not held back for a body
/// that is still on its way.
bool Exchange::may_fail_over(std::uint16_t status) {
  if (!active_->snapshot->config.proxy.failover) return false;
  if (may_read_rules()) {
    if (body_.is_complete()) {
      read_rules();
    } else if (status == 0) {
      return true;
    }
  }
  return next_candidate() < candidates_.routes.size();
}

/// `otherwise` is for when none stands behind the route after all.
Exchange::Step Exchange::fail_over(const Error& failure, RetryDecision otherwise) {
  if (!active_->snapshot->config.proxy.failover) {
    reply_error(failure);
    return Step::Settled;
  }
  left_ = std::make_unique<LeftRoute>(route_, failure, otherwise);
  return may_read_rules() && !body_.is_complete() ? await_body() : go_to_next();
}

/// In the end the client is told why the last route that tried has failed.
Exchange::Step Exchange::go_to_next() {
  const std::size_t next = next_candidate();
  if (next < candidates_.routes.size()) {
    candidate_ = static_cast<std::uint32_t>(next);
    if (state_ != ExchangeState::Deciding) enter(ExchangeState::Deciding);
    return Step::PassedOver;
  }
  if (route_ != left_->route) {
    permit_.release();
    rate_.reset();  // of the route that refused
    take_route(*left_->route);
    begin_capture();  // by the settings of the route that is recorded
  }
  reply_error(left_->failure);
  return Step::Settled;
}

/// The client is told what stands in the way of the route that it asked for. Those that failover
/// comes to are passed over.
Exchange::Step Exchange::refuse_candidate(const Error& refusal) {
  if (left_ == nullptr) {
    reply_error(refusal);
    return Step::Settled;
  }
  end_wait();
  return go_to_next();
}

// ------------------------------------------------------- a body that no route before had to know

bool Exchange::may_inspect_body() const {
  const std::uint64_t limit = active_->snapshot->config.proxy.inspect_limit.count;
  return head_.content_length <= limit && body_.received() <= limit;
}

Error Exchange::too_large_to_inspect() {
  return fail(ErrorKind::BodyTooLarge, "the body is larger than can be inspected").error();
}

/// Whether routes stand behind the current one whose body rules were not looked at, but can be.
bool Exchange::may_read_rules() const {
  return candidates_.are_rules_unread && head_.framing != http::BodyFraming::None &&
         gateway::may_be_json(head_) && body_.is_replayable() && may_inspect_body();
}

/// The whole body is there: the routes whose rule it fits stand among the candidates from here on.
void Exchange::read_rules() {
  gateway::Candidates wider;
  active_->snapshot->index->shortlist(facts_, worker_.shortlist);
  gateway::choose(worker_.shortlist, &read_body(), wider);
  candidates_.are_rules_unread = false;
  const auto current = std::ranges::find(wider.routes, route_);
  // It stands behind a fixed answer that failover has already left aside.
  if (current == wider.routes.end()) return;
  candidate_ = static_cast<std::uint32_t>(current - wider.routes.begin());
  candidates_ = std::move(wider);
}

/// What of the body is still on its way is awaited: go_on_with_body() follows.
Exchange::Step Exchange::await_body() {
  if (state_ != ExchangeState::Deciding) enter(ExchangeState::Deciding);
  collect_body();
  client_->resume_request_body();
  return Step::Settled;
}

/// As long as it is at the route that it leaves, the body was awaited for the rules of others.
Exchange::Step Exchange::go_on_with_body() {
  if (left_ == nullptr || left_->route != route_) return go_on_admitted();
  if (may_read_rules()) read_rules();
  if (next_candidate() < candidates_.routes.size()) return go_to_next();
  const std::unique_ptr<LeftRoute> left = std::move(left_);
  if (left->otherwise == RetryDecision::AfterPause) worker_.retry_budget.on_retry();
  return stay(left->otherwise, left->failure, std::chrono::milliseconds(0));
}

}  // namespace fastgate::proxy
