#include "record/audit_feed.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "config/secret_query.h"
#include "record/audit_capture.h"
#include "record/gateway_time.h"

namespace fastgate::record {
namespace {

/// How often a full store is looked at again.
constexpr std::chrono::milliseconds kLookAgain{16};

/// When a batch goes, so that its rows are on the disk within the interval: the rest is for the
/// timer's coarseness and the writer.
std::chrono::milliseconds send_after(std::chrono::milliseconds interval) {
  return interval / 2;
}

void fill_times(AuditRow& row, const ExchangeRecord& record) {
  row.request_time = record.request_time;
  if (record.first_byte) {
    const std::chrono::nanoseconds after = *record.first_byte - record.started;
    row.first_response_time = record.request_time + after;
    row.ttfb_us = to_us(after);
  }
  if (row.stage != AuditStage::Complete) return;
  row.response_time = record.request_time + (record.finished - record.started);
  row.response_time_us = to_us(record.finished - record.started);
  row.gateway_us = gateway_us(record);
}

/// What a local service answered is no traffic; of that, calls of the admin API are kept.
bool is_left_out(const ExchangeRecord& record) {
  return record.is_local && record.admin_caller == nullptr;
}

void fill_numbers(AuditRow& row, const ExchangeRecord& record) {
  row.request_size = record.request_size;
  row.response_size = record.response_size;
  row.stream_chunks = record.stream_chunks;
  row.retries = record.retries;
  row.status_code = record.status;
  row.is_stream = record.is_stream;
  row.client = record.client;
}

}  // namespace

struct AuditFeed::Door {
  std::mutex mutex;
  net::Loop* loop;  ///< null once the feed is gone; guarded by `mutex`
  AuditFeed* feed;  ///< the loop's thread only
};

AuditFeed::AuditFeed(net::TimerWheel& timers, net::Loop* loop, std::uint64_t first_number)
    : timers_(timers), loop_(loop), last_number_(first_number), door_(std::make_shared<Door>()) {
  door_->loop = loop;
  door_->feed = this;
  news_.become_head();
  held_answers_.emplace_back();
}

AuditFeed::~AuditFeed() {
  while (news_.next_ != &news_) news_.next_->unlink();
  submit(Pressure::Ignored);
  const std::lock_guard lock(door_->mutex);
  door_->loop = nullptr;
  door_->feed = nullptr;
}

void AuditFeed::adopt(const AuditSettings& settings) {
  if (settings.intake != settings_.intake) {
    tell_of_running();
    submit(Pressure::Ignored);
  }
  settings_ = settings;
  if (settings_.intake != nullptr && !batch_.is_empty()) arm_timer();
}

void AuditFeed::begin(ExchangeRecord& record) {
  if (settings_.intake == nullptr) return;
  record.audit.number_ = ++last_number_;
  record.audit.link_before(news_, record);
  arm_timer();
}

void AuditFeed::first_byte(ExchangeRecord& record) {
  if (record.audit.number_ == 0 || record.audit.is_linked() || is_left_out(record)) return;
  record.audit.link_before(news_, record);
  arm_timer();
}

void AuditFeed::finish(ExchangeRecord& record) {
  record.audit.unlink();
  if (settings_.intake == nullptr || is_left_out(record)) {
    if (record.audit.has_row_) batch_.ended.push_back(record.audit.number_);
    return;
  }
  // It began before there was a store.
  if (record.audit.number_ == 0) record.audit.number_ = ++last_number_;
  append_row(record, AuditStage::Complete);
  row_added();
}

/// The timer stays armed when a batch goes early: there may be news of exchanges that still run.
void AuditFeed::arm_timer() {
  if (timer_.is_armed()) return;
  timer_.arm<&AuditFeed::flush>(timers_, send_after(settings_.flush_interval), this);
}

void AuditFeed::row_added() {
  if (batch_.rows.size() >= kFlushRows || batch_.text.size() >= kFlushText) {
    return submit(Pressure::Heeded);
  }
  if (holds_answers() && !filling().calls.is_empty()) {
    // What else ends in this turn joins the same commit.
    return loop_->call_later<&AuditFeed::flush>(submit_call_, this);
  }
  arm_timer();
}

void AuditFeed::append_row(const ExchangeRecord& record, AuditStage stage) {
  AuditRow& row = batch_.rows.emplace_back();
  row.stage = stage;
  row.exchange_number = record.audit.number_;
  row.has_earlier = record.audit.has_row_;
  fill_times(row, record);
  fill_numbers(row, record);
  row.request_id = batch_.put(record.request_id);
  row.key_id = batch_.put(record.key_id);
  row.source_path = batch_.put(record.source_path);
  row.route_id = batch_.put(record.route_id);
  row.path = batch_.put(record.path);
  if (!record.query.empty()) row.query = batch_.put(config::mask_query(record.query, masked_));
  if (record.request != nullptr) {
    row.method = batch_.put(record.request->method_name());
    row.user_agent = batch_.put(record.request->find(http::FieldId::UserAgent).value_or(""));
  }
  if (!record.upstream_address.empty()) {
    row.target_url.offset = batch_.put(record.upstream_scheme).offset;
    static_cast<void>(batch_.put("://"));
    static_cast<void>(batch_.put(record.upstream_address));
    static_cast<void>(batch_.put(config::mask_url(record.upstream_target, masked_)));
    row.target_url.length = static_cast<std::uint32_t>(batch_.text.size()) - row.target_url.offset;
  }
  if (!record.error_message.empty()) row.error_message = batch_.put(record.error_message);
  if (record.admin_caller != nullptr) append_caller(row, *record.admin_caller);
  if (record.capture != nullptr) append_captured(row, record);
}

void AuditFeed::append_caller(AuditRow& row, const AdminCaller& caller) {
  row.kind = AuditKind::Admin;
  row.via = caller.via;
  row.actor = batch_.put(caller.name);
  row.actor_role = batch_.put(caller.role);
}

/// The request's parts at every stage, the answer's once it is complete.
void AuditFeed::append_captured(AuditRow& row, const ExchangeRecord& record) {
  const auto part = [this](auto append) {
    AuditText place = batch_.put("");
    append(batch_.text);
    place.length = static_cast<std::uint32_t>(batch_.text.size()) - place.offset;
    return place;
  };
  const AuditCapture& capture = *record.capture;
  if (record.request != nullptr) {
    row.request_headers =
        part([&](std::string& out) { capture.append_request_headers(out, *record.request); });
    row.request_body =
        part([&](std::string& out) { capture.append_request_body(out, *record.request); });
  }
  if (row.stage != AuditStage::Complete) return;
  row.response_headers =
      part([&](std::string& out) { capture.append_response_headers(out, record.response); });
  row.response_body =
      part([&](std::string& out) { capture.append_response_body(out, record.response); });
}

/// Rows of the exchanges that have begun, or begun to answer, since the last time, and still run.
void AuditFeed::tell_of_running() {
  while (news_.next_ != &news_) {
    AuditTrace& trace = *news_.next_;
    trace.unlink();
    const ExchangeRecord& record = *trace.record_;
    if (is_left_out(record)) continue;
    append_row(record, record.first_byte ? AuditStage::FirstByte : AuditStage::Begun);
    trace.has_row_ = true;
  }
}

void AuditFeed::flush() {
  if (settings_.intake == nullptr) return;
  // What only says that something goes on has to wait while the store is full.
  if (!settings_.intake->is_full()) {
    tell_of_running();
  } else if (news_.next_ != &news_) {
    look_again_soon();
  }
  submit(Pressure::Heeded);
}

/// What is done with a batch that the store has no room for; false: it goes all the same.
bool AuditFeed::yields_to_pressure() {
  if (!settings_.intake->is_full()) return false;
  const bool has_to_be_stored = !filling().calls.is_empty();
  const bool may_drop = settings_.on_full == config::OnFull::Drop || batch_.text.size() > kMostHeld;
  if (may_drop && !has_to_be_stored) {
    settings_.intake->count_dropped(batch_.rows.size());
    batch_.drop_rows();
  }
  if (!batch_.is_empty()) look_again_soon();
  return true;
}

void AuditFeed::submit(Pressure pressure) {
  if (settings_.intake == nullptr || batch_.is_empty()) return;
  if (pressure == Pressure::Heeded && yields_to_pressure()) return;
  submit_call_.disarm();
  if (!filling().calls.is_empty()) {
    const std::uint64_t number = ++batches_;
    filling().batch = number;
    batch_.on_stored = [door = door_, number] {
      const std::lock_guard lock(door->mutex);
      if (door->loop == nullptr) return;
      door->loop->post([door, number] {
        if (door->feed != nullptr) door->feed->on_batch_stored(number);
      });
    };
    held_answers_.emplace_back();
  }
  batch_ = settings_.intake->submit(std::move(batch_));
}

void AuditFeed::on_batch_stored(std::uint64_t batch) {
  const auto found = std::ranges::find(held_answers_, batch, &HeldAnswers::batch);
  if (found == held_answers_.end()) return;
  std::list<HeldAnswers> stored;
  stored.splice(stored.end(), held_answers_, found);
  stored.front().calls.run();
}

void AuditFeed::look_again_soon() {
  if (pressure_timer_.is_armed()) return;
  pressure_timer_.arm<&AuditFeed::on_pressure_timer>(timers_, kLookAgain, this);
}

void AuditFeed::on_pressure_timer() {
  if (settings_.intake != nullptr && settings_.intake->is_full()) return look_again_soon();
  flush();
  held_requests_.run();
}

}  // namespace fastgate::record
