#include "record/gateway_time.h"

#include <doctest/doctest.h>

#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;

TEST_CASE("the upstream's time is taken off, the gateway's own stays") {
  SampleExchange sample;
  // 200 before the attempt, 250 between the two heads, 345 after the upstream's end.
  CHECK(gateway_us(sample.record) == 200 + 250 + 345);
}

TEST_CASE("waits for the client and earlier attempts are taken off") {
  SampleExchange sample;
  sample.record.client_wait = 300us;
  CHECK(gateway_us(sample.record) == 495);
  sample.record.earlier_attempts = 100us;
  CHECK(gateway_us(sample.record) == 395);
}

TEST_CASE("without an upstream all time is the gateway's") {
  ExchangeRecord record = headless_record();
  CHECK(gateway_us(record) == 1000);
}

TEST_CASE("an upstream that never answered was waited for to the end") {
  SampleExchange sample;
  sample.record.upstream_head.reset();
  sample.record.first_byte.reset();
  sample.record.upstream_done.reset();
  CHECK(gateway_us(sample.record) == 200);
}

TEST_CASE("it is never negative") {
  SampleExchange sample;
  sample.record.client_wait = 1h;
  CHECK(gateway_us(sample.record) == 0);
  sample.record.finished = {};
  CHECK(gateway_us(sample.record) == 0);
}

}  // namespace
}  // namespace fastgate::record
