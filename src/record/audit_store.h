/// The writing side of the whole store: its slot, the days that are open, what goes by age and
/// size.
///
/// Owned by AuditWriter and used on its thread alone. Errors leave it usable: what a commit did not
/// store stays with the caller, and the next call begins with what the disk holds. A file that is
/// damaged is set aside, so that it stops neither new records nor the upkeep of others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "record/audit_batch.h"
#include "record/audit_catalog.h"
#include "record/audit_files.h"
#include "record/audit_segment.h"
#include "record/audit_writer.h"

namespace fastgate::record {

/// Whether upkeep stopped before all was done, to let records pass.
enum class UpkeepLeft : std::uint8_t { Nothing, Some };

class AuditStore {
 public:
  /// Opens nothing yet. `clock` must outlive the store.
  AuditStore(AuditWriterSettings settings, const Clock& clock, AuditOpenRows left = {});

  /// Commits all rows, one transaction a day. After an error the batches hold what was not stored.
  /// Errors: Io.
  [[nodiscard]] Result<void> write(std::vector<AuditBatch>& batches);
  /// Seals days that are over, ends rows that other writers left, applies retention; a bounded
  /// part of it. Errors: Io.
  [[nodiscard]] Result<UpkeepLeft> maintain();
  void adopt(const AuditWriterSettings& settings);
  /// These exchanges will have no further row: what is stored of them waits for nothing.
  void forget(const std::vector<std::uint64_t>& exchanges);
  /// What goes on of its rows goes on in another store. Where the disk refuses to be told, the next
  /// writer of this one ends them.
  void end_open_rows();
  /// What the next store at the same place has to know; this one is done.
  [[nodiscard]] AuditOpenRows leave();

  /// Rows inserted or changed so far.
  [[nodiscard]] std::uint64_t written() const { return written_; }
  /// Of all files, as of the last maintain().
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Why files were set aside since this was asked last, with their paths.
  [[nodiscard]] std::vector<std::string> take_damages() { return std::exchange(damages_, {}); }
  /// How many files somebody removed or replaced since this was asked last.
  [[nodiscard]] std::uint64_t take_gone() { return std::exchange(gone_, 0); }

 private:
  using Place = AuditOpenRows::Place;
  struct Pending {
    const AuditBatch* batch = nullptr;
    const AuditRow* row = nullptr;
    std::optional<std::int64_t> known_row;  ///< set: changes that row
  };
  using Plan = std::map<AuditDay, std::vector<Pending>>;
  struct OpenSegment {
    std::unique_ptr<AuditSegment> segment;
    ino_t inode = 0;
    std::uint64_t last_use = 0;
  };

  [[nodiscard]] Result<void> ensure_open();
  [[nodiscard]] Result<void> open_catalog();
  [[nodiscard]] Result<void> take_over();
  [[nodiscard]] Result<bool> is_open(const Place& place);
  [[nodiscard]] Result<void> write_days(std::vector<AuditBatch>& batches);
  /// Does so if the error says that the file is damaged, and tells whether it did.
  bool set_aside_damaged(const std::string& path, const Error& error);
  bool set_aside_damaged(SegmentName name, const Error& error);
  bool set_aside_damaged_catalog(const Error& error);
  [[nodiscard]] Plan plan_of(const std::vector<AuditBatch>& batches) const;
  [[nodiscard]] Result<void> write_day(AuditDay day, const std::vector<Pending>& rows);
  [[nodiscard]] Result<void> write_rows(AuditSegment& segment, AuditDay day,
                                        const std::vector<Pending>& rows);
  [[nodiscard]] Result<AuditSegment*> segment_of(AuditDay day);
  [[nodiscard]] SegmentOptions segment_options() const;
  [[nodiscard]] bool has_open_rows(AuditDay day) const;
  [[nodiscard]] AuditDay today() const { return day_of(clock_.wall_now()); }

  // Upkeep, in audit_upkeep.cpp.
  [[nodiscard]] Result<UpkeepLeft> maintain_files();
  void leave_what_is_gone();
  /// What waits for a later stage went with the day's file.
  void forget_day(AuditDay day);
  [[nodiscard]] Result<void> seal_open(AuditDay day);
  [[nodiscard]] Result<void> seal_past_days();
  [[nodiscard]] Result<void> seal_what_is_over(const std::vector<SlotLock>& others);
  /// Ends what a writer left open in a file whose slot this store holds, and seals it.
  [[nodiscard]] Result<void> settle(SegmentName name);
  [[nodiscard]] bool is_in_use(SegmentName name) const;
  /// Does so for the files of a slot, but those with rows that this store will end itself.
  [[nodiscard]] Result<void> settle_slot(std::uint32_t slot);
  [[nodiscard]] std::vector<SlotLock> claim_others() const;
  /// Whether its slot is this store's, or one of `others`.
  [[nodiscard]] bool is_writable(SegmentName name, const std::vector<SlotLock>& others) const;
  [[nodiscard]] bool may_remove(SegmentName name, const std::vector<SlotLock>& others) const;
  [[nodiscard]] Result<void> remove(SegmentName name);
  [[nodiscard]] Result<UpkeepLeft> remove_by_age(const std::vector<SlotLock>& others);
  [[nodiscard]] Result<UpkeepLeft> remove_by_size(const std::vector<SlotLock>& others);
  [[nodiscard]] Result<UpkeepLeft> thin_by_age(const std::vector<SlotLock>& others,
                                               WallTime oldest);
  [[nodiscard]] Result<UpkeepLeft> thin_day(SegmentName name, WallTime oldest);
  [[nodiscard]] static Result<UpkeepLeft> thin(AuditSegment& file,
                                               const std::function<Result<bool>()>& delete_some);
  [[nodiscard]] std::uint64_t count_bytes();
  [[nodiscard]] std::uint64_t bytes_of(SegmentName name);

  AuditWriterSettings settings_;
  const Clock& clock_;
  AuditFiles files_;
  std::optional<SlotLock> slot_;
  std::optional<AuditCatalog> catalog_;
  ino_t catalog_inode_ = 0;
  bool is_settled_ = false;  ///< the slot's files hold no rows of a writer that is gone
  std::map<AuditDay, OpenSegment> segments_;
  /// Rows that wait for a later stage, by exchange number.
  std::unordered_map<std::uint64_t, Place> open_;
  AuditOpenRows left_;  ///< by a store before this one, not taken over yet
  std::vector<std::pair<std::uint64_t, std::optional<Place>>> staged_;  ///< of this transaction
  std::vector<std::string> damages_;
  std::uint64_t gone_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace fastgate::record
