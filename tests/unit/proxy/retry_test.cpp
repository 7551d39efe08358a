#include "proxy/retry.h"

#include <doctest/doctest.h>

#include "proxy/retry_budget.h"

namespace fastgate::proxy {
namespace {

const Error kRefused{ErrorKind::ConnectFailed, ErrorSide::Upstream, RetrySafety::Always, ""};
const Error kNoDescriptor{ErrorKind::Overloaded, ErrorSide::Gateway, RetrySafety::Always, ""};
const Error kReset{ErrorKind::UpstreamReset, ErrorSide::Upstream, RetrySafety::IfIdempotent, ""};
const Error kSilent{ErrorKind::UpstreamTimeout, ErrorSide::Upstream, RetrySafety::IfIdempotent, ""};

FailedAttempt failed(const Error* error, http::Method method) {
  FailedAttempt attempt;
  attempt.error = error;
  attempt.method = method;
  attempt.nothing_taken = error == &kRefused || error == &kNoDescriptor;
  attempt.body_is_replayable = true;
  attempt.retries_left = 3;
  attempt.untried = upstream::Untried::Alive;
  attempt.has_next_candidate = true;
  attempt.longest_wait = kLongestRetryAfter;
  return attempt;
}

FailedAttempt answered(std::uint16_t status, http::Method method) {
  FailedAttempt attempt = failed(nullptr, method);
  attempt.status = status;
  return attempt;
}

}  // namespace

TEST_CASE("what was not taken goes to another server, whatever the method") {
  for (const http::Method method : {http::Method::Get, http::Method::Post}) {
    CHECK(decide_retry(failed(&kRefused, method)) == RetryDecision::SameGroup);
  }
}

TEST_CASE(
    "without a descriptor it goes where a connection may be idle, and waits for one to be free") {
  FailedAttempt attempt = failed(&kNoDescriptor, http::Method::Post);
  CHECK(decide_retry(attempt) == RetryDecision::SameGroup);
  attempt.untried = upstream::Untried::None;
  CHECK(decide_retry(attempt) == RetryDecision::NextCandidate);
  attempt.has_next_candidate = false;
  CHECK(decide_retry(attempt) == RetryDecision::AfterPause);
}

TEST_CASE("what may have been taken is sent again only for idempotent methods") {
  CHECK(decide_retry(failed(&kReset, http::Method::Get)) == RetryDecision::SameGroup);
  CHECK(decide_retry(failed(&kSilent, http::Method::Get)) == RetryDecision::SameGroup);
  CHECK(decide_retry(failed(&kReset, http::Method::Post)) == RetryDecision::GiveUp);
  CHECK(decide_retry(failed(&kSilent, http::Method::Post)) == RetryDecision::GiveUp);
  FailedAttempt named = failed(&kReset, http::Method::Post);
  named.retry_on = {.connect = false, .reset = true, .is_explicit = true};
  CHECK(decide_retry(named) == RetryDecision::SameGroup);
}

TEST_CASE("an answer whose beginning was held back is replaced, whatever the method and retry_on") {
  FailedAttempt attempt = failed(&kReset, http::Method::Post);
  attempt.was_held_back = true;
  attempt.was_reused_connection = true;
  CHECK(decide_retry(attempt) == RetryDecision::SameGroup);
  attempt.retry_on = {.connect = true, .is_explicit = true};
  CHECK(decide_retry(attempt) == RetryDecision::SameGroup);
  attempt.untried = upstream::Untried::None;
  CHECK(decide_retry(attempt) == RetryDecision::NextCandidate);
  // It is not asked for again from servers that gave it: what they said is passed on.
  attempt.has_next_candidate = false;
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
}

TEST_CASE("a POST answered 502, 503 or 504 goes on only if retry_on names that status") {
  for (const std::uint16_t status : {502, 503, 504}) {
    CHECK(decide_retry(answered(status, http::Method::Get)) == RetryDecision::SameGroup);
    CHECK(decide_retry(answered(status, http::Method::Post)) == RetryDecision::GiveUp);
  }
  FailedAttempt named = answered(503, http::Method::Post);
  named.retry_on = {.status_503 = true, .is_explicit = true};
  CHECK(decide_retry(named) == RetryDecision::SameGroup);
  named.status = 502;
  CHECK(decide_retry(named) == RetryDecision::GiveUp);
}

TEST_CASE("429 goes on only if retry_on names it") {
  CHECK(decide_retry(answered(429, http::Method::Get)) == RetryDecision::GiveUp);
  FailedAttempt named = answered(429, http::Method::Get);
  named.retry_on = {.status_429 = true, .is_explicit = true};
  CHECK(decide_retry(named) == RetryDecision::SameGroup);
}

TEST_CASE("servers of the group first, then the next route, then the same again after a pause") {
  FailedAttempt attempt = failed(&kRefused, http::Method::Get);
  attempt.untried = upstream::Untried::None;
  CHECK(decide_retry(attempt) == RetryDecision::NextCandidate);
  attempt.has_next_candidate = false;
  CHECK(decide_retry(attempt) == RetryDecision::AfterPause);
  attempt.retries_left = 0;
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
}

TEST_CASE("a server that is out comes after the next route, and only in a failure's place") {
  FailedAttempt attempt = failed(&kRefused, http::Method::Post);
  attempt.untried = upstream::Untried::Out;
  CHECK(decide_retry(attempt) == RetryDecision::NextCandidate);
  attempt.has_next_candidate = false;
  CHECK(decide_retry(attempt) == RetryDecision::SameGroup);
  FailedAttempt busy = answered(503, http::Method::Get);
  busy.untried = upstream::Untried::Out;
  busy.has_next_candidate = false;
  CHECK(decide_retry(busy) == RetryDecision::GiveUp);
}

TEST_CASE("a server that asks for time is waited for, but not for long") {
  FailedAttempt attempt = answered(503, http::Method::Get);
  attempt.retry_on = {.status_503 = true, .is_explicit = true};
  attempt.untried = upstream::Untried::None;
  attempt.has_next_candidate = false;
  attempt.retry_after = kLongestRetryAfter;
  CHECK(decide_retry(attempt) == RetryDecision::AfterPause);
  attempt.retry_after += std::chrono::seconds(1);
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
  attempt.has_next_candidate = true;
  CHECK(decide_retry(attempt) == RetryDecision::NextCandidate);
  attempt.has_next_candidate = false;
  attempt.retry_after = std::chrono::seconds(2);
  attempt.longest_wait = std::chrono::seconds(1);
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
}

TEST_CASE("a time-out is not waited for twice at the same server") {
  FailedAttempt attempt = failed(&kSilent, http::Method::Get);
  attempt.untried = upstream::Untried::None;
  attempt.has_next_candidate = false;
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
}

TEST_CASE("a connection that died while idle is replaced, and costs no retry") {
  FailedAttempt attempt = failed(&kReset, http::Method::Post);
  attempt.was_reused_connection = true;
  CHECK(decide_retry(attempt) == RetryDecision::GiveUp);
  attempt.nothing_taken = true;
  attempt.retries_left = 0;
  attempt.budget_is_left = false;
  CHECK(decide_retry(attempt) == RetryDecision::SameServer);
}

TEST_CASE("nothing is tried again once an answer began or the body is gone") {
  FailedAttempt begun = failed(&kRefused, http::Method::Get);
  begun.response_begun = true;
  CHECK(decide_retry(begun) == RetryDecision::GiveUp);
  FailedAttempt gone = failed(&kRefused, http::Method::Put);
  gone.body_is_replayable = false;
  CHECK(decide_retry(gone) == RetryDecision::GiveUp);
}

TEST_CASE("retries stay a fifth of the requests once the reserve is used up") {
  RetryBudget budget;
  std::uint32_t reserve = 0;
  while (budget.has_left()) {
    budget.on_retry();
    ++reserve;
  }
  CHECK(reserve == RetryBudget::kReserve);
  int retries = 0;
  for (int request = 0; request < 1000; ++request) {
    budget.on_request();
    if (!budget.has_left()) continue;
    budget.on_retry();
    ++retries;
  }
  CHECK(retries == 200);
}

TEST_CASE("without a budget nothing adds to a group's load, and all else goes on") {
  FailedAttempt taken = failed(&kReset, http::Method::Get);
  taken.budget_is_left = false;
  CHECK(decide_retry(taken) == RetryDecision::NextCandidate);
  taken.has_next_candidate = false;
  CHECK(decide_retry(taken) == RetryDecision::GiveUp);
  FailedAttempt refused = failed(&kRefused, http::Method::Post);
  refused.budget_is_left = false;
  CHECK(decide_retry(refused) == RetryDecision::SameGroup);
  refused.untried = upstream::Untried::None;
  CHECK(decide_retry(refused) == RetryDecision::NextCandidate);
  refused.has_next_candidate = false;
  CHECK(decide_retry(refused) == RetryDecision::GiveUp);
}

TEST_CASE("what adds to a group's load is charged, and nothing else") {
  const FailedAttempt taken = failed(&kReset, http::Method::Get);
  const FailedAttempt busy = answered(503, http::Method::Get);
  const FailedAttempt refused = failed(&kRefused, http::Method::Get);
  const FailedAttempt limited = answered(429, http::Method::Get);
  FailedAttempt held_back = taken;
  held_back.was_held_back = true;
  CHECK(is_charged(taken, RetryDecision::SameGroup));
  CHECK(is_charged(busy, RetryDecision::SameGroup));
  for (const FailedAttempt& attempt : {refused, limited, held_back}) {
    CHECK_FALSE(is_charged(attempt, RetryDecision::SameGroup));
  }
  for (const FailedAttempt& attempt : {taken, busy, refused, limited, held_back}) {
    CHECK(is_charged(attempt, RetryDecision::AfterPause));
    CHECK_FALSE(is_charged(attempt, RetryDecision::NextCandidate));
    CHECK_FALSE(is_charged(attempt, RetryDecision::SameServer));
    CHECK_FALSE(is_charged(attempt, RetryDecision::GiveUp));
  }
}

TEST_CASE("pauses double and are never shorter than half") {
  FastRandom random(3);
  for (std::uint32_t round = 0; round < 12; ++round) {
    const long full = std::min(25L << round, 1000L);
    for (int i = 0; i < 50; ++i) {
      const long pause = retry_pause(round, random).count();
      CHECK(pause >= full / 2);
      CHECK(pause <= full);
    }
  }
}

}  // namespace fastgate::proxy
