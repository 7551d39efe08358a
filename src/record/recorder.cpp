#include "record/recorder.h"

#include "record/forwarded_line.h"
#include "record/gateway_time.h"
#include "record/metrics.h"
#include "record/route_counter_table.h"

namespace fastgate::record {
namespace {

bool is_counted_stream(const ExchangeRecord& record) {
  return record.is_stream && record.first_byte.has_value();
}

/// A refusal of our own, neither the upstream's answer nor a route's fixed one.
bool is_refusal(const ExchangeRecord& record, std::uint16_t status) {
  return record.status == status && record.response == nullptr && !record.error_message.empty();
}

bool bears_key(const ExchangeRecord& record) {
  return record.request != nullptr && (record.request->find(http::FieldId::Authorization) ||
                                       record.request->find(http::FieldId::XApiKey));
}

}  // namespace

struct Recorder::State {
  State(net::TimerWheel& timers, net::Loop* loop, std::uint64_t first_exchange)
      : access(timers, nullptr), app(timers, nullptr), audit(timers, loop, first_exchange) {}

  void count(const ExchangeRecord& record);
  void write_access_line(const ExchangeRecord& record);
  void write_app_line(const ExchangeRecord& record);

  std::shared_ptr<const AccessFormat> format;
  bool has_sent_field = false;  ///< the format has, and is written
  LogLevel level = LogLevel::Info;
  LineScratch scratch;
  LineBatch access;
  LineBatch app;
  WorkerCounters counters;
  RouteCounterTable routes;
  AuditFeed audit;
};

void Recorder::State::count(const ExchangeRecord& record) {
  counters.exchanges_open.sub();
  if (record.is_local) counters.local_open.sub();
  if (is_counted_stream(record)) counters.streams_open.sub();
  if (is_refusal(record, 429)) counters.limits_hit.add();
  if (is_refusal(record, 401) && bears_key(record)) counters.key_failures.add();
  RouteCounters& route =
      record.is_local ? routes.local() : routes.of(record.route_index, record.route_id);
  const std::size_t status_class = record.status / 100U;
  route.by_class[status_class < route.by_class.size() ? status_class : 0].add();
  route.duration.observe(to_us(record.finished - record.started));
  if (record.first_byte) route.first_byte.observe(to_us(*record.first_byte - record.started));
  route.request_bytes.add(record.request_size);
  route.response_bytes.add(record.response_size);
  if (record.retries != 0) route.retries.add(record.retries);
}

void Recorder::State::write_access_line(const ExchangeRecord& record) {
  if (!access.is_on() || format == nullptr) return;
  format->append_line(access.buffer(), record, scratch);
  access.line_added();
}

void Recorder::State::write_app_line(const ExchangeRecord& record) {
  if (!app.is_on() || record.is_local) return;
  if (level < LogLevel::Info && forwarded_level(record) > level) return;
  append_forwarded_line(app.buffer(), record, scratch.times);
  app.line_added();
}

Recorder::Recorder(net::Loop& loop, std::uint64_t first_exchange)
    : state_(std::make_unique<State>(loop.timers(), &loop, first_exchange)) {}

Recorder::Recorder(net::TimerWheel& timers) : state_(std::make_unique<State>(timers, nullptr, 0)) {}

Recorder::~Recorder() = default;

void Recorder::adopt(const RecorderSettings& settings) {
  state_->format = settings.access_format;
  state_->has_sent_field = settings.access_sink != nullptr && settings.access_format &&
                           settings.access_format->has_sent_field();
  state_->level = settings.level;
  state_->access.redirect(settings.access_sink);
  state_->app.redirect(settings.app_sink);
  state_->routes.adopt(settings.route_ids ? *settings.route_ids : RouteIds());
  state_->audit.adopt(settings.audit);
}

void Recorder::begin(ExchangeRecord& record) {
  state_->counters.exchanges_open.add();
  state_->audit.begin(record);
}

void Recorder::mark_local(ExchangeRecord& record) {
  record.is_local = true;
  state_->counters.local_open.add();
}

bool Recorder::reads_own_response() const {
  return state_->has_sent_field;
}

void Recorder::fetch_ahead(const ExchangeRecord& record) const {
  state_->routes.fetch_ahead(record.route_index);
}

void Recorder::first_byte(ExchangeRecord& record) {
  if (is_counted_stream(record)) state_->counters.streams_open.add();
  state_->audit.first_byte(record);
}

void Recorder::store(ExchangeRecord& record) {
  state_->audit.finish(record);
}

void Recorder::tell(const ExchangeRecord& record) {
  state_->count(record);
  state_->write_access_line(record);
  state_->write_app_line(record);
}

void Recorder::flush() {
  state_->access.flush();
  state_->app.flush();
  state_->audit.flush();
}

WorkerCounters& Recorder::counters() {
  return state_->counters;
}

AuditFeed& Recorder::audit() {
  return state_->audit;
}

void Recorder::append_metrics(std::string& out, const std::vector<const Recorder*>& recorders,
                              const ProcessFacts& facts) {
  MetricTotals totals;
  for (const Recorder* recorder : recorders) {
    totals.add(recorder->state_->counters, recorder->state_->routes);
  }
  append_process_metrics(out, facts);
  append_worker_metrics(out, totals, recorders.size());
  append_route_metrics(out, totals);
}

}  // namespace fastgate::record
