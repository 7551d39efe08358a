// What AuditStore does once a minute: sealing days that are over, retention by age and by size, and
// rows that a writer which is gone left open.
#include <algorithm>
#include <chrono>
#include <set>

#include "record/audit_store.h"

namespace fastgate::record {
namespace {

using std::chrono::days;

/// A day's file stays open so long after its end: requests that came before midnight end after it.
constexpr std::chrono::minutes kGrace{5};
/// Blocks deleted in one go: about 10 ms of work each.
constexpr int kBlocksAtOnce = 16;
/// Sealed days are known at least so long after their files went.
constexpr days kKeepSealed{400};
constexpr std::string_view kWriterGone = "the gateway ended before the answer did";
constexpr std::string_view kEndUnknown = "the record of its end was dropped";

}  // namespace

Result<void> AuditStore::seal_open(AuditDay day) {
  const auto open = segments_.find(day);
  if (open == segments_.end()) return {};
  const SegmentName name{.day = day, .slot = slot_->slot()};
  AuditSegment& segment = *open->second.segment;
  auto sealed = in_order([&] { return segment.end_open_rows(kEndUnknown); },
                         [&] { return catalog_->seal(name, segment); });
  const bool is_damaged = !sealed && segment.connection().is_damaged_by(sealed.error());
  segments_.erase(open);
  if (is_damaged && set_aside_damaged(name, sealed.error())) return {};
  return sealed;
}

Result<void> AuditStore::seal_past_days() {
  std::vector<AuditDay> over;
  for (const auto& [day, open] : segments_) {
    const bool is_over = start_of_day(day + 1) + kGrace < clock_.wall_now();
    if (is_over && !has_open_rows(day)) over.push_back(day);
  }
  for (const AuditDay day : over) {
    if (auto sealed = seal_open(day); !sealed) return sealed;
  }
  return {};
}

Result<void> AuditStore::settle(SegmentName name) {
  const Result<bool> sealed = catalog_->is_sealed(name);
  if (!sealed) return std::unexpected(sealed.error());
  if (*sealed) return {};
  auto segment = AuditSegment::open(files_.path_of(name), segment_options());
  const auto done = in_order(
      [&]() -> Result<void> {
        if (!segment) return std::unexpected(segment.error());
        return {};
      },
      [&] { return (*segment)->end_open_rows(kWriterGone); },
      [&] { return catalog_->seal(name, **segment); });
  if (done) return {};
  const bool is_damaged = !segment || (*segment)->connection().is_damaged_by(done.error());
  segment = nullptr;  // closed before it is renamed
  if (is_damaged && set_aside_damaged(name, done.error())) return {};
  return done;
}

bool AuditStore::is_in_use(SegmentName name) const {
  return name.slot == slot_->slot() && (segments_.contains(name.day) || has_open_rows(name.day));
}

Result<void> AuditStore::settle_slot(std::uint32_t slot) {
  for (const SegmentName& name : files_.list()) {
    if (name.slot != slot || is_in_use(name)) continue;
    if (auto settled = settle(name); !settled) return settled;
  }
  return {};
}

/// The slots of other writers that are gone.
std::vector<SlotLock> AuditStore::claim_others() const {
  std::set<std::uint32_t> slots;
  for (const SegmentName& name : files_.list()) slots.insert(name.slot);
  slots.erase(slot_->slot());
  std::vector<SlotLock> claimed;
  for (const std::uint32_t slot : slots) {
    if (auto lock = SlotLock::try_claim(files_, slot)) claimed.push_back(std::move(*lock));
  }
  return claimed;
}

bool AuditStore::may_remove(SegmentName name, const std::vector<SlotLock>& others) const {
  if (name.day >= today()) return false;
  if (name.slot == slot_->slot()) return !has_open_rows(name.day);
  return std::any_of(others.begin(), others.end(),
                     [&](const SlotLock& lock) { return lock.slot() == name.slot; });
}

/// The day's rollups stay in the catalog.
Result<void> AuditStore::remove(SegmentName name) {
  if (name.slot == slot_->slot()) {
    if (auto sealed = seal_open(name.day); !sealed) return sealed;
  }
  if (auto settled = settle(name); !settled) return settled;
  files_.remove(name);
  return {};
}

Result<UpkeepLeft> AuditStore::thin_by_age(WallTime oldest) {
  // A retention of many days goes by whole files; the part of a day makes no difference there.
  if (settings_.retention >= days(2)) return UpkeepLeft::Nothing;
  const auto segment = segments_.find(day_of(oldest));
  if (segment == segments_.end()) return UpkeepLeft::Nothing;
  AuditSegment& file = *segment->second.segment;
  const std::int64_t limit = micros_of(oldest);
  return thin(segment->first, [&]() -> Result<bool> {
    const Result<std::int64_t> ends = file.oldest_block_ends();
    if (!ends) return std::unexpected(ends.error());
    return *ends < limit;
  });
}

/// Deletes the oldest blocks of a file that is open.
Result<UpkeepLeft> AuditStore::thin(AuditDay day,
                                    const std::function<Result<bool>()>& is_too_much) {
  Result<UpkeepLeft> left = thin_blocks(*segments_.at(day).segment, is_too_much);
  const SegmentName name{.day = day, .slot = slot_->slot()};
  if (!left && set_aside_damaged(name, left.error())) return UpkeepLeft::Nothing;
  return left;
}

/// Does so while `is_too_much` says so, but only some in one go.
Result<UpkeepLeft> AuditStore::thin_blocks(AuditSegment& file,
                                           const std::function<Result<bool>()>& is_too_much) {
  for (int i = 0; i < kBlocksAtOnce; ++i) {
    const Result<bool> too_much = is_too_much();
    if (!too_much) return std::unexpected(too_much.error());
    Result<bool> deleted = *too_much;
    if (*too_much) deleted = file.delete_oldest_block();
    if (!deleted) return std::unexpected(deleted.error());
    if (*deleted) continue;
    if (i == 0) return UpkeepLeft::Nothing;
    if (const auto given = file.give_back_space(); !given) return std::unexpected(given.error());
    return UpkeepLeft::Nothing;
  }
  return UpkeepLeft::Some;
}

Result<UpkeepLeft> AuditStore::remove_by_age(const std::vector<SlotLock>& others) {
  const WallTime oldest = clock_.wall_now() - settings_.retention;
  for (const SegmentName& name : files_.list()) {
    if (start_of_day(name.day + 1) > oldest || !may_remove(name, others)) continue;
    if (const auto removed = remove(name); !removed) return std::unexpected(removed.error());
  }
  const WallTime forgotten =
      clock_.wall_now() - std::max<std::chrono::seconds>(settings_.retention, kKeepSealed);
  if (const auto done = catalog_->forget_before(day_of(forgotten)); !done) {
    return std::unexpected(done.error());
  }
  return thin_by_age(oldest);
}

std::uint64_t AuditStore::bytes_of(SegmentName name) {
  const auto open = segments_.find(name.day);
  if (name.slot == slot_->slot() && open != segments_.end()) {
    const Result<std::uint64_t> bytes = open->second.segment->bytes();
    if (bytes) return *bytes;
  }
  return files_.bytes_of(name);
}

std::uint64_t AuditStore::count_bytes() {
  std::uint64_t sum = files_.catalog_bytes();
  for (const SegmentName& name : files_.list()) sum += bytes_of(name);
  return sum;
}

Result<UpkeepLeft> AuditStore::remove_by_size(const std::vector<SlotLock>& others) {
  const std::uint64_t limit = settings_.max_size.count;
  bytes_ = count_bytes();
  if (limit == 0) return UpkeepLeft::Nothing;
  for (const SegmentName& name : files_.list()) {
    if (bytes_ <= limit) return UpkeepLeft::Nothing;
    if (!may_remove(name, others)) continue;
    if (const auto removed = remove(name); !removed) return std::unexpected(removed.error());
    bytes_ = count_bytes();
  }
  if (segments_.empty()) return UpkeepLeft::Nothing;
  return thin(segments_.begin()->first, [&]() -> Result<bool> {
    bytes_ = count_bytes();
    return bytes_ > limit;
  });
}

Result<UpkeepLeft> AuditStore::maintain() {
  const Result<UpkeepLeft> left = maintain_files();
  return !left && set_aside_damaged_catalog(left.error()) ? maintain_files() : left;
}

Result<void> AuditStore::seal_what_is_over(const std::vector<SlotLock>& others) {
  if (auto sealed = seal_past_days(); !sealed) return sealed;
  // Of our own too: a file that was closed before its day was over, or could not be sealed then.
  if (auto settled = settle_slot(slot_->slot()); !settled) return settled;
  for (const SlotLock& lock : others) {
    if (auto settled = settle_slot(lock.slot()); !settled) return settled;
  }
  return {};
}

/// Lets go of files that somebody removed or replaced, or what comes would be lost with them.
void AuditStore::leave_what_is_gone() {
  if (slot_ && !slot_->is_in_place(files_)) {
    // Without the lock another process may take the slot: all begins anew, as after a reload that
    // switches the store off and on.
    ++gone_;
    segments_.clear();
    left_ = leave();
    open_.clear();
    catalog_.reset();
    slot_.reset();
    is_settled_ = false;
  }
  if (catalog_ && is_gone(files_.catalog(), catalog_inode_)) {
    ++gone_;
    catalog_.reset();
    is_settled_ = false;
  }
  std::erase_if(segments_, [&](const auto& entry) {
    const auto& [day, open] = entry;
    const SegmentName name{.day = day, .slot = slot_->slot()};
    if (!is_gone(files_.path_of(name), open.inode)) return false;
    ++gone_;
    forget_day(day);
    return true;
  });
}

Result<UpkeepLeft> AuditStore::maintain_files() {
  leave_what_is_gone();
  if (const auto opened = ensure_open(); !opened) return std::unexpected(opened.error());
  const std::vector<SlotLock> others = claim_others();
  const auto sealed = seal_what_is_over(others);
  // Whatever cannot be sealed, as on a full disk: retention is what makes room.
  const Result<UpkeepLeft> by_age = remove_by_age(others);
  if (!by_age) return by_age;
  const Result<UpkeepLeft> by_size = remove_by_size(others);
  if (!by_size) return by_size;
  if (!sealed) return std::unexpected(sealed.error());
  return *by_age == UpkeepLeft::Some ? by_age : by_size;
}

}  // namespace fastgate::record
