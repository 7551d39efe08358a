/// Who may call the admin API: addresses, tokens, sessions, Host and Origin (contract sections 2
/// and 6).
///
/// One for each configuration, immutable and shared by its workers; called on their loops and costs
/// no more than some digests of short texts.
#pragma once

#include "admin/api.h"
#include "admin/session_book.h"
#include "config/model.h"
#include "gateway/failure_guard.h"
#include "gateway/request_facts.h"

namespace fastgate::admin {

class Access {
 public:
  static constexpr std::string_view kCookie = "fastgate_session";

  /// All must outlive this object.
  Access(const config::AdminConfig& settings, SessionBook& sessions, gateway::FailureGuard& guard)
      : settings_(settings), sessions_(sessions), guard_(guard) {}

  /// Whether a wrong token counts against its address.
  enum class Counting : std::uint8_t { Off, On };

  /// Who calls, if they may do what needs `role`. Errors: 401, 403, 429.
  [[nodiscard]] std::expected<Caller, ApiError> admit(const gateway::RequestFacts& facts, Role role,
                                                      WallTime now, Counting counting) const;
  /// Whose token this is; nothing for nobody's. Takes as long whichever it is.
  [[nodiscard]] const config::AdminTokenConfig* find_token(std::string_view token) const;
  /// The answer to a wrong one: 401, 429 for an address that tried too many, or 403 where no token
  /// is configured that could be right.
  [[nodiscard]] ApiError wrong_token(const IpAddress& client, WallTime now,
                                     Counting counting) const;
  [[nodiscard]] const config::AdminConfig& settings() const { return settings_; }

 private:
  [[nodiscard]] std::expected<Caller, ApiError> identify(const gateway::RequestFacts& facts,
                                                         WallTime now, Counting counting) const;
  [[nodiscard]] std::expected<Caller, ApiError> by_cookie(const gateway::RequestFacts& facts,
                                                          std::string_view cookie,
                                                          WallTime now) const;

  const config::AdminConfig& settings_;
  SessionBook& sessions_;
  gateway::FailureGuard& guard_;
};

[[nodiscard]] Role role_of(config::AdminRole role);
/// The value of a cookie in a Cookie field; empty if it is not there.
[[nodiscard]] std::string_view cookie_value(std::string_view cookies, std::string_view name);

}  // namespace fastgate::admin
