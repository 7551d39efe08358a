/// What AuditWriter's callers and its thread share, and the thread's own part.
///
/// Only for audit_writer.cpp and audit_writer_thread.cpp.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "record/audit_store.h"
#include "record/audit_writer.h"

namespace fastgate::record {

struct AuditWriter::State {
  using Steady = std::chrono::steady_clock;
  /// Rows that make a commit worth while before the flush interval is over.
  static constexpr std::uint64_t kManyRows = 16'384;

  State(AuditWriterSettings given, const Clock& clock, AppLog& app_log, AuditOpenRows left)
      : settings(std::move(given)), log(app_log), store(settings, clock, std::move(left)) {
    limit_queue();
  }

  void limit_queue() {
    max_rows.store(settings.max_queued_rows, std::memory_order_relaxed);
    max_text.store(settings.max_queued_text.count, std::memory_order_relaxed);
  }

  // ---- under `mutex`
  /// Whether the thread has something to do before the flush interval is over.
  [[nodiscard]] bool is_urgent() const {
    return is_ending || flushes_asked > flushes_done || has_waiter || has_new_settings ||
           upkeep_asked > upkeep_done || waiting_rows >= kManyRows;
  }

  // ---- the thread's
  struct Turn {
    bool is_ending = false;
    bool is_forced = false;  ///< somebody waits for the outcome: not the time to wait for a retry
    std::uint64_t flushes_asked = 0;
    std::uint64_t upkeep_asked = 0;
  };
  void run();
  [[nodiscard]] Turn wait();
  [[nodiscard]] Steady::time_point next_deadline() const;
  void write_backlog(const Turn& turn);
  [[nodiscard]] Result<void> write_group();
  void note_success();
  void note_failure(const Error& error);
  void drop_backlog();
  void drop_where_too_much();
  void tell(std::vector<AuditBatch>& batches);
  void tell_damages();
  void release(std::vector<AuditBatch>& batches);
  void maintain(const Turn& turn);
  void publish(const Turn& turn);
  [[nodiscard]] bool is_failing() const { return state == AuditWriterFacts::State::Failing; }

  mutable std::mutex mutex;  ///< guards what follows, up to the next line of dashes
  std::condition_variable wake;
  std::condition_variable idle;
  AuditWriterSettings settings;
  std::vector<AuditBatch> waiting;
  std::vector<AuditBatch> spare;
  Steady::time_point first_arrival{};
  std::uint64_t waiting_rows = 0;
  std::uint64_t flushes_asked = 0;
  std::uint64_t flushes_done = 0;
  std::uint64_t upkeep_asked = 0;
  std::uint64_t upkeep_done = 0;
  bool is_ending = false;
  bool has_waiter = false;  ///< a batch whose sender waits to hear that it is stored
  bool has_new_settings = false;
  AuditWriterFacts shown;

  // ---- any thread, without the lock
  std::atomic<std::uint64_t> queued_rows{0};
  std::atomic<std::uint64_t> queued_text{0};
  std::atomic<std::uint64_t> max_rows{0};
  std::atomic<std::uint64_t> max_text{0};
  std::atomic<std::uint64_t> dropped{0};

  // ---- the thread's alone
  AppLog& log;
  AuditStore store;
  std::vector<AuditBatch> backlog;  ///< taken, not stored yet
  AuditWriterFacts::State state = AuditWriterFacts::State::Starting;
  std::uint64_t commits = 0;
  std::uint64_t failures = 0;
  std::uint64_t dropped_before = 0;  ///< State::dropped when the disk began to refuse
  std::string last_failure;
  Steady::time_point retry_at{};
  Steady::time_point upkeep_at = Steady::now();

  std::thread thread;
};

}  // namespace fastgate::record
