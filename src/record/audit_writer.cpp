#include "record/audit_writer.h"

#include <utility>

#include "record/audit_writer_state.h"

namespace fastgate::record {

AuditWriter::AuditWriter(AuditWriterSettings settings, const Clock& clock, AppLog& log,
                         AuditOpenRows left)
    : state_(std::make_unique<State>(std::move(settings), clock, log, std::move(left))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

AuditWriter::~AuditWriter() {
  (void)end();
}

AuditOpenRows AuditWriter::end() {
  return end_thread() ? state_->store.leave() : AuditOpenRows();
}

void AuditWriter::end_for_another_store() {
  if (end_thread()) state_->store.end_open_rows();
}

/// False: it has ended before.
bool AuditWriter::end_thread() {
  if (!state_->thread.joinable()) return false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_ending = true;
  }
  state_->wake.notify_one();
  state_->thread.join();
  return true;
}

AuditBatch AuditWriter::submit(AuditBatch batch) {
  State& state = *state_;
  const std::uint64_t rows = batch.rows.size();
  if (state.queued_rows.load(std::memory_order_relaxed) + rows >
          2 * state.max_rows.load(std::memory_order_relaxed) ||
      state.queued_text.load(std::memory_order_relaxed) + batch.text.size() >
          2 * state.max_text.load(std::memory_order_relaxed)) {
    state.dropped.fetch_add(rows, std::memory_order_relaxed);
    batch.drop_rows();
    if (batch.ended.empty() && !batch.on_stored) return batch;
  }
  state.queued_rows.fetch_add(batch.rows.size(), std::memory_order_relaxed);
  state.queued_text.fetch_add(batch.text.size(), std::memory_order_relaxed);
  AuditBatch next;
  bool needs_wake = false;
  {
    const std::lock_guard lock(state.mutex);
    const bool was_urgent = state.is_urgent();
    if (state.waiting.empty()) {
      state.first_arrival = State::Steady::now();
      needs_wake = true;
    }
    if (batch.on_stored) state.has_waiter = true;
    state.waiting_rows += batch.rows.size();
    state.waiting.push_back(std::move(batch));
    needs_wake = needs_wake || (!was_urgent && state.is_urgent());
    if (!state.spare.empty()) {
      next = std::move(state.spare.back());
      state.spare.pop_back();
    }
  }
  if (needs_wake) state.wake.notify_one();
  return next;
}

bool AuditWriter::is_full() const {
  const State& state = *state_;
  return state.queued_rows.load(std::memory_order_relaxed) >=
             state.max_rows.load(std::memory_order_relaxed) ||
         state.queued_text.load(std::memory_order_relaxed) >=
             state.max_text.load(std::memory_order_relaxed);
}

void AuditWriter::count_dropped(std::uint64_t rows) {
  state_->dropped.fetch_add(rows, std::memory_order_relaxed);
}

void AuditWriter::adopt(const AuditWriterSettings& settings) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->settings = settings;
    state_->limit_queue();
    state_->has_new_settings = true;
  }
  state_->wake.notify_one();
}

AuditWriterFacts AuditWriter::facts() const {
  const std::lock_guard lock(state_->mutex);
  AuditWriterFacts facts = state_->shown;
  facts.queued = state_->queued_rows.load(std::memory_order_relaxed);
  facts.dropped = state_->dropped.load(std::memory_order_relaxed);
  return facts;
}

void AuditWriter::flush() {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t wanted = ++state_->flushes_asked;
  state_->wake.notify_one();
  state_->idle.wait(lock, [&] { return state_->flushes_done >= wanted; });
}

void AuditWriter::maintain() {
  std::unique_lock lock(state_->mutex);
  const std::uint64_t wanted = ++state_->upkeep_asked;
  state_->wake.notify_one();
  state_->idle.wait(lock, [&] { return state_->upkeep_done >= wanted; });
}

}  // namespace fastgate::record
