/// Whether and where a failed attempt is made again. Pure; step 13 of the request path. The only
/// place that decides it.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/error.h"
#include "config/model.h"
#include "http/message.h"
#include "upstream/tried_servers.h"

namespace fastgate::proxy {

/// What the decision rests on.
struct FailedAttempt {
  const Error* error = nullptr;  ///< set when the attempt failed
  std::uint16_t status = 0;      ///< set when the upstream answered with a status worth a retry
  http::Method method = http::Method::Other;
  config::RetryOn retry_on;
  bool nothing_taken = false;  ///< surely no byte of the request was taken by the server
  bool was_reused_connection = false;
  bool body_is_replayable = false;  ///< what was read of the body is still held
  bool response_begun = false;      ///< bytes of an answer went to the client
  bool was_held_back = false;       ///< what came of an answer is held back (failover_preamble)
  std::uint32_t retries_left = 0;   ///< of the route's retry_count
  upstream::Untried untried = upstream::Untried::None;  ///< what is left of the group
  bool budget_is_left = true;            ///< of RetryBudget, for what it is_charged() with
  bool has_next_candidate = false;       ///< another route matches and is open to the client, and
                                         ///< failover is on
  std::chrono::seconds retry_after{0};   ///< that the upstream's answer asks to wait
  std::chrono::seconds longest_wait{0};  ///< with more its answer is passed on
};

enum class RetryDecision : std::uint8_t {
  GiveUp,         ///< answer with the failure (or pass the upstream's own answer on)
  SameServer,     ///< a fresh connection in place of one that had died while idle: not counted as a
                  ///< try
  SameGroup,      ///< another server of the group
  NextCandidate,  ///< the next matching route
  AfterPause,     ///< nothing else is left: the group's servers again, after a pause
};

/// Where the request goes now. Source: contract sections 3 (`retry_on`, failover) and 8.
[[nodiscard]] RetryDecision decide_retry(const FailedAttempt& attempt);

/// Whether what was decided is paid from RetryBudget: it adds to the load of a group. A request
/// that reached no server does not, nor one that was turned away; the next route's group gets it
/// for the first time.
[[nodiscard]] bool is_charged(const FailedAttempt& attempt, RetryDecision decision);

/// How long a request waits at most because an upstream asks for it.
constexpr std::chrono::seconds kLongestRetryAfter{10};

/// What `Retry-After` asks for, a day at most; zero without one. A date counts as none: the clocks
/// of two machines differ by more than such waits.
[[nodiscard]] std::chrono::seconds retry_after(const http::ResponseHead& response);

/// Whether `status` is one that retry_on or failover may act on at all: 429, 502, 503, 504.
[[nodiscard]] bool is_retry_status(std::uint16_t status);

}  // namespace fastgate::proxy
