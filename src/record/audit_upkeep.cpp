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
/// A retention shorter than this holds for each record, not only for whole days.
constexpr days kThinnedBelow{2};
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

bool AuditStore::is_writable(SegmentName name, const std::vector<SlotLock>& others) const {
  return name.slot == slot_->slot() ||
         std::any_of(others.begin(), others.end(),
                     [&](const SlotLock& lock) { return lock.slot() == name.slot; });
}

bool AuditStore::may_remove(SegmentName name, const std::vector<SlotLock>& others) const {
  if (name.day >= today() || !is_writable(name, others)) return false;
  return name.slot != slot_->slot() || !has_open_rows(name.day);
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

/// A retention of few days: the oldest day's files lose their records as these come of age.
Result<UpkeepLeft> AuditStore::thin_by_age(const std::vector<SlotLock>& others, WallTime oldest) {
  // One of many days goes by whole files; the part of a day makes no difference there.
  if (settings_.retention >= kThinnedBelow) return UpkeepLeft::Nothing;
  UpkeepLeft left = UpkeepLeft::Nothing;
  for (const SegmentName& name : files_.list()) {
    if (name.day != day_of(oldest) || !is_writable(name, others)) continue;
    const Result<UpkeepLeft> here = thin_day(name, oldest);
    if (!here && !set_aside_damaged(name, here.error())) return here;
    if (here && *here == UpkeepLeft::Some) left = UpkeepLeft::Some;
  }
  return left;
}

/// A sealed file stays sealed: its rollups stay as they are.
Result<UpkeepLeft> AuditStore::thin_day(SegmentName name, WallTime oldest) {
  using Newest = AuditSegment::Newest;
  std::unique_ptr<AuditSegment> opened;
  AuditSegment* file = nullptr;
  if (const auto open = segments_.find(name.day);
      name.slot == slot_->slot() && open != segments_.end()) {
    file = open->second.segment.get();
  } else {
    auto segment = AuditSegment::open(files_.path_of(name), segment_options());
    if (!segment) return std::unexpected(std::move(segment.error()));
    opened = std::move(*segment);
    file = opened.get();
  }
  const Newest newest = name.day < today() ? Newest::Delete : Newest::Keep;
  return thin(*file, [&] { return file->delete_rows_before(micros_of(oldest), newest); });
}

/// Deletes as long as `delete_some` does so, but only so much in one go.
Result<UpkeepLeft> AuditStore::thin(AuditSegment& file,
                                    const std::function<Result<bool>()>& delete_some) {
  for (int i = 0; i < kBlocksAtOnce; ++i) {
    const Result<bool> deleted = delete_some();
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
  return thin_by_age(others, oldest);
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
  const SegmentName name{.day = segments_.begin()->first, .slot = slot_->slot()};
  AuditSegment& file = *segments_.begin()->second.segment;
  Result<UpkeepLeft> left = thin(file, [&]() -> Result<bool> {
    bytes_ = count_bytes();
    if (bytes_ <= limit) return false;
    return file.delete_oldest_block();
  });
  if (!left && set_aside_damaged(name, left.error())) return UpkeepLeft::Nothing;
  return left;
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
