#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace fastgate {

std::unexpected<Error> fail(ErrorKind kind, std::string text, RetrySafety retry) {
  return std::unexpected(Error{kind, side_of(kind), retry, std::move(text)});
}

ErrorSide side_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Malformed:
    case ErrorKind::Unauthorized:
    case ErrorKind::Forbidden:
    case ErrorKind::NoRoute:
    case ErrorKind::MethodNotAllowed:
    case ErrorKind::RequestTimeout:
    case ErrorKind::BodyTooLarge:
    case ErrorKind::TargetTooLong:
    case ErrorKind::UnsupportedMediaType:
    case ErrorKind::ExpectationFailed:
    case ErrorKind::UpgradeRequired:
    case ErrorKind::RateLimited:
    case ErrorKind::HeadTooLarge:
    case ErrorKind::ClientGone:
    // 501 and 505 answer something that the request asks for.
    case ErrorKind::NotImplemented:
    case ErrorKind::VersionNotSupported:
      return ErrorSide::Client;
    case ErrorKind::ConnectFailed:
    case ErrorKind::TlsFailed:
    case ErrorKind::UpstreamReset:
    case ErrorKind::UpstreamMalformed:
    case ErrorKind::ConnectTimeout:
    case ErrorKind::UpstreamTimeout:
      return ErrorSide::Upstream;
    case ErrorKind::Config:
      return ErrorSide::Config;
    case ErrorKind::Internal:
    case ErrorKind::NoServer:
    case ErrorKind::Overloaded:
    case ErrorKind::Io:
      return ErrorSide::Gateway;
  }
  return ErrorSide::Gateway;
}

std::string_view name_of(ErrorKind kind) {
  // clang-format off
  switch (kind) {
    case ErrorKind::Malformed: return "malformed";
    case ErrorKind::Unauthorized: return "unauthorized";
    case ErrorKind::Forbidden: return "forbidden";
    case ErrorKind::NoRoute: return "no_route";
    case ErrorKind::MethodNotAllowed: return "method_not_allowed";
    case ErrorKind::RequestTimeout: return "request_timeout";
    case ErrorKind::BodyTooLarge: return "body_too_large";
    case ErrorKind::TargetTooLong: return "target_too_long";
    case ErrorKind::UnsupportedMediaType: return "unsupported_media_type";
    case ErrorKind::ExpectationFailed: return "expectation_failed";
    case ErrorKind::UpgradeRequired: return "upgrade_required";
    case ErrorKind::RateLimited: return "rate_limited";
    case ErrorKind::HeadTooLarge: return "head_too_large";
    case ErrorKind::Internal: return "internal";
    case ErrorKind::NotImplemented: return "not_implemented";
    case ErrorKind::ConnectFailed: return "connect_failed";
    case ErrorKind::TlsFailed: return "tls_failed";
    case ErrorKind::UpstreamReset: return "upstream_reset";
    case ErrorKind::UpstreamMalformed: return "upstream_malformed";
    case ErrorKind::NoServer: return "no_server";
    case ErrorKind::Overloaded: return "overloaded";
    case ErrorKind::ConnectTimeout: return "connect_timeout";
    case ErrorKind::UpstreamTimeout: return "upstream_timeout";
    case ErrorKind::VersionNotSupported: return "version_not_supported";
    case ErrorKind::ClientGone: return "client_gone";
    case ErrorKind::Config: return "config";
    case ErrorKind::Io: return "io";
  }
  // clang-format on
  return "internal";
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "fastgate: broken invariant at %s:%d: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace fastgate
