#include "proxy/retry.h"

#include <algorithm>

#include "base/text.h"

namespace fastgate::proxy {
namespace {

/// What went wrong with an attempt without an answer, in the words of retry_on.
enum class Trouble : std::uint8_t { Connect, Timeout, Reset, Other };

Trouble trouble_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::ConnectFailed:
    case ErrorKind::ConnectTimeout:
    case ErrorKind::TlsFailed:
    case ErrorKind::NoServer:
    case ErrorKind::Overloaded:
      return Trouble::Connect;
    case ErrorKind::UpstreamTimeout:
      return Trouble::Timeout;
    case ErrorKind::UpstreamReset:
    case ErrorKind::UpstreamMalformed:
      return Trouble::Reset;
    default:
      return Trouble::Other;
  }
}

bool names_status(const config::RetryOn& on, std::uint16_t status) {
  switch (status) {
    case 429:
      return on.status_429;
    case 502:
      return on.status_502;
    case 503:
      return on.status_503;
    case 504:
      return on.status_504;
    default:
      return false;
  }
}

bool names_trouble(const config::RetryOn& on, ErrorKind kind) {
  switch (trouble_of(kind)) {
    case Trouble::Connect:
      return on.connect;
    case Trouble::Timeout:
      return on.timeout;
    case Trouble::Reset:
      return on.reset;
    case Trouble::Other:
      break;
  }
  return false;
}

/// What the route's retry_on (or, without one, failover's own rule) says of this failure.
bool is_named(const FailedAttempt& attempt) {
  if (attempt.status != 0) return names_status(attempt.retry_on, attempt.status);
  return names_trouble(attempt.retry_on, attempt.error->kind);
}

/// Failover's own rule for idempotent methods: unreachable, timed out, broken, 502, 503 or 504
/// (contract section 3); 429 only if retry_on names it.
bool is_failover_case(const FailedAttempt& attempt) {
  if (attempt.status != 0) return attempt.status != 429;
  return trouble_of(attempt.error->kind) != Trouble::Other;
}

bool is_timeout(const FailedAttempt& attempt) {
  return attempt.status == 0 && (attempt.error->kind == ErrorKind::UpstreamTimeout ||
                                 attempt.error->kind == ErrorKind::ConnectTimeout);
}

}  // namespace

bool is_retry_status(std::uint16_t status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::chrono::seconds retry_after(const http::ResponseHead& response) {
  constexpr std::uint64_t kDay = 24 * 3600;
  const std::string_view text = response.find(http::FieldId::RetryAfter).value_or("");
  return std::chrono::seconds(std::min(parse_decimal(text).value_or(0), kDay));
}

RetryDecision decide_retry(const FailedAttempt& attempt) {
  if (attempt.response_begun || !attempt.body_is_replayable) return RetryDecision::GiveUp;
  // Whoever holds the beginning of answers back wants them replaced, whatever the method.
  const bool is_safe = http::is_idempotent(attempt.method) || attempt.was_held_back ||
                       (attempt.status == 0 && attempt.nothing_taken);
  // The idle timeout of a server and our request may cross on the wire: that is nobody's failure.
  if (attempt.status == 0 && attempt.was_reused_connection && is_safe && !attempt.was_held_back &&
      attempt.error->kind == ErrorKind::UpstreamReset) {
    return RetryDecision::SameServer;
  }
  const bool may_repeat = is_safe || attempt.retry_on.is_explicit;
  const bool is_named_case = is_named(attempt) && may_repeat;
  const bool is_safe_failover = is_safe && is_failover_case(attempt);
  // An explicit retry_on says exactly what is tried again within a group; failover to the next
  // route always covers the cases of contract section 3.
  const bool in_group = attempt.retry_on.is_explicit && !attempt.was_held_back
                            ? is_named_case
                            : (is_named_case || is_safe_failover);
  const auto is_affordable = [&attempt](RetryDecision decision) {
    return attempt.budget_is_left || !is_charged(attempt, decision);
  };
  const bool may_stay =
      in_group && attempt.retries_left > 0 && is_affordable(RetryDecision::SameGroup);
  if (may_stay && attempt.untried == upstream::Untried::Alive) return RetryDecision::SameGroup;
  if (attempt.has_next_candidate && (is_named_case || is_safe_failover)) {
    return RetryDecision::NextCandidate;
  }
  if (attempt.was_held_back) return RetryDecision::GiveUp;
  // A server that is out is tried in place of a failure, not of an answer.
  if (may_stay && attempt.status == 0 && attempt.untried == upstream::Untried::Out) {
    return RetryDecision::SameGroup;
  }
  // A status is an answer of a server that lives: it is passed on rather than asked for again,
  // unless the route says otherwise.
  const bool is_worth_waiting =
      attempt.status == 0 ? in_group : is_named_case && attempt.retry_after <= attempt.longest_wait;
  if (is_worth_waiting && attempt.retries_left > 0 && !is_timeout(attempt) &&
      is_affordable(RetryDecision::AfterPause)) {
    return RetryDecision::AfterPause;
  }
  return RetryDecision::GiveUp;
}

bool is_charged(const FailedAttempt& attempt, RetryDecision decision) {
  // A 429 and the beginning of a stream cost a server little, and do not take it out of its group:
  // they may come for as long as one of its servers is at its limit.
  const bool is_cheap = attempt.nothing_taken || attempt.status == 429 || attempt.was_held_back;
  return decision == RetryDecision::AfterPause ||
         (decision == RetryDecision::SameGroup && !is_cheap);
}

}  // namespace fastgate::proxy
