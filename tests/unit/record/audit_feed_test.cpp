#include "record/audit_feed.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "record/gateway_time.h"
#include "support/fake_intake.h"
#include "support/times.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;
using fastgate::test::kStart;
using test::FakeIntake;

/// A feed whose time is moved by hand.
struct FeedBench {
  explicit FeedBench(config::OnFull on_full = config::OnFull::Wait) {
    settings.intake = &intake;
    settings.on_full = on_full;
    feed.adopt(settings);
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    timers.set_now(now);
    timers.advance(now);
  }
  void run(ExchangeRecord& record) {
    feed.begin(record);
    if (record.first_byte) feed.first_byte(record);
    feed.finish(record);
  }

  FakeIntake intake;
  MonotonicTime now = kStart;
  net::TimerWheel timers{kStart};
  AuditSettings settings;
  AuditFeed feed{timers, nullptr, 1000};
};

TEST_CASE("a short request is told of once, complete, within the flush interval") {
  FeedBench bench;
  SampleExchange sample("/v1/chat?user=7&api_key=s3cret", {{"User-Agent", "probe/1"}});
  sample.record.upstream_target = "/chat?user=7&token=s3cret";
  sample.record.stream_chunks = 3;
  sample.record.retries = 2;
  sample.record.error_message = "why";
  bench.run(sample.record);
  CHECK(bench.intake.rows.empty());
  bench.pass(200ms);
  REQUIRE(bench.intake.rows.size() == 1);
  const FakeIntake::Kept& kept = bench.intake.rows.front();
  CHECK(kept.row.stage == AuditStage::Complete);
  CHECK(kept.view(kept.row.request_id) == sample.record.request_id);
  CHECK(kept.view(kept.row.key_id) == "fg_00112233aabb");
  CHECK(kept.view(kept.row.source_path) == "team/a");
  CHECK(kept.view(kept.row.route_id) == "chat");
  CHECK(kept.view(kept.row.method) == "POST");
  CHECK(kept.view(kept.row.path) == "/v1/chat");
  CHECK(kept.view(kept.row.query) == "user=7&api_key=***");
  CHECK(kept.view(kept.row.target_url) == "http://127.0.0.1:9001/chat?user=7&token=***");
  CHECK(kept.view(kept.row.user_agent) == "probe/1");
  CHECK(kept.view(kept.row.error_message) == "why");
  CHECK(kept.row.request_time == SampleExchange::kBegun);
  CHECK(kept.row.first_response_time == SampleExchange::kBegun + 11'250us);
  CHECK(kept.row.response_time == SampleExchange::kBegun + 12'345us);
  CHECK(kept.row.ttfb_us == 11'250);
  CHECK(kept.row.response_time_us == 12'345);
  CHECK(kept.row.gateway_us == gateway_us(sample.record));
  CHECK(kept.row.request_size == 40);
  CHECK(kept.row.response_size == 1234);
  CHECK(kept.row.stream_chunks == 3);
  CHECK(kept.row.retries == 2);
  CHECK(kept.row.status_code == 200);
  CHECK(kept.row.client == sample.record.client);
  bench.pass(10s);
  CHECK(bench.intake.rows.size() == 1);
}

TEST_CASE("a request that goes on is told of as begun, with its first byte, and complete") {
  FeedBench bench;
  SampleExchange sample;
  ExchangeRecord& record = sample.record;
  const OptionalTime first_byte = std::exchange(record.first_byte, {});
  bench.feed.begin(record);
  bench.pass(200ms);
  bench.pass(1s);
  REQUIRE(bench.intake.rows.size() == 1);
  CHECK(bench.intake.rows[0].row.stage == AuditStage::Begun);
  CHECK_FALSE(bench.intake.rows[0].row.response_time.has_value());
  record.first_byte = first_byte;
  bench.feed.first_byte(record);
  bench.pass(200ms);
  bench.pass(1s);
  REQUIRE(bench.intake.rows.size() == 2);
  CHECK(bench.intake.rows[1].row.stage == AuditStage::FirstByte);
  CHECK(bench.intake.rows[1].row.ttfb_us == 11'250);
  bench.feed.finish(record);
  bench.pass(200ms);
  REQUIRE(bench.intake.rows.size() == 3);
  CHECK(bench.intake.rows[2].row.stage == AuditStage::Complete);
  CHECK(bench.intake.rows[0].row.exchange_number == bench.intake.rows[2].row.exchange_number);
  CHECK(bench.intake.rows[1].row.exchange_number == bench.intake.rows[2].row.exchange_number);
}

TEST_CASE("exchanges have numbers of their own") {
  FeedBench bench;
  SampleExchange first;
  SampleExchange second;
  bench.feed.begin(first.record);
  bench.feed.begin(second.record);
  bench.feed.finish(second.record);
  bench.feed.finish(first.record);
  bench.feed.flush();
  REQUIRE(bench.intake.rows.size() == 2);
  CHECK(bench.intake.rows[0].row.exchange_number == 1002);
  CHECK(bench.intake.rows[1].row.exchange_number == 1001);
}

TEST_CASE("the gateway's own services have no rows") {
  FeedBench bench;
  SampleExchange sample("/health");
  bench.feed.begin(sample.record);
  sample.record.is_local = true;
  bench.pass(200ms);
  bench.feed.first_byte(sample.record);
  bench.pass(200ms);
  bench.feed.finish(sample.record);
  bench.pass(200ms);
  CHECK(bench.intake.rows.empty());
}

TEST_CASE("a call of the admin API has a row of its own kind, at each stage") {
  FeedBench bench;
  SampleExchange sample("/admin/routes?token=s3cret");
  const AdminCaller caller{.name = "ops", .role = "operator", .via = AuditVia::Token};
  sample.record.is_local = true;
  sample.record.admin_caller = &caller;
  bench.feed.begin(sample.record);
  bench.pass(200ms);
  bench.feed.finish(sample.record);
  bench.pass(200ms);
  REQUIRE(bench.intake.rows.size() == 2);
  for (const FakeIntake::Kept& kept : bench.intake.rows) {
    CHECK(kept.row.kind == AuditKind::Admin);
    CHECK(kept.row.via == AuditVia::Token);
    CHECK(kept.view(kept.row.actor) == "ops");
    CHECK(kept.view(kept.row.actor_role) == "operator");
    CHECK(kept.view(kept.row.query) == "token=***");
  }
  CHECK(bench.intake.rows[1].row.stage == AuditStage::Complete);
}

TEST_CASE("a request of which no head came has a row as well") {
  FeedBench bench;
  ExchangeRecord record = headless_record();
  bench.run(record);
  bench.feed.flush();
  REQUIRE(bench.intake.rows.size() == 1);
  CHECK(bench.intake.rows[0].row.status_code == 400);
  CHECK(bench.intake.rows[0].row.path.length == 0);
}

TEST_CASE("many rows go before the interval is over") {
  FeedBench bench;
  SampleExchange sample;
  for (std::size_t i = 0; i < AuditFeed::kFlushRows; ++i) bench.run(sample.record);
  CHECK(bench.intake.batches == 1);
  CHECK(bench.intake.rows.size() == AuditFeed::kFlushRows);
  SampleExchange running;
  bench.feed.begin(running.record);
  for (std::size_t i = 0; i < AuditFeed::kFlushRows; ++i) bench.run(sample.record);
  CHECK(bench.intake.batches == 2);
  bench.pass(200ms);
  CHECK(bench.intake.rows.back().row.stage == AuditStage::FirstByte);
  bench.feed.finish(running.record);
}

TEST_CASE("without a store nothing is kept, and a request that outlives its coming has a row") {
  FeedBench bench;
  AuditSettings off;
  bench.feed.adopt(off);
  SampleExchange sample;
  bench.run(sample.record);
  bench.feed.begin(sample.record);
  CHECK_FALSE(bench.feed.holds_requests());
  bench.feed.adopt(bench.settings);
  bench.feed.finish(sample.record);
  bench.feed.flush();
  CHECK(bench.intake.rows.size() == 1);
}

TEST_CASE("another store gets what comes after it, the one before all that was known") {
  FeedBench bench;
  FakeIntake next;
  SampleExchange done;
  SampleExchange running;
  bench.run(done.record);
  bench.feed.begin(running.record);
  AuditSettings settings = bench.settings;
  settings.intake = &next;
  bench.feed.adopt(settings);
  CHECK(bench.intake.rows.size() == 2);
  bench.feed.finish(running.record);
  bench.feed.flush();
  CHECK(bench.intake.rows.size() == 2);
  CHECK(next.rows.size() == 1);
}

TEST_CASE("a full store that is waited for: rows are held, requests too, and nothing is lost") {
  FeedBench bench;
  bench.intake.full = true;
  CHECK(bench.feed.holds_requests());
  SampleExchange done;
  SampleExchange running;
  bench.run(done.record);
  bench.feed.begin(running.record);
  struct Waiter {
    void go_on() { ++calls; }
    net::LaterCall call;
    int calls = 0;
  } waiter;
  bench.feed.when_taking<&Waiter::go_on>(waiter.call, &waiter);
  bench.pass(1s);
  CHECK(bench.intake.rows.empty());
  CHECK(waiter.calls == 0);
  bench.intake.full = false;
  bench.pass(50ms);
  CHECK(bench.intake.rows.size() == 2);
  CHECK(waiter.calls == 1);
  CHECK(bench.intake.dropped == 0);
  bench.feed.finish(running.record);
}

TEST_CASE("what is held for a full store has an end") {
  FeedBench bench;
  bench.intake.full = true;
  SampleExchange sample("/" + std::string(30'000, 'x'));
  constexpr std::size_t kRows = 2 * AuditFeed::kMostHeld / 30'000;
  for (std::size_t i = 0; i < kRows; ++i) bench.run(sample.record);
  CHECK(bench.intake.dropped > kRows / 4);
  bench.intake.full = false;
  bench.pass(1s);
  CHECK(bench.intake.dropped + bench.intake.rows.size() == kRows);
}

TEST_CASE("a full store that is not waited for: rows are dropped and counted") {
  FeedBench bench(config::OnFull::Drop);
  bench.intake.full = true;
  CHECK_FALSE(bench.feed.holds_requests());
  SampleExchange sample;
  for (int i = 0; i < 3; ++i) bench.run(sample.record);
  bench.pass(200ms);
  CHECK(bench.intake.dropped == 3);
  bench.intake.full = false;
  bench.run(sample.record);
  bench.pass(200ms);
  CHECK(bench.intake.dropped == 3);
  CHECK(bench.intake.rows.size() == 1);
}

using Numbers = std::vector<std::uint64_t>;

TEST_CASE("where the last row of a request is dropped, the store that has an earlier one is told") {
  FeedBench bench(config::OnFull::Drop);
  SampleExchange running;
  SampleExchange late;
  bench.feed.begin(running.record);
  bench.pass(200ms);
  CHECK(bench.intake.rows.size() == 1);
  bench.intake.full = true;
  bench.feed.begin(late.record);
  bench.feed.finish(running.record);
  bench.feed.finish(late.record);
  bench.pass(1s);
  CHECK(bench.intake.dropped == 2);
  CHECK(bench.intake.ended.empty());
  bench.intake.full = false;
  bench.pass(50ms);
  CHECK(bench.intake.ended == Numbers{1001});
  CHECK(bench.intake.rows.size() == 1);
}

TEST_CASE("a request that ends while there is no store is told of as ended once there is one") {
  FeedBench bench;
  SampleExchange running;
  SampleExchange unknown;
  bench.feed.begin(running.record);
  bench.pass(200ms);
  bench.feed.adopt({});
  bench.feed.begin(unknown.record);
  bench.feed.finish(running.record);
  bench.feed.finish(unknown.record);
  bench.pass(200ms);
  CHECK(bench.intake.ended.empty());
  bench.feed.adopt(bench.settings);
  bench.pass(200ms);
  CHECK(bench.intake.ended == Numbers{1001});
  CHECK(bench.intake.rows.size() == 1);
}

TEST_CASE("an exchange that ends with its worker leaves nothing behind") {
  FakeIntake intake;
  net::TimerWheel timers{kStart};
  SampleExchange sample;
  {
    AuditFeed feed(timers, nullptr, 0);
    feed.adopt({.intake = &intake});
    feed.begin(sample.record);
    SampleExchange other;
    feed.begin(other.record);
    feed.finish(other.record);
  }
  CHECK(intake.rows.size() == 1);
}

struct Held {
  void leave() { ++calls; }
  net::LaterCall call;
  int calls = 0;
};

TEST_CASE("held answers leave once their own batch is stored") {
  auto loop = net::Loop::make();
  REQUIRE(loop.has_value());
  FakeIntake intake;
  AuditFeed feed((*loop)->timers(), loop->get(), 0);
  feed.adopt({.intake = &intake, .answers = AuditSettings::Answers::EndOnceStored});
  REQUIRE(feed.holds_answers());
  SampleExchange sample;
  Held first;
  Held second;
  Held third;
  const auto end = [&](Held& held) {
    feed.begin(sample.record);
    feed.when_stored<&Held::leave>(held.call, &held);
    feed.finish(sample.record);
  };
  end(first);
  end(second);
  CHECK(intake.batches == 0);
  (*loop)->run_once_without_waiting();
  CHECK(intake.batches == 1);
  end(third);
  (*loop)->run_once_without_waiting();
  REQUIRE(intake.held.size() == 2);
  CHECK(first.calls + second.calls + third.calls == 0);
  // Out of order, as two stores may be.
  intake.held[1]();
  (*loop)->run_once_without_waiting();
  CHECK(third.calls == 1);
  CHECK(first.calls == 0);
  second.call.disarm();
  intake.held[0]();
  (*loop)->run_once_without_waiting();
  CHECK(first.calls == 1);
  CHECK(second.calls == 0);
}

TEST_CASE("a store that is done after the worker is gone disturbs nobody") {
  auto loop = net::Loop::make();
  REQUIRE(loop.has_value());
  FakeIntake intake;
  SampleExchange sample;
  Held held;
  {
    AuditFeed feed((*loop)->timers(), loop->get(), 0);
    feed.adopt({.intake = &intake, .answers = AuditSettings::Answers::EndOnceStored});
    feed.begin(sample.record);
    feed.when_stored<&Held::leave>(held.call, &held);
    feed.finish(sample.record);
    feed.flush();
    held.call.disarm();
    intake.held[0]();
  }
  intake.held[0]();
  (*loop)->run_once_without_waiting();
  CHECK(held.calls == 0);
}

}  // namespace
}  // namespace fastgate::record
