/// Answers that the gateway makes itself: errors and `respond`. The only place where an Error
/// becomes a status and a JSON body (contract section 5).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "gateway/snapshot.h"

namespace fastgate::gateway {

struct Reply {
  std::uint16_t status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further fields, e.g. Retry-After
  bool close = false;  ///< the connection ends after it (a malformed request, an unread body)
};

[[nodiscard]] std::uint16_t status_of(ErrorKind kind);

/// `{"detail": …, "error": {"message": …, "type": …, "code": …}, "request_id": …}`; `type` is what
/// OpenAI's clients know: invalid_request_error, authentication_error, permission_error,
/// rate_limit_error, not_found_error, server_error… 401 gets WWW-Authenticate. Details of upstream
/// failures are told without addresses.
[[nodiscard]] Reply error_reply(const Error& error, std::string_view request_id);

/// The route's `respond`, rendered for one request.
[[nodiscard]] Reply fixed_reply(const FixedAnswer& answer, const TemplateValues& values);

/// Where the body of a reply is: in it, or it follows piece by piece.
enum class ReplyBody : std::uint8_t { Inside, Chunked, UntilClose };

/// How a reply is written for one request.
struct ReplyContext {
  http::Method method = http::Method::Get;  ///< HEAD: head only
  std::uint8_t client_minor_version = 1;
  bool keep_alive = true;
  std::string_view request_id;
  std::string_view http_date;
  ReplyBody body = ReplyBody::Inside;
};
/// Appends head and body (of one that follows: the head alone): Content-Length or chunks, Date,
/// X-Request-Id, Connection as needed.
void append_reply(std::string& out, const Reply& reply, const ReplyContext& context);

}  // namespace fastgate::gateway
