#include "record/metrics.h"

#include <chrono>

#include "record/prometheus_text.h"

namespace fastgate::record {
namespace {

constexpr MetricType kCount = MetricType::Counter;
constexpr MetricType kGauge = MetricType::Gauge;

double unix_seconds(WallTime time) {
  return std::chrono::duration<double>(
             std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch())
      .count();
}

std::uint64_t requests(const RouteCounters& route) {
  std::uint64_t sum = 0;
  for (const Counter& counter : route.by_class) sum += counter.value();
  return sum;
}

/// One family with a single series.
struct PlainMetric {
  std::string_view name;
  MetricType type;
  std::string_view help;
  Counter WorkerCounters::* counter;
};

constexpr PlainMetric kWorkerMetrics[] = {
    {"fastgate_connections", kGauge, "Client connections open.", &WorkerCounters::connections_open},
    {"fastgate_connections_accepted_total", kCount, "Client connections accepted.",
     &WorkerCounters::connections_accepted},
    {"fastgate_connections_refused_total", kCount,
     "Client connections refused because max_connections were open.",
     &WorkerCounters::connections_refused},
    {"fastgate_accept_failures_total", kCount,
     "Client connections that the system had no descriptor or memory for.",
     &WorkerCounters::accept_failures},
    {"fastgate_exchanges", kGauge, "Requests in progress.", &WorkerCounters::exchanges_open},
    {"fastgate_streams", kGauge, "Event streams in progress.", &WorkerCounters::streams_open},
    {"fastgate_upstream_connections", kGauge, "Upstream connections open, idle ones included.",
     &WorkerCounters::upstream_connections_open},
    {"fastgate_upstream_connects_total", kCount, "New connections to upstream servers.",
     &WorkerCounters::upstream_connects},
    {"fastgate_upstream_reuses_total", kCount,
     "Requests sent on an upstream connection that was kept alive.",
     &WorkerCounters::upstream_reuses},
    {"fastgate_upstream_failures_total", kCount, "Attempts that failed for the upstream's sake.",
     &WorkerCounters::upstream_failures},
    {"fastgate_limits_hit_total", kCount, "Requests answered 429 by the gateway's own limits.",
     &WorkerCounters::limits_hit},
    {"fastgate_key_failures_total", kCount, "Requests refused because of a wrong or expired key.",
     &WorkerCounters::key_failures},
};

struct RouteMetric {
  std::string_view name;
  std::string_view help;
  Counter RouteCounters::* counter;
};

constexpr RouteMetric kRouteMetrics[] = {
    {"fastgate_request_bytes_total", "Bytes of request bodies.", &RouteCounters::request_bytes},
    {"fastgate_response_bytes_total", "Bytes of response bodies.", &RouteCounters::response_bytes},
    {"fastgate_retries_total", "Attempts after the first.", &RouteCounters::retries},
};

struct RouteHistogram {
  std::string_view name;
  std::string_view help;
  LatencyHistogram RouteCounters::* histogram;
};

constexpr RouteHistogram kRouteHistograms[] = {
    {"fastgate_request_duration_seconds", "Time from a request's first byte to its answer's last.",
     &RouteCounters::duration},
    {"fastgate_first_byte_seconds", "Time from a request's first byte to its answer's first.",
     &RouteCounters::first_byte},
};

void append_requests(PrometheusText& text, const MetricTotals& totals) {
  constexpr std::array<std::string_view, 6> kClasses{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
  text.family("fastgate_requests_total", kCount,
              "Requests that ended, by route and class of status.");
  for (const auto& [id, route] : totals.routes) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      const std::uint64_t value = route.by_class[i].value();
      if (value == 0) continue;
      text.sample(value,
                  {{.name = "route", .value = id}, {.name = "status", .value = kClasses[i]}});
    }
  }
}

}  // namespace

void MetricTotals::add(const WorkerCounters& counters, const RouteCounterTable& table) {
  workers.add(counters);
  table.visit([this](const RouteCounters& route) {
    if (requests(route) == 0) return;
    routes.try_emplace(route.route_id, route.route_id).first->second.add(route);
  });
}

void append_process_metrics(std::string& out, const Recorder::ProcessFacts& facts) {
  PrometheusText text(out);
  text.family("fastgate_build_info", kGauge, "The running version, as a label.")
      .sample(std::uint64_t{1}, {{.name = "version", .value = facts.version}});
  text.family("fastgate_start_time_seconds", kGauge, "When the process started, in Unix time.")
      .sample(unix_seconds(facts.started));
  text.family("fastgate_config_reloads_total", kCount, "Reloads of the configuration.")
      .sample(facts.reloads_ok, {{.name = "result", .value = "ok"}})
      .sample(facts.reloads_failed, {{.name = "result", .value = "failed"}});
  text.family("fastgate_config_last_reload_time_seconds", kGauge,
              "When a configuration was last put in force by a reload or a change, in Unix time.")
      .sample(unix_seconds(facts.last_reload));
  text.family("fastgate_snapshots", kGauge, "Configurations that requests still use.")
      .sample(facts.snapshots_alive);
}

void append_worker_metrics(std::string& out, const MetricTotals& totals, std::size_t workers) {
  PrometheusText text(out);
  text.family("fastgate_workers", kGauge, "Event loops.").sample(std::uint64_t{workers});
  for (const PlainMetric& metric : kWorkerMetrics) {
    text.family(metric.name, metric.type, metric.help)
        .sample((totals.workers.*metric.counter).value());
  }
}

void append_route_metrics(std::string& out, const MetricTotals& totals) {
  PrometheusText text(out);
  append_requests(text, totals);
  for (const RouteMetric& metric : kRouteMetrics) {
    text.family(metric.name, kCount, metric.help);
    for (const auto& [id, route] : totals.routes) {
      text.sample((route.*metric.counter).value(), {{.name = "route", .value = id}});
    }
  }
  for (const RouteHistogram& metric : kRouteHistograms) {
    text.family(metric.name, MetricType::Histogram, metric.help);
    for (const auto& [id, route] : totals.routes) {
      text.histogram(route.*metric.histogram, {.name = "route", .value = id});
    }
  }
}

}  // namespace fastgate::record
