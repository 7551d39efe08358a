// The loop of the audit writer's thread: wait, commit, tell, look after the store.
#include <algorithm>
#include <iterator>

#include <time.h>

#include "record/audit_writer_state.h"

namespace fastgate::record {
namespace {

/// Most rows of one commit.
constexpr std::uint64_t kMaxGroup = 65'536;
constexpr std::chrono::seconds kRetryInterval{1};
constexpr std::chrono::seconds kUpkeepInterval{60};
constexpr std::chrono::milliseconds kUpkeepPause{50};  ///< between the parts of a long upkeep
constexpr std::size_t kMaxSpare = 64;
constexpr std::size_t kMaxSpareText = 1U << 20;

std::uint64_t thread_cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec) / 1000U;
}

std::uint64_t rows_in(const std::vector<AuditBatch>& batches) {
  std::uint64_t rows = 0;
  for (const AuditBatch& batch : batches) rows += batch.rows.size();
  return rows;
}

}  // namespace

void AuditWriter::State::run() {
  while (true) {
    const Turn turn = wait();
    write_backlog(turn);
    if (!turn.is_ending && (turn.upkeep_asked > upkeep_done || Steady::now() >= upkeep_at)) {
      maintain(turn);
    }
    publish(turn);
    if (turn.is_ending) return;
  }
}

AuditWriter::State::Steady::time_point AuditWriter::State::next_deadline() const {
  Steady::time_point deadline = upkeep_at;
  if (!waiting.empty()) deadline = std::min(deadline, first_arrival + settings.flush_interval);
  if (!backlog.empty()) deadline = std::min(deadline, retry_at);
  return deadline;
}

AuditWriter::State::Turn AuditWriter::State::wait() {
  std::unique_lock lock(mutex);
  while (!is_urgent()) {
    const Steady::time_point deadline = next_deadline();
    if (Steady::now() >= deadline) break;
    wake.wait_until(lock, deadline);
  }
  if (has_new_settings) store.adopt(settings);
  Turn turn{.is_ending = is_ending,
            .is_forced = is_ending || flushes_asked > flushes_done,
            .flushes_asked = flushes_asked,
            .upkeep_asked = upkeep_asked};
  has_waiter = has_new_settings = false;
  waiting_rows = 0;
  std::move(waiting.begin(), waiting.end(), std::back_inserter(backlog));
  waiting.clear();
  return turn;
}

void AuditWriter::State::write_backlog(const Turn& turn) {
  if (is_failing() && !turn.is_forced && Steady::now() < retry_at) {
    tell(backlog);
    drop_where_too_much();
    return;
  }
  while (!backlog.empty()) {
    if (const auto written = write_group(); !written) {
      note_failure(written.error());
      break;
    }
  }
  if (turn.is_ending) drop_backlog();
}

void AuditWriter::State::tell_damages() {
  for (const std::string& damage : store.take_damages()) {
    log.error("Audit store: a damaged file was set aside, as .damaged", {{"reason", damage}});
  }
  if (store.take_gone() != 0) {
    log.warn("Audit store: files were removed or replaced under it; it goes on with new ones");
  }
}

/// Commits the oldest batches; what is not stored goes back to where it was.
Result<void> AuditWriter::State::write_group() {
  std::vector<AuditBatch> group;
  std::uint64_t rows = 0;
  auto end = backlog.begin();
  for (; end != backlog.end() && rows < kMaxGroup; ++end) {
    rows += end->rows.size();
    group.push_back(std::move(*end));
  }
  auto written = rows == 0 ? Result<void>() : store.write(group);
  // Where one day failed, the rows of days before it are stored and have left the group.
  queued_rows.fetch_sub(rows - rows_in(group), std::memory_order_relaxed);
  tell_damages();
  tell(group);
  if (!written) {
    std::move(group.begin(), group.end(), backlog.begin());
    return written;
  }
  backlog.erase(backlog.begin(), end);
  for (const AuditBatch& batch : group) store.forget(batch.ended);
  release(group);
  if (rows == 0) return written;
  ++commits;
  note_success();
  return written;
}

/// Everybody who waits hears that the group is stored, or that the disk refused it.
void AuditWriter::State::tell(std::vector<AuditBatch>& batches) {
  for (AuditBatch& batch : batches) {
    if (batch.on_stored) batch.on_stored();
    batch.on_stored = nullptr;
  }
}

/// Gives batches back for their memory, those of a reasonable size.
void AuditWriter::State::release(std::vector<AuditBatch>& batches) {
  const std::lock_guard lock(mutex);
  for (AuditBatch& batch : batches) {
    queued_text.fetch_sub(batch.text.size(), std::memory_order_relaxed);
    queued_rows.fetch_sub(batch.rows.size(), std::memory_order_relaxed);
    batch.clear();
    if (spare.size() < kMaxSpare && batch.text.capacity() <= kMaxSpareText) {
      spare.push_back(std::move(batch));
    }
  }
  batches.clear();
}

void AuditWriter::State::note_success() {
  if (is_failing()) {
    const std::string lost = std::to_string(dropped.load() - dropped_before);
    log.info("Audit store: records are written again", {{"dropped", lost}});
  }
  state = AuditWriterFacts::State::Ok;
}

void AuditWriter::State::note_failure(const Error& error) {
  ++failures;
  last_failure = error.text;
  if (!is_failing()) {
    dropped_before = dropped.load();
    log.error("Audit store: records cannot be written; traffic goes on", {{"reason", error.text}});
  }
  state = AuditWriterFacts::State::Failing;
  retry_at = Steady::now() + kRetryInterval;
  drop_where_too_much();
}

/// What waits for the disk to come back may take half the queue, so that traffic never waits for
/// it.
void AuditWriter::State::drop_where_too_much() {
  const std::uint64_t rows = queued_rows.load(std::memory_order_relaxed);
  const std::uint64_t text = queued_text.load(std::memory_order_relaxed);
  if (rows <= max_rows.load(std::memory_order_relaxed) / 2 &&
      text <= max_text.load(std::memory_order_relaxed) / 2) {
    return;
  }
  drop_backlog();
}

void AuditWriter::State::drop_backlog() {
  tell(backlog);
  dropped.fetch_add(rows_in(backlog));
  for (AuditBatch& batch : backlog) {
    queued_text.fetch_sub(batch.text.size(), std::memory_order_relaxed);
    queued_rows.fetch_sub(batch.rows.size(), std::memory_order_relaxed);
    batch.drop_rows();
    store.forget(batch.ended);
  }
  release(backlog);
}

void AuditWriter::State::maintain(const Turn& turn) {
  const Result<UpkeepLeft> left = store.maintain();
  tell_damages();
  const Steady::time_point now = Steady::now();
  upkeep_at = now + kUpkeepInterval;
  if (!left) {
    // Rows go first: while they cannot be written, that is what is told.
    if (!is_failing() && last_failure != left.error().text) {
      log.warn("Audit store: upkeep failed", {{"reason", left.error().text}});
    }
    last_failure = left.error().text;
    return;
  }
  if (state == AuditWriterFacts::State::Starting) state = AuditWriterFacts::State::Ok;
  if (*left == UpkeepLeft::Some && turn.upkeep_asked == upkeep_done) upkeep_at = now + kUpkeepPause;
  while (*left == UpkeepLeft::Some && turn.upkeep_asked > upkeep_done) {
    const Result<UpkeepLeft> more = store.maintain();
    if (!more || *more == UpkeepLeft::Nothing) break;
  }
}

void AuditWriter::State::publish(const Turn& turn) {
  const std::lock_guard lock(mutex);
  flushes_done = turn.flushes_asked;
  upkeep_done = turn.upkeep_asked;
  shown.state = state;
  shown.written = store.written();
  shown.commits = commits;
  shown.failures = failures;
  shown.size_bytes = store.bytes();
  shown.cpu_us = thread_cpu_us();
  shown.last_failure = last_failure;
  idle.notify_all();
}

}  // namespace fastgate::record
