// The part of an exchange that tells the recorder, and waits for the audit store where it has to:
// before it decides anything while the store is full, and with the end of its answer under
// `async_audit: false`.

#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "proxy/exchange.h"

namespace fastgate::proxy {
namespace {

/// How long a request waits for a full store.
constexpr std::chrono::seconds kMostStoreWait{10};
/// How long an answer waits for a disk that says neither yes nor no.
constexpr std::chrono::seconds kMostStoring{30};
constexpr std::uint16_t kNotStored = 503;

}  // namespace

void Exchange::begin_record() {
  holds_end_ = worker_.recorder.audit().holds_answers();
  worker_.recorder.begin(record_);
}

/// The exchange came to a route: what of it is kept follows that route. All of the body that has
/// come is still held, or the request could not be sent there.
void Exchange::begin_capture() {
  record_.capture = nullptr;
  if (!route_->policy->keeps_content || !worker_.recorder.audit().is_on()) return;
  std::vector<std::string_view> secret_fields;
  for (const auto* fields : {&route_->add_headers, &route_->policy->add_response_headers}) {
    for (const gateway::FieldTemplate& field : *fields) {
      if (field.is_secret) secret_fields.emplace_back(field.name);
    }
  }
  if (!capture_) capture_ = std::make_unique<record::AuditCapture>();
  capture_->begin(route_->config->audit, std::move(secret_fields));
  capture_->add_request(body_.held());
  record_.capture = capture_.get();
}

void Exchange::begin_response_capture() {
  using Answer = record::AuditCapture::Answer;
  const http::ResponseHead& response = attempt_.response();
  const std::string_view type = response.find(http::FieldId::ContentType).value_or("");
  const bool has_events = record_.is_stream &&
                          http::event_form_of(type) == http::EventForm::ServerSent &&
                          !response.find(http::FieldId::ContentEncoding).has_value();
  Answer answer = has_events ? Answer::Events : Answer::Plain;
  if (state_ == ExchangeState::Tunnelling) answer = Answer::Tunnel;
  record_.capture->begin_response(answer, worker_.event_parser);
}

Exchange::StoreWait& Exchange::store_wait() {
  if (!store_wait_) store_wait_ = std::make_unique<StoreWait>();
  return *store_wait_;
}

void Exchange::await_store() {
  enter(ExchangeState::AwaitingStore);
  begin_wait();
  worker_.recorder.audit().when_taking<&Exchange::on_store_takes>(store_wait().call, this);
  timer_.arm<&Exchange::on_store_wait_over>(worker_.loop.timers(), kMostStoreWait, this);
}

void Exchange::on_store_takes() {
  timer_.disarm();
  end_wait();
  enter(ExchangeState::Deciding);
  client_->resume_request_body();
  find_route();
}

void Exchange::on_store_wait_over() {
  // There is no room for this record either.
  holds_end_ = false;
  reply_error(fail(ErrorKind::Overloaded, "the audit store takes no more records").error());
}

/// The answer is made but for its last bytes.
void Exchange::await_record() {
  record::AuditFeed& audit = worker_.recorder.audit();
  enter(ExchangeState::Storing);
  // A reload may have switched the waiting off.
  const bool is_waited_for = audit.holds_answers();
  if (is_waited_for) {
    audit.when_stored<&Exchange::on_stored>(store_wait().call, this);
    timer_.arm<&Exchange::on_store_stuck>(worker_.loop.timers(), kMostStoring, this);
  }
  conclude_record();
  if (!is_waited_for) on_stored();
}

void Exchange::on_stored() {
  timer_.disarm();
  if (!store_wait().held_end.empty()) {
    const std::array<std::string_view, 1> pieces{store_wait_->held_end};
    client_->write(pieces);
  }
  flush_answer();
}

void Exchange::on_store_stuck() {
  store_wait_->call.disarm();
  record_.error_message = "the audit store does not answer";
  worker_.log.error("the audit store does not answer; an answer is cut off",
                    {{"request_id", std::string(record_.request_id)}});
  lose_held_end(kNotStored);
  end_ = ExchangeEnd::Break;
  flush_answer();
}

/// The client gets nothing of what is held. The audit store was told otherwise before that was
/// known; the logs and the counters are told the truth. `status`: where nothing at all went out.
void Exchange::lose_held_end(std::uint16_t status) {
  record_.bytes_sent -= store_wait().held_end.size();
  if (record_.bytes_sent != 0) return;
  record_.status = status;
  record_.response_size = 0;
}

/// What the exchange was is settled, but for whether the client gets the end that is held.
void Exchange::conclude_record() {
  is_recorded_ = true;
  permit_.release();
  worker_.waiting.on_permit_released();
  count_usage();
  worker_.loop.refresh_time();
  end_wait();
  record_.finished = worker_.loop.now();
  worker_.recorder.store(record_);
}

void Exchange::count_usage() {
  if (usage_ == nullptr) return;
  usage_->add({.requests = 1,
               .errors = record_.status >= 400 ? 1U : 0U,
               .bytes_in = record_.request_size,
               .bytes_out = record_.response_size,
               .last_used = record_.request_time});
}

void Exchange::begin_wait() {
  waiting_since_ = worker_.loop.now();
}

void Exchange::end_wait() {
  if (!waiting_since_) return;
  record_.queue_wait += worker_.loop.now() - *waiting_since_;
  waiting_since_.reset();
}

void Exchange::note_attempt_over() {
  if (record_.upstream_started && !record_.upstream_done) {
    record_.upstream_done = worker_.loop.now();
  }
}

}  // namespace fastgate::proxy
