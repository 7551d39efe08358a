/// The audit store's writing side: a thread that takes workers' batches and commits them.
///
/// Owned by the server (audit_keeper), one a process and store. Any thread submits; nothing waits
/// for the disk. Two processes may write the same store at once (a binary upgrade): each has files
/// of its own, see audit_files.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/app_log.h"
#include "base/clock.h"
#include "base/units.h"
#include "record/audit_batch.h"
#include "record/audit_id.h"

namespace fastgate::record {

/// When a commit counts as stored.
enum class AuditDurability : std::uint8_t {
  Process,  ///< once the kernel has it: survives kill -9, not a power cut (`async_audit: true`)
  Disk,     ///< once the disk has it: a full sync for each group of records (`async_audit: false`)
};

struct AuditWriterSettings {
  std::string sqlite_path;  ///< resolved; missing folders are made
  std::chrono::seconds retention{30 * 24 * 3600};
  Bytes max_size{0};  ///< of all files of the store; 0: no limit
  std::chrono::milliseconds flush_interval{200};
  AuditDurability durability = AuditDurability::Process;
  /// is_full() from here on; twice as much is dropped and counted.
  std::uint64_t max_queued_rows = 200'000;
  Bytes max_queued_text = mebibytes(128);
  /// Of each day's file; 0: no limit. Lets tests fill the disk.
  std::uint64_t max_file_pages = 0;
};

/// Rows of a store that wait for a later stage, as a writer leaves them to the next one of this
/// process: requests go on while a reload switches the store off and on.
struct AuditOpenRows {
  struct Place {
    AuditDay day = 0;
    std::int64_t row = 0;
  };
  std::string sqlite_path;
  std::uint32_t slot = 0;
  std::unordered_map<std::uint64_t, Place> rows;  ///< by exchange number
};

/// What /metrics, /health and /admin/status tell of the store.
struct AuditWriterFacts {
  enum class State : std::uint8_t { Starting, Ok, Failing };
  State state = State::Starting;
  std::uint64_t queued = 0;      ///< rows that wait
  std::uint64_t dropped = 0;     ///< rows that were given up, for a full queue or a failing disk
  std::uint64_t written = 0;     ///< rows inserted or updated
  std::uint64_t commits = 0;     ///< groups of rows
  std::uint64_t failures = 0;    ///< groups that the disk refused
  std::uint64_t size_bytes = 0;  ///< of the store's files when last looked at
  std::uint64_t cpu_us = 0;      ///< the thread's own time so far
  std::string last_failure;      ///< "" while there was none
};

class AuditWriter final : public AuditIntake {
 public:
  /// Starts the thread; never fails: a store that cannot be opened is tried again every second,
  /// with traffic going on. `clock` and `log` must outlive the writer.
  /// `left` may be of another store, or empty.
  AuditWriter(AuditWriterSettings settings, const Clock& clock, AppLog& log,
              AuditOpenRows left = {});
  ~AuditWriter() override;  ///< as end()
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  /// Writes what waits, then ends the thread; nothing may be submitted from here on.
  [[nodiscard]] AuditOpenRows end();
  /// The same where requests that still run are told of to another store: here their rows end.
  void end_for_another_store();

  [[nodiscard]] AuditBatch submit(AuditBatch batch) override;
  [[nodiscard]] bool is_full() const override;
  void count_dropped(std::uint64_t rows) override;

  /// Takes over new settings; sqlite_path stays as it is.
  void adopt(const AuditWriterSettings& settings);
  [[nodiscard]] AuditWriterFacts facts() const;

  /// Returns when everything submitted before is committed or refused.
  void flush();
  /// Applies retention now and returns when it is done; otherwise it is done every minute.
  void maintain();

 private:
  struct State;
  [[nodiscard]] bool end_thread();
  std::unique_ptr<State> state_;
};

}  // namespace fastgate::record
