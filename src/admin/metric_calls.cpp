#include <chrono>
#include <cmath>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "admin/paging.h"
#include "config/iso_time.h"
#include "json/writer.h"
#include "record/audit_query.h"

namespace fastgate::admin {
namespace {

using record::RollupCounts;

constexpr double kHistogramBoundsMs[] = {1,   2.5, 5,    10,   25,   50,    100,
                                         250, 500, 1000, 2500, 5000, 10000, 30000};

/// Milliseconds to the microsecond.
double ms(double micros) {
  return std::round(micros) / 1000;
}

double two_places(double value) {
  return std::round(value * 100) / 100;
}

void append_class_counts(json::JsonWriter& json, const RollupCounts& counts) {
  json.key("status_distribution").begin_object();
  for (std::size_t i = 1; i < counts.by_class.size(); ++i) {
    json.key(std::to_string(i) + "xx").value(counts.by_class.at(i));
  }
  json.end_object();
}

void append_counts(json::JsonWriter& json, const RollupCounts& counts) {
  json.key("total_requests").value(counts.requests).key("total_errors").value(counts.errors);
  json.key("success_rate").value(two_places(counts.success_rate()));
  json.key("avg_response_time").value(ms(counts.response_time.average()));
  json.key("p50_response_time").value(ms(counts.response_time.percentile(0.5)));
  json.key("p95_response_time").value(ms(counts.response_time.percentile(0.95)));
  json.key("p99_response_time").value(ms(counts.response_time.percentile(0.99)));
  json.key("avg_ttfb").value(ms(counts.ttfb.average()));
  json.key("p50_ttfb").value(ms(counts.ttfb.percentile(0.5)));
  json.key("p95_ttfb").value(ms(counts.ttfb.percentile(0.95)));
  json.key("p99_ttfb").value(ms(counts.ttfb.percentile(0.99)));
  json.key("request_bytes").value(counts.request_bytes);
  json.key("response_bytes").value(counts.response_bytes);
  append_class_counts(json, counts);
}

void append_top(json::JsonWriter& json, std::string_view list, std::string_view name,
                const std::vector<record::TopEntry>& entries) {
  json.key(list).begin_array();
  for (const record::TopEntry& entry : entries) {
    json.begin_object().key(name).value(entry.name).key("requests").value(entry.requests);
    json.key("errors").value(entry.errors).end_object();
  }
  json.end_array();
}

void append_named(json::JsonWriter& json, std::string_view list, std::string_view name,
                  const std::vector<record::NamedCounts>& entries) {
  json.key(list).begin_array();
  for (const record::NamedCounts& entry : entries) {
    json.begin_object().key(name).value(entry.name);
    if (name == "key_id") json.key("source_path").value(entry.source_path);
    json.key("requests").value(entry.counts.requests).key("errors").value(entry.counts.errors);
    json.key("avg_response_time").value(ms(entry.counts.response_time.average()));
    json.key("p95_response_time").value(ms(entry.counts.response_time.percentile(0.95)));
    json.end_object();
  }
  json.end_array();
}

/// How many requests took at most so long, bucket by bucket; the last holds what took longer.
void append_histogram(json::JsonWriter& json, const record::TimeHistogram& times) {
  json.key("response_time_histogram").begin_array();
  std::uint64_t below = 0;
  for (const double bound : kHistogramBoundsMs) {
    const std::uint64_t up_to = times.count_up_to(static_cast<std::uint64_t>(bound * 1000));
    json.begin_object().key("le_ms").value(bound).key("count").value(up_to - below).end_object();
    below = up_to;
  }
  json.begin_object().key("le_ms").null().key("count").value(times.count() - below).end_object();
  json.end_array();
}

struct Recent {
  std::uint64_t last_hour = 0;
  double a_minute = 0;
};

/// Of the last five minutes: one alone jumps too much, an hour says too little of now.
Result<Recent> recent_of(record::AuditReader& reader, WallTime now) {
  const Result<std::vector<record::RollupPeriod>> minutes = reader.minutely(60, now);
  if (!minutes) return std::unexpected(minutes.error());
  Recent recent;
  std::uint64_t last_minutes = 0;
  for (std::size_t i = 0; i < minutes->size(); ++i) {
    recent.last_hour += (*minutes)[i].counts.requests;
    if (i + 5 >= minutes->size()) last_minutes += (*minutes)[i].counts.requests;
  }
  recent.a_minute = two_places(static_cast<double>(last_minutes) / 5);
  return recent;
}

/// One period list: of what length, and how many at most.
struct PeriodKind {
  std::string_view parameter;
  std::uint32_t usual = 0;
  std::uint32_t most = 0;
  Result<std::vector<record::RollupPeriod>> (record::AuditReader::*read)(
      std::uint32_t, WallTime, const record::RollupFilter&) = nullptr;
  std::string_view extra;        ///< the older name of the time
  std::size_t extra_length = 0;  ///< of the ISO text
};

Answer periods(const CallContext& context, const Call& call, const PeriodKind& kind) {
  const auto reader = open_store(context);
  if (!reader) return std::unexpected(reader.error());
  const auto count = number_of(call.query, kind.parameter, kind.most);
  if (!count) return std::unexpected(count.error());
  const record::RollupFilter filter{
      .route_id = std::string(call.query.find("route_id").value_or("")),
      .key_id = std::string(call.query.find("key_id").value_or(""))};
  const auto all = ((**reader).*kind.read)(static_cast<std::uint32_t>(count->value_or(kind.usual)),
                                           call.now, filter);
  if (!all) return refuse(all.error());
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("items").begin_array();
  for (const record::RollupPeriod& period : *all) {
    const std::string iso = config::format_iso_time(period.time);
    const std::string time = iso.substr(0, 19) + "Z";
    json.begin_object().key("time").value(time);
    if (!kind.extra.empty()) json.key(kind.extra).value(time.substr(0, kind.extra_length));
    append_counts(json, period.counts);
    json.end_object();
  }
  json.end_array().key("total").value(std::uint64_t{all->size()}).end_object();
  return json_reply(std::move(text));
}

Result<record::RollupSummary> summary_of(record::AuditReader& reader, const Call& call,
                                         std::optional<std::uint64_t> hours) {
  if (!hours) return reader.summary_of_all_time();
  return reader.summary(
      {.start = call.now - std::chrono::hours(*hours), .end = call.now + std::chrono::minutes(1)});
}

}  // namespace

std::uint64_t active_keys(const config::Config& config, WallTime now) {
  std::uint64_t active = 0;
  for (const config::KeyConfig& key : config.keys) {
    if (key.is_active && (!key.expires_at || *key.expires_at > now)) ++active;
  }
  return active;
}

Answer show_metrics(const CallContext& context, const Call& call) {
  const auto reader = open_store(context);
  if (!reader) return std::unexpected(reader.error());
  const auto hours = number_of(call.query, "hours", 24 * 3660);
  if (!hours) return std::unexpected(hours.error());
  const Result<record::RollupSummary> summary = summary_of(**reader, call, *hours);
  if (!summary) return refuse(summary.error());
  const Result<Recent> recent = recent_of(**reader, call.now);
  if (!recent) return refuse(recent.error());
  const LoadedConfig running = context.parts.control.running();
  std::string text;
  json::JsonWriter json(text);
  json.begin_object();
  append_counts(json, summary->total);
  json.key("active_api_keys").value(active_keys(running.snapshot->config, call.now));
  json.key("active_routes").value(std::uint64_t{running.snapshot->routes.size()});
  json.key("last_hour_requests").value(recent->last_hour);
  json.key("requests_per_minute").value(recent->a_minute);
  append_top(json, "top_paths", "path", summary->top_paths);
  append_top(json, "top_sources", "source_path", summary->top_sources);
  append_named(json, "routes", "route_id", summary->routes);
  append_named(json, "keys", "key_id", summary->keys);
  append_histogram(json, summary->total.response_time);
  json.end_object();
  return json_reply(std::move(text));
}

Answer show_daily_metrics(const CallContext& context, const Call& call) {
  return periods(context, call, {"days", 7, 3660, &record::AuditReader::daily, "date", 10});
}

Answer show_hourly_metrics(const CallContext& context, const Call& call) {
  return periods(context, call, {"hours", 24, 8784, &record::AuditReader::hourly, "hour", 20});
}

Answer show_minutely_metrics(const CallContext& context, const Call& call) {
  return periods(context, call, {"minutes", 60, 10'080, &record::AuditReader::minutely, "", 0});
}

}  // namespace fastgate::admin
