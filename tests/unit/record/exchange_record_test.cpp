#include "record/exchange_record.h"

#include <doctest/doctest.h>

#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

TEST_CASE("the target's URL is put together from the last attempt") {
  SampleExchange sample;
  CHECK(target_url(sample.record) == "http://127.0.0.1:9001/chat?user=7");
  sample.record.upstream_scheme = "https";
  CHECK(target_url(sample.record) == "https://127.0.0.1:9001/chat?user=7");
  sample.record.upstream_address = {};
  CHECK(target_url(sample.record).empty());
}

TEST_CASE("a failure is the upstream's by its kind, or by the status where no kind is known") {
  SampleExchange sample;
  ExchangeRecord& record = sample.record;
  CHECK_FALSE(upstream_failed(record));
  record.status = 502;
  CHECK_FALSE(upstream_failed(record));  // the upstream's own answer, passed on
  record.error_message = "the upstream refused the connection";
  CHECK(upstream_failed(record));
  record.status = 499;
  CHECK_FALSE(upstream_failed(record));
  record.status = 200;
  record.error_kind = ErrorKind::UpstreamReset;
  CHECK(upstream_failed(record));
  record.error_kind = ErrorKind::NoServer;
  CHECK(upstream_failed(record));
  record.status = 503;
  record.error_kind = ErrorKind::Overloaded;
  CHECK_FALSE(upstream_failed(record));
}

}  // namespace
}  // namespace fastgate::record
