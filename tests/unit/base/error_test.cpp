#include "base/error.h"

#include <set>

#include <doctest/doctest.h>

namespace fastgate {
namespace {

struct KindRow {
  ErrorKind kind;
  ErrorSide side;
  std::string_view name;
};

constexpr KindRow kKinds[] = {
    {ErrorKind::Malformed, ErrorSide::Client, "malformed"},
    {ErrorKind::Unauthorized, ErrorSide::Client, "unauthorized"},
    {ErrorKind::Forbidden, ErrorSide::Client, "forbidden"},
    {ErrorKind::NoRoute, ErrorSide::Client, "no_route"},
    {ErrorKind::MethodNotAllowed, ErrorSide::Client, "method_not_allowed"},
    {ErrorKind::RequestTimeout, ErrorSide::Client, "request_timeout"},
    {ErrorKind::BodyTooLarge, ErrorSide::Client, "body_too_large"},
    {ErrorKind::TargetTooLong, ErrorSide::Client, "target_too_long"},
    {ErrorKind::UnsupportedMediaType, ErrorSide::Client, "unsupported_media_type"},
    {ErrorKind::ExpectationFailed, ErrorSide::Client, "expectation_failed"},
    {ErrorKind::UpgradeRequired, ErrorSide::Client, "upgrade_required"},
    {ErrorKind::RateLimited, ErrorSide::Client, "rate_limited"},
    {ErrorKind::HeadTooLarge, ErrorSide::Client, "head_too_large"},
    {ErrorKind::Internal, ErrorSide::Gateway, "internal"},
    {ErrorKind::NotImplemented, ErrorSide::Client, "not_implemented"},
    {ErrorKind::ConnectFailed, ErrorSide::Upstream, "connect_failed"},
    {ErrorKind::TlsFailed, ErrorSide::Upstream, "tls_failed"},
    {ErrorKind::UpstreamReset, ErrorSide::Upstream, "upstream_reset"},
    {ErrorKind::UpstreamMalformed, ErrorSide::Upstream, "upstream_malformed"},
    {ErrorKind::NoServer, ErrorSide::Gateway, "no_server"},
    {ErrorKind::Overloaded, ErrorSide::Gateway, "overloaded"},
    {ErrorKind::ConnectTimeout, ErrorSide::Upstream, "connect_timeout"},
    {ErrorKind::UpstreamTimeout, ErrorSide::Upstream, "upstream_timeout"},
    {ErrorKind::VersionNotSupported, ErrorSide::Client, "version_not_supported"},
    {ErrorKind::ClientGone, ErrorSide::Client, "client_gone"},
    {ErrorKind::Config, ErrorSide::Config, "config"},
    {ErrorKind::Io, ErrorSide::Gateway, "io"},
};

TEST_CASE("every kind has its side and its own name") {
  std::set<std::string_view> names;
  for (const KindRow& row : kKinds) {
    INFO(row.name);
    CHECK(side_of(row.kind) == row.side);
    CHECK(name_of(row.kind) == row.name);
    CHECK(names.insert(name_of(row.kind)).second);
  }
  CHECK(names.size() == static_cast<std::size_t>(ErrorKind::Io) + 1);
}

TEST_CASE("fail fills the side in and keeps text and retry") {
  const Result<int> never = fail(ErrorKind::Malformed, "two Host fields");
  REQUIRE_FALSE(never.has_value());
  CHECK(never.error().kind == ErrorKind::Malformed);
  CHECK(never.error().side == ErrorSide::Client);
  CHECK(never.error().retry == RetrySafety::Never);
  CHECK(never.error().text == "two Host fields");

  const Result<int> again = fail(ErrorKind::ConnectFailed, "refused", RetrySafety::Always);
  CHECK(again.error().side == ErrorSide::Upstream);
  CHECK(again.error().retry == RetrySafety::Always);
}

}  // namespace
}  // namespace fastgate
