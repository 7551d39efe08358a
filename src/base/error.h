/// What went wrong, whose fault it is and whether another try may help, as a value.
///
/// Every function that can fail returns Result<T>. Only gateway/reply.cpp turns an Error into a
/// status and a JSON body, and only proxy/retry.cpp decides on another try.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace fastgate {

/// The kinds of failure that a caller can tell apart. The comment names the status a client sees.
enum class ErrorKind : std::uint8_t {
  Malformed,             ///< 400: the request breaks HTTP's grammar or is ambiguous
  Unauthorized,          ///< 401: no key, or a wrong or expired one
  Forbidden,             ///< 403: the key does not allow this
  NoRoute,               ///< 404: no route matches
  MethodNotAllowed,      ///< 405: a local service does not know the method
  RequestTimeout,        ///< 408: the client was too slow
  BodyTooLarge,          ///< 413: beyond max_body_size or inspect_limit
  TargetTooLong,         ///< 414: the request target is beyond max_header_size
  UnsupportedMediaType,  ///< 415
  ExpectationFailed,     ///< 417: an Expect other than 100-continue
  UpgradeRequired,       ///< 426
  RateLimited,           ///< 429: beyond a rate or concurrency limit
  HeadTooLarge,          ///< 431: header fields beyond max_header_size
  Internal,              ///< 500: our own fault
  NotImplemented,        ///< 501: a transfer coding or method we do not forward
  ConnectFailed,         ///< 502: refused, unreachable, or its name not found
  TlsFailed,             ///< 502: handshake or verification with the upstream failed
  UpstreamReset,         ///< 502: the upstream broke the connection
  UpstreamMalformed,     ///< 502: the upstream's answer breaks HTTP's grammar or a limit
  NoServer,              ///< 503: no upstream server is alive
  Overloaded,            ///< 503: one of our own capacities is used up
  ConnectTimeout,        ///< 504
  UpstreamTimeout,       ///< 504: no byte within `timeout` or `first_byte_timeout`
  VersionNotSupported,   ///< 505
  ClientGone,            ///< 499 in logs; nobody is left to answer
  Config,                ///< a configuration is unusable
  Io,                    ///< a system call failed
};

/// Whose fault it is.
enum class ErrorSide : std::uint8_t { Client, Upstream, Gateway, Config };

/// Whether sending the request again elsewhere is safe as far as this error knows.
enum class RetrySafety : std::uint8_t {
  Never,         ///< another try cannot help or would be visible twice
  IfIdempotent,  ///< bytes may have been taken; only idempotent methods, or where `retry_on` says
                 ///< so
  Always,        ///< no byte of the request was taken
};

/// A failure as a value. Cheap to move; `text` is for people and never holds a secret.
struct Error {
  ErrorKind kind = ErrorKind::Internal;
  ErrorSide side = ErrorSide::Gateway;
  RetrySafety retry = RetrySafety::Never;
  std::string text;
};

template <class T>
using Result = std::expected<T, Error>;

/// Builds the unexpected value of a Result. Example: `return fail(ErrorKind::Malformed, "two Host
/// fields");` The side follows from the kind: 4xx kinds are the client's, 502/504 kinds the
/// upstream's.
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string text,
                                          RetrySafety retry = RetrySafety::Never);

/// The side that `kind` belongs to unless an error says otherwise.
[[nodiscard]] ErrorSide side_of(ErrorKind kind);

/// The kind's name in snake_case, as logs and the JSON field `error.code` spell it.
[[nodiscard]] std::string_view name_of(ErrorKind kind);

}  // namespace fastgate

/// An invariant of our own. Broken ones end the process with file and line in every build type:
/// going on with a broken invariant could mix two clients' bytes.
#define FG_ASSERT(condition)          \
  ((condition) ? static_cast<void>(0) \
               : ::fastgate::assertion_failed(#condition, __FILE__, __LINE__))

namespace fastgate {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}
