#include "record/audit_store.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <unordered_set>

namespace fastgate::record {
namespace {

constexpr std::size_t kMaxOpenDays = 3;
constexpr std::string_view kMoved = "the record goes on in another store";

}  // namespace

AuditStore::AuditStore(AuditWriterSettings settings, const Clock& clock, AuditOpenRows left)
    : settings_(std::move(settings)),
      clock_(clock),
      files_(settings_.sqlite_path),
      left_(std::move(left)) {}

SegmentOptions AuditStore::segment_options() const {
  return {.is_synced = settings_.durability == AuditDurability::Disk,
          .max_pages = settings_.max_file_pages};
}

void AuditStore::adopt(const AuditWriterSettings& settings) {
  // The days' files are opened again as they are needed, with what holds from now on.
  if (settings.durability != settings_.durability) segments_.clear();
  const std::string path = settings_.sqlite_path;
  settings_ = settings;
  settings_.sqlite_path = path;
}

Result<void> AuditStore::ensure_open() {
  if (!slot_) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::path(settings_.sqlite_path).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) return fail(ErrorKind::Io, folder.string() + ": " + error.message());
    slot_ = SlotLock::try_claim_any(files_);
    if (!slot_) {
      return fail(ErrorKind::Io,
                  files_.lock_path_of(0) + ": cannot be made, or all slots are held");
    }
  }
  if (!catalog_) {
    if (auto opened = open_catalog(); !opened) return opened;
  }
  if (!is_settled_) {
    if (auto taken = take_over(); !taken) return taken;
    // Before the first row of our own in a file: every open row there is one that nobody will end.
    if (auto settled = settle_slot(slot_->slot()); !settled) return settled;
    is_settled_ = true;
  }
  return {};
}

/// Rows that were left open are ours, but for those that another process has ended meanwhile.
Result<void> AuditStore::take_over() {
  if (left_.slot != slot_->slot() || left_.sqlite_path != settings_.sqlite_path) left_.rows.clear();
  while (!left_.rows.empty()) {
    const auto [exchange_number, place] = *left_.rows.begin();
    const Result<bool> open = is_open(place);
    if (!open) return std::unexpected(open.error());
    if (*open) open_.emplace(exchange_number, place);
    left_.rows.erase(exchange_number);
  }
  return {};
}

Result<bool> AuditStore::is_open(const Place& place) {
  if (files_.bytes_of({.day = place.day, .slot = slot_->slot()}) == 0) return false;
  const Result<AuditSegment*> segment = segment_of(place.day);
  if (!segment) return std::unexpected(segment.error());
  return (*segment)->is_open(place.row);
}

AuditOpenRows AuditStore::leave() {
  if (!slot_) return std::move(left_);
  left_.sqlite_path = settings_.sqlite_path;
  left_.slot = slot_->slot();
  left_.rows.merge(open_);
  return std::move(left_);
}

void AuditStore::end_open_rows() {
  std::set<AuditDay> days;
  for (const auto& [exchange_number, place] : open_) days.insert(place.day);
  for (const AuditDay day : days) {
    const Result<AuditSegment*> segment = segment_of(day);
    if (!segment) continue;
    [[maybe_unused]] const auto ended = (*segment)->end_open_rows(kMoved);
  }
  open_.clear();
}

void AuditStore::forget(const std::vector<std::uint64_t>& exchanges) {
  for (const std::uint64_t exchange_number : exchanges) {
    open_.erase(exchange_number);
    left_.rows.erase(exchange_number);
  }
}

Result<void> AuditStore::open_catalog() {
  Result<AuditCatalog> catalog = AuditCatalog::open(files_.catalog());
  // Without days beside it the file is none of ours: a path that was mistaken.
  if (!catalog && !files_.list().empty() && set_aside_damaged(files_.catalog(), catalog.error())) {
    catalog = AuditCatalog::open(files_.catalog());
  }
  if (!catalog) return std::unexpected(std::move(catalog.error()));
  catalog_ = std::move(*catalog);
  catalog_inode_ = inode_of(files_.catalog());
  return {};
}

bool AuditStore::set_aside_damaged(const std::string& path, const Error& error) {
  if (error.kind != kDamaged) return false;
  AuditFiles::set_aside(path);
  damages_.push_back(error.text);
  return true;
}

bool AuditStore::set_aside_damaged(SegmentName name, const Error& error) {
  const bool is_own = name.slot == slot_->slot();
  if (is_own) segments_.erase(name.day);
  if (!set_aside_damaged(files_.path_of(name), error)) return false;
  if (is_own) forget_day(name.day);
  return true;
}

void AuditStore::forget_day(AuditDay day) {
  std::erase_if(open_, [day](const auto& entry) { return entry.second.day == day; });
}

/// The next call makes it anew, of the days' files that are there.
bool AuditStore::set_aside_damaged_catalog(const Error& error) {
  if (!catalog_ || !catalog_->is_damaged_by(error)) return false;
  catalog_.reset();  // closed before it is renamed
  is_settled_ = false;
  return set_aside_damaged(files_.catalog(), error);
}

/// Joins the stages of a request that came together, and finds the rows of those that began before.
AuditStore::Plan AuditStore::plan_of(const std::vector<AuditBatch>& batches) const {
  Plan plan;
  std::unordered_map<std::uint64_t, std::pair<AuditDay, std::size_t>> unfinished;
  for (const AuditBatch& batch : batches) {
    for (const AuditRow& row : batch.rows) {
      if (!unfinished.empty()) {
        const auto earlier = unfinished.find(row.exchange_number);
        if (earlier != unfinished.end()) {
          Pending& pending = plan[earlier->second.first][earlier->second.second];
          pending.batch = &batch;
          pending.row = &row;
          continue;
        }
      }
      Pending pending{.batch = &batch, .row = &row, .known_row = std::nullopt};
      AuditDay day = day_of(row.request_time);
      const auto known = open_.empty() ? open_.end() : open_.find(row.exchange_number);
      if (known != open_.end()) {
        day = known->second.day;
        pending.known_row = known->second.row;
      }
      std::vector<Pending>& rows = plan[day];
      if (row.stage != AuditStage::Complete) {
        unfinished.emplace(row.exchange_number, std::pair(day, rows.size()));
      }
      rows.push_back(pending);
    }
  }
  return plan;
}

Result<AuditSegment*> AuditStore::segment_of(AuditDay day) {
  const auto known = segments_.find(day);
  if (known != segments_.end()) {
    known->second.last_use = ++uses_;
    return known->second.segment.get();
  }
  const SegmentName name{.day = day, .slot = slot_->slot()};
  if (const auto unsealed = catalog_->unseal(name); !unsealed) {
    return std::unexpected(unsealed.error());
  }
  auto segment = AuditSegment::open(files_.path_of(name), segment_options());
  if (!segment) {
    set_aside_damaged(name, segment.error());
    return std::unexpected(std::move(segment.error()));
  }
  OpenSegment& open = segments_[day];
  open = {
      .segment = std::move(*segment), .inode = inode_of(files_.path_of(name)), .last_use = ++uses_};
  return open.segment.get();
}

Result<void> AuditStore::write_rows(AuditSegment& segment, AuditDay day,
                                    const std::vector<Pending>& rows) {
  for (const Pending& pending : rows) {
    const AuditRow& row = *pending.row;
    const bool is_complete = row.stage == AuditStage::Complete;
    if (pending.known_row) {
      if (auto done = segment.update(*pending.known_row, *pending.batch, row); !done) return done;
      if (is_complete) staged_.emplace_back(row.exchange_number, std::nullopt);
      continue;
    }
    const Result<std::int64_t> id = segment.insert(*pending.batch, row);
    if (!id) return std::unexpected(id.error());
    if (!is_complete) staged_.emplace_back(row.exchange_number, Place{.day = day, .row = *id});
  }
  return {};
}

Result<void> AuditStore::write_day(AuditDay day, const std::vector<Pending>& rows) {
  const Result<AuditSegment*> segment = segment_of(day);
  if (!segment) return std::unexpected(segment.error());
  staged_.clear();
  const auto done = in_order([&] { return (*segment)->begin(); },
                             [&] { return write_rows(**segment, day, rows); },
                             [&] { return (*segment)->commit(); });
  if (!done) {
    segments_.erase(day);
    set_aside_damaged(SegmentName{.day = day, .slot = slot_->slot()}, done.error());
    return done;
  }
  for (const auto& [exchange_number, place] : staged_) {
    if (place) {
      open_[exchange_number] = *place;
    } else {
      open_.erase(exchange_number);
    }
  }
  written_ += rows.size();
  return {};
}

Result<void> AuditStore::write(std::vector<AuditBatch>& batches) {
  auto done = write_days(batches);
  if (done || done.error().kind != kDamaged) return done;
  // A file that was set aside begins anew.
  set_aside_damaged_catalog(done.error());
  return write_days(batches);
}

Result<void> AuditStore::write_days(std::vector<AuditBatch>& batches) {
  if (auto opened = ensure_open(); !opened) return opened;
  const Plan plan = plan_of(batches);
  std::unordered_set<std::uint64_t> stored;
  for (const auto& [day, rows] : plan) {
    auto done = write_day(day, rows);
    if (done && plan.size() > 1) {
      for (const Pending& pending : rows) stored.insert(pending.row->exchange_number);
    }
    if (done) continue;
    // The days before this one are committed: their rows must not come a second time.
    for (AuditBatch& batch : batches) {
      std::erase_if(batch.rows,
                    [&](const AuditRow& row) { return stored.contains(row.exchange_number); });
    }
    return done;
  }
  for (AuditBatch& batch : batches) batch.rows.clear();
  while (segments_.size() > kMaxOpenDays) {
    const auto oldest =
        std::min_element(segments_.begin(), segments_.end(), [&](const auto& a, const auto& b) {
          return std::pair(has_open_rows(a.first), a.second.last_use) <
                 std::pair(has_open_rows(b.first), b.second.last_use);
        });
    if (has_open_rows(oldest->first) || !seal_open(oldest->first)) break;
  }
  return {};
}

bool AuditStore::has_open_rows(AuditDay day) const {
  return std::any_of(open_.begin(), open_.end(),
                     [day](const auto& entry) { return entry.second.day == day; });
}

}  // namespace fastgate::record
