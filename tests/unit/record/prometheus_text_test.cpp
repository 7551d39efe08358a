#include "record/prometheus_text.h"

#include <thread>

#include <doctest/doctest.h>

#include "record/recorder.h"
#include "support/metrics_reader.h"
#include "support/times.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

using namespace std::chrono_literals;
using fastgate::test::kStart;

RecorderSettings settings_for(RouteIds route_ids) {
  RecorderSettings settings;
  settings.route_ids = std::make_shared<const RouteIds>(std::move(route_ids));
  return settings;
}

void run(Recorder& recorder, ExchangeRecord& record) {
  recorder.begin(record);
  recorder.store(record);
  recorder.tell(record);
}

std::string metrics_of(const std::vector<const Recorder*>& recorders) {
  std::string text;
  Recorder::append_metrics(text, recorders,
                           {.version = "0.3.0",
                            .started = WallTime(1'700'000'000s),
                            .reloads_ok = 4,
                            .reloads_failed = 1,
                            .last_reload = WallTime(1'700'000'100'500ms),
                            .snapshots_alive = 2});
  return text;
}

TEST_CASE("label values are escaped so that they cannot end") {
  std::string text;
  PrometheusText(text)
      .family("fastgate_x", MetricType::Gauge, "X.")
      .sample(std::uint64_t{1},
              {{.name = "a", .value = "q\"b\\s\nn}"}, {.name = "b", .value = ""}});
  CHECK(text ==
        "# HELP fastgate_x X.\n# TYPE fastgate_x gauge\n"
        "fastgate_x{a=\"q\\\"b\\\\s\\nn}\",b=\"\"} 1\n");
}

TEST_CASE("a histogram is cumulative, in seconds, and agrees with itself") {
  LatencyHistogram histogram;
  histogram.observe(900);
  histogram.observe(2'000);
  histogram.observe(40'000'000);
  std::string text;
  PrometheusText(text)
      .family("fastgate_h_seconds", MetricType::Histogram, "H.")
      .histogram(histogram, {.name = "route", .value = "r"});
  const Metrics metrics = read_metrics(text);
  CHECK(metrics.at("fastgate_h_seconds_bucket{route=\"r\",le=\"0.001\"}") == 1);
  CHECK(metrics.at("fastgate_h_seconds_bucket{route=\"r\",le=\"0.0025\"}") == 2);
  CHECK(metrics.at("fastgate_h_seconds_bucket{route=\"r\",le=\"30\"}") == 2);
  CHECK(metrics.at("fastgate_h_seconds_bucket{route=\"r\",le=\"+Inf\"}") == 3);
  CHECK(metrics.at("fastgate_h_seconds_count{route=\"r\"}") == 3);
  CHECK(metrics.at("fastgate_h_seconds_sum{route=\"r\"}") == doctest::Approx(40.0029));
}

TEST_CASE("what all workers counted is summed, in a format that readers accept") {
  net::TimerWheel timers(kStart);
  Recorder first(timers);
  Recorder second(timers);
  first.adopt(settings_for({"chat"}));
  second.adopt(settings_for({"chat"}));
  SampleExchange good;
  good.record.retries = 2;
  run(first, good.record);
  run(second, good.record);
  SampleExchange bad;
  bad.record.status = 503;
  run(second, bad.record);
  SampleExchange hostile;
  hostile.record.route_id = "a\"} 1\nforged 2\n";
  run(first, hostile.record);
  ExchangeRecord headless = headless_record();
  run(first, headless);
  SampleExchange open;
  first.begin(open.record);
  second.counters().connections_open.add(3);
  first.counters().connections_open.add(2);

  const Metrics metrics = read_metrics(metrics_of({&first, &second}));
  CHECK(metrics.at("fastgate_requests_total{route=\"chat\",status=\"2xx\"}") == 2);
  CHECK(metrics.at("fastgate_requests_total{route=\"chat\",status=\"5xx\"}") == 1);
  CHECK(metrics.at("fastgate_requests_total{route=\"_none\",status=\"4xx\"}") == 1);
  CHECK(metrics.at("fastgate_requests_total{route=\"a\\\"} 1\\nforged 2\\n\",status=\"2xx\"}") ==
        1);
  CHECK(metrics.at("fastgate_request_duration_seconds_count{route=\"chat\"}") == 3);
  CHECK(metrics.at("fastgate_request_duration_seconds_sum{route=\"chat\"}") ==
        doctest::Approx(3 * 0.012345));
  CHECK(metrics.at("fastgate_request_duration_seconds_bucket{route=\"chat\",le=\"0.01\"}") == 0);
  CHECK(metrics.at("fastgate_request_duration_seconds_bucket{route=\"chat\",le=\"0.025\"}") == 3);
  CHECK(metrics.at("fastgate_first_byte_seconds_count{route=\"chat\"}") == 3);
  CHECK(metrics.at("fastgate_request_bytes_total{route=\"chat\"}") == 120);
  CHECK(metrics.at("fastgate_response_bytes_total{route=\"chat\"}") == 3 * 1234);
  CHECK(metrics.at("fastgate_retries_total{route=\"chat\"}") == 4);
  CHECK(metrics.at("fastgate_connections") == 5);
  CHECK(metrics.at("fastgate_exchanges") == 1);
  CHECK(metrics.at("fastgate_workers") == 2);
  CHECK(metrics.at("fastgate_snapshots") == 2);
  CHECK(metrics.at("fastgate_build_info{version=\"0.3.0\"}") == 1);
  CHECK(metrics.at("fastgate_config_reloads_total{result=\"failed\"}") == 1);
  CHECK(metrics.at("fastgate_config_last_reload_time_seconds") == 1'700'000'100.5);
  CHECK(metrics.at("fastgate_start_time_seconds") == 1'700'000'000.0);
  CHECK_FALSE(metrics.contains("fastgate_requests_total{route=\"_other\",status=\"2xx\"}"));
}

TEST_CASE("a process that has served nothing has valid metrics too") {
  net::TimerWheel timers(kStart);
  const Recorder idle(timers);
  CHECK(read_metrics(metrics_of({&idle})).at("fastgate_connections") == 0);
  CHECK(read_metrics(metrics_of({})).at("fastgate_workers") == 0);
}

TEST_CASE("metrics are read while workers count and reload") {
  constexpr int kRequests = 2000;
  net::TimerWheel timers(kStart);
  net::TimerWheel other_timers(kStart);
  Recorder first(timers);
  Recorder second(other_timers);
  const auto work = [](Recorder& recorder) {
    for (int i = 0; i < kRequests; ++i) {
      if (i % 100 == 0) recorder.adopt(settings_for({"a", "b"}));
      SampleExchange sample;
      const std::string id = "r" + std::to_string(i % 7);
      sample.record.route_id = id;
      run(recorder, sample.record);
    }
  };
  std::thread one(work, std::ref(first));
  std::thread two(work, std::ref(second));
  double seen = 0;
  for (int i = 0; i < 50; ++i) {
    const Metrics metrics = read_metrics(metrics_of({&first, &second}));
    double count = 0;
    for (const auto& [name, value] : metrics) {
      if (name.starts_with("fastgate_requests_total")) count += value;
    }
    CHECK(count >= seen);
    seen = count;
  }
  one.join();
  two.join();
  const Metrics metrics = read_metrics(metrics_of({&first, &second}));
  double total = 0;
  for (int i = 0; i < 7; ++i) {
    total +=
        metrics.at("fastgate_request_duration_seconds_count{route=\"r" + std::to_string(i) + "\"}");
  }
  CHECK(total == 2 * kRequests);
}

}  // namespace
}  // namespace fastgate::record
