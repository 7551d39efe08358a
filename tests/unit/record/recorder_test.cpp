#include "record/recorder.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "support/times.h"
#include "unit/record/sample_exchange.h"
#include "unit/record/sink_file.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;
using fastgate::test::kStart;

/// A recorder with both logs on files, its timers driven by hand.
struct RecorderBench {
  explicit RecorderBench(LogLevel level = LogLevel::Info,
                         std::string_view format = "$status $request_id") {
    settings.access_format = std::make_shared<const AccessFormat>(*AccessFormat::parse(format));
    settings.access_sink = access.sink();
    settings.app_sink = app.sink();
    settings.level = level;
    settings.route_ids = std::make_shared<const RouteIds>(RouteIds{"chat"});
    recorder.adopt(settings);
  }
  void run(ExchangeRecord& record) {
    recorder.begin(record);
    if (record.first_byte) recorder.first_byte(record);
    recorder.store(record);
    recorder.tell(record);
  }
  std::string app_lines() {
    recorder.flush();
    return app.content();
  }
  std::string access_lines() {
    recorder.flush();
    return access.content();
  }

  SinkFile access;
  SinkFile app;
  net::TimerWheel timers{kStart};
  RecorderSettings settings;
  Recorder recorder{timers};
};

constexpr std::string_view kTime = "2023-11-14T22:13:20.262Z";
constexpr std::string_view kId = "request_id=req_0123456789abcdef01234567";

TEST_CASE("one access line and one forwarded line a request") {
  RecorderBench bench;
  SampleExchange sample;
  bench.run(sample.record);
  CHECK(bench.access_lines() == "200 req_0123456789abcdef01234567\n");
  CHECK(bench.app_lines() ==
        std::string(kTime) + " INFO Request forwarded " + std::string(kId) +
            " route_id=chat method=POST path=/v1/chat status_code=200 upstream=127.0.0.1:9001 "
            "response_time_ms=12.3\n");
}

TEST_CASE("a failed upstream is a warning that says why") {
  RecorderBench bench;
  SampleExchange sample;
  sample.record.status = 502;
  sample.record.error_message = "the upstream refused the connection";
  sample.record.error_kind = ErrorKind::ConnectFailed;
  bench.run(sample.record);
  CHECK(bench.app_lines() ==
        std::string(kTime) + " WARN Request forwarded " + std::string(kId) +
            " route_id=chat method=POST path=/v1/chat status_code=502 upstream=127.0.0.1:9001 "
            "error=\"the upstream refused the connection\" response_time_ms=12.3\n");
}

TEST_CASE("a client that left is no warning") {
  RecorderBench bench;
  SampleExchange sample;
  sample.record.status = 499;
  sample.record.error_message = "the client closed the connection";
  bench.run(sample.record);
  CHECK(bench.app_lines().find(" INFO Request forwarded") != std::string::npos);
  CHECK(bench.app_lines().find("status_code=499") != std::string::npos);
  CHECK(bench.access_lines().starts_with("499 "));
}

TEST_CASE("without a head and a route the line keeps its form") {
  RecorderBench bench;
  ExchangeRecord record = headless_record();
  record.request_id = "req_x";
  bench.run(record);
  CHECK(bench.app_lines() ==
        "2023-11-14T22:13:20.251Z INFO Request forwarded request_id=req_x route_id=- method=- "
        "path=- status_code=400 upstream=- response_time_ms=1.0\n");
}

TEST_CASE("no client can forge a forwarded line, and no query is in it") {
  RecorderBench bench;
  SampleExchange sample("/a\n2026 ERROR\"b\\?token=s3cret");
  sample.record.route_id = "a b";
  bench.run(sample.record);
  const std::string lines = bench.app_lines();
  CHECK(lines.find('\n') == lines.size() - 1);
  CHECK(lines.find("path=\"/a\\n2026 ERROR\\\"b\\\\\" ") != std::string::npos);
  CHECK(lines.find("route_id=\"a b\" ") != std::string::npos);
  CHECK(lines.find("s3cret") == std::string::npos);
}

TEST_CASE("the level decides what is written") {
  SampleExchange good;
  SampleExchange bad;
  bad.record.status = 504;
  bad.record.error_message = "too slow";
  struct Row {
    LogLevel level;
    std::ptrdiff_t lines;
  };
  for (const Row& row : {Row{LogLevel::Error, 0}, Row{LogLevel::Warn, 1}, Row{LogLevel::Info, 2},
                         Row{LogLevel::Debug, 2}}) {
    INFO(static_cast<int>(row.level));
    RecorderBench bench(row.level);
    bench.run(good.record);
    bench.run(bad.record);
    const std::string lines = bench.app_lines();
    CHECK(std::count(lines.begin(), lines.end(), '\n') == row.lines);
  }
}

TEST_CASE("the gateway's own services have an access line and no forwarded line") {
  RecorderBench bench;
  SampleExchange sample("/health");
  sample.record.is_local = true;
  bench.run(sample.record);
  CHECK(bench.app_lines().empty());
  CHECK_FALSE(bench.access_lines().empty());
}

TEST_CASE("logs that are off cost nothing and break nothing") {
  net::TimerWheel timers(kStart);
  Recorder recorder(timers);
  SampleExchange sample;
  recorder.begin(sample.record);
  recorder.store(sample.record);
  recorder.tell(sample.record);
  CHECK(timers.armed() == 0);
  CHECK(recorder.counters().exchanges_open.value() == 0);
}

TEST_CASE("response times are rounded to a tenth") {
  struct Row {
    std::chrono::nanoseconds time;
    const char* text;
  };
  for (const Row& row : {Row{0ns, "0.0"}, Row{49us, "0.0"}, Row{50us, "0.1"}, Row{949us, "0.9"},
                         Row{950us, "1.0"}, Row{61s, "61000.0"}, Row{-5s, "0.0"}}) {
    INFO(row.text);
    RecorderBench bench;
    SampleExchange sample;
    sample.record.finished = sample.record.started + row.time;
    bench.run(sample.record);
    CHECK(bench.app_lines().ends_with(" response_time_ms=" + std::string(row.text) + "\n"));
  }
}

TEST_CASE("lines reach the file by the clock and at a reload") {
  RecorderBench bench;
  SampleExchange sample;
  bench.run(sample.record);
  CHECK(bench.access.content().empty());
  bench.timers.advance(kStart + 200ms);
  CHECK_FALSE(bench.access.content().empty());
  CHECK_FALSE(bench.app.content().empty());

  SinkFile other;
  bench.run(sample.record);
  const std::size_t before = bench.access.content().size();
  RecorderSettings settings = bench.settings;
  settings.access_sink = other.sink();
  bench.recorder.adopt(settings);
  CHECK(bench.access.content().size() == 2 * before);
  CHECK(other.content().empty());
}

TEST_CASE("open exchanges and streams are counted up and down") {
  RecorderBench bench;
  SampleExchange plain;
  SampleExchange stream;
  stream.record.is_stream = true;
  WorkerCounters& counters = bench.recorder.counters();
  bench.recorder.begin(plain.record);
  bench.recorder.begin(stream.record);
  bench.recorder.first_byte(stream.record);
  bench.recorder.first_byte(plain.record);
  CHECK(counters.exchanges_open.value() == 2);
  CHECK(counters.streams_open.value() == 1);
  bench.recorder.tell(plain.record);
  CHECK(counters.streams_open.value() == 1);
  bench.recorder.tell(stream.record);
  CHECK(counters.exchanges_open.value() == 0);
  CHECK(counters.streams_open.value() == 0);
}

TEST_CASE("refusals are counted where they are the gateway's own") {
  RecorderBench bench;
  const WorkerCounters& counters = bench.recorder.counters();
  SampleExchange refused;
  refused.record.error_message = "refused";
  refused.record.status = 429;
  bench.run(refused.record);
  CHECK(counters.limits_hit.value() == 1);
  refused.record.status = 401;
  bench.run(refused.record);
  CHECK(counters.key_failures.value() == 0);  // no key at all

  SampleExchange wrong_key("/", {{"X-API-Key", "fg_wrong"}});
  wrong_key.record.error_message = "wrong key";
  wrong_key.record.status = 401;
  bench.run(wrong_key.record);
  CHECK(counters.key_failures.value() == 1);

  SampleExchange passed_on("/", {{"Authorization", "Bearer x"}});
  passed_on.answer({});
  for (const std::uint16_t status : {429, 401}) {
    passed_on.record.status = status;
    bench.run(passed_on.record);
  }
  CHECK(counters.limits_hit.value() == 1);
  CHECK(counters.key_failures.value() == 1);
}

}  // namespace
}  // namespace fastgate::record
