// The statistics of AuditReader: which files and periods a question is about.
#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "record/audit_query.h"
#include "record/audit_reader_state.h"
#include "record/rollup_book.h"
#include "record/rollup_sum.h"

namespace fastgate::record {
namespace {

constexpr std::chrono::hours kByMinutes{3};  ///< ranges up to here are added up to the minute
constexpr std::uint32_t kMaxDays = 3'660;
constexpr std::uint32_t kMaxHours = 8'784;
constexpr std::uint32_t kMaxMinutes = 10'080;

/// The days and slots that the catalog knows; a file of one of them need not be opened.
Result<std::set<SegmentName>> sealed_days(Sqlite* catalog) {
  std::set<SegmentName> names;
  if (catalog == nullptr) return names;
  Result<SqliteStatement> select = catalog->prepare("SELECT day, slot FROM sealed_days");
  if (!select) return std::unexpected(std::move(select.error()));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return names;
    names.insert({.day = static_cast<AuditDay>(select->integer(0)),
                  .slot = static_cast<std::uint32_t>(select->integer(1))});
  }
}

}  // namespace

/// One question about statistics: knows which days are sealed and which have files.
class RollupQuestion {
 public:
  explicit RollupQuestion(AuditReader::State& state) : state_(state) {}

  [[nodiscard]] Result<void> open() {
    state_.trim();
    const Result<Sqlite*> catalog = state_.catalog();
    if (!catalog) return std::unexpected(catalog.error());
    catalog_ = *catalog;
    Result<std::set<SegmentName>> sealed = sealed_days(catalog_);
    if (!sealed) return std::unexpected(std::move(sealed.error()));
    sealed_ = std::move(*sealed);
    for (const SegmentName& name : state_.files.list()) files_.insert(name);
    return {};
  }

  /// All days that are known.
  [[nodiscard]] RollupRange whole() const {
    std::set<SegmentName> all = sealed_;
    all.insert(files_.begin(), files_.end());
    if (all.empty()) return {};
    return {.start = start_of_day(all.begin()->day), .end = start_of_day(all.rbegin()->day + 1)};
  }

  [[nodiscard]] Result<void> add_total(RollupSum& sum, const RollupPiece& piece) {
    return each(piece, sum.kind(),
                Parts{.from_file = [&](Sqlite& file) { return sum.add_total(file, piece); },
                      .from_catalog =
                          [&](SegmentName name) {
                            return sum.add_sealed_total(*catalog_, name.day, name.slot);
                          }});
  }
  [[nodiscard]] Result<void> add_all(RollupSum& sum, const RollupPiece& piece) {
    return each(piece, sum.kind(),
                Parts{.from_file = [&](Sqlite& file) { return sum.add_all(file, piece); },
                      .from_catalog =
                          [&](SegmentName name) {
                            return sum.add_sealed_all(*catalog_, name.day, name.slot);
                          }});
  }
  [[nodiscard]] Result<void> add_lists(RollupSum& sum, const RollupPiece& piece) {
    return each(piece, sum.kind(),
                Parts{.from_file = [&](Sqlite& file) { return sum.add_lists(file, piece); },
                      .from_catalog =
                          [&](SegmentName name) {
                            return sum.add_sealed_lists(*catalog_, name.day, name.slot);
                          }});
  }

 private:
  struct Parts {
    std::function<Result<void>(Sqlite&)> from_file;
    std::function<Result<void>(SegmentName)> from_catalog;
  };

  /// Goes through all slots of the piece's day: whole sealed days from the catalog, the rest from
  /// their files. The catalog does not keep pairs of route and key.
  [[nodiscard]] Result<void> each(const RollupPiece& piece, RollupKind kind, const Parts& parts) {
    const AuditDay day = day_of(time_of_micros(piece.time));
    for (std::uint32_t slot = 0; slot < AuditFiles::kSlots; ++slot) {
      const SegmentName name{.day = day, .slot = slot};
      const bool is_whole = piece.level == RollupLevel::Day && kind != RollupKind::RouteAndKey;
      if (is_whole && sealed_.contains(name)) {
        if (auto added = parts.from_catalog(name); !added) return added;
        continue;
      }
      if (!files_.contains(name)) continue;
      const Result<SegmentReader*> segment = state_.segment(name);
      if (!segment) return std::unexpected(segment.error());
      if (*segment == nullptr) continue;
      if (auto added = parts.from_file((*segment)->connection()); !added) return added;
    }
    return {};
  }

  AuditReader::State& state_;
  Sqlite* catalog_ = nullptr;
  std::set<SegmentName> sealed_;
  std::set<SegmentName> files_;
};

namespace {

Result<RollupSummary> summary_of(RollupQuestion& question, const RollupRange& range,
                                 const RollupFilter& filter) {
  const bool is_long = range.end - range.start > kByMinutes;
  const RollupLevel finest = is_long ? RollupLevel::Hour : RollupLevel::Minute;
  RollupSum sum(filter);
  for (const RollupPiece& piece : pieces_of(range, finest)) {
    auto added = sum.kind() == RollupKind::Total ? question.add_all(sum, piece)
                                                 : question.add_total(sum, piece);
    if (!added) return std::unexpected(std::move(added.error()));
  }
  if (sum.kind() == RollupKind::Total) {
    for (const RollupPiece& piece : pieces_of(range, RollupLevel::Hour)) {
      if (auto added = question.add_lists(sum, piece); !added) {
        return std::unexpected(std::move(added.error()));
      }
    }
  }
  return sum.summary();
}

Result<std::vector<RollupPeriod>> series(RollupQuestion& question, RollupLevel level,
                                         std::uint32_t count, WallTime now,
                                         const RollupFilter& filter) {
  const std::int64_t last = period_start(level, micros_of(now));
  std::vector<RollupPeriod> periods;
  periods.reserve(count);
  for (std::uint32_t i = count; i > 0; --i) {
    const std::int64_t time = last - (i - 1) * period_length(level);
    RollupSum sum(filter);
    if (auto added = question.add_total(sum, {.level = level, .time = time}); !added) {
      return std::unexpected(std::move(added.error()));
    }
    periods.push_back({.time = time_of_micros(time), .counts = sum.total()});
  }
  return periods;
}

}  // namespace

Result<RollupSummary> AuditReader::summary(const RollupRange& range, const RollupFilter& filter) {
  RollupQuestion question(*state_);
  if (const auto opened = question.open(); !opened) return std::unexpected(opened.error());
  // A range from the beginning of time costs no more than the days that are known.
  const RollupRange known = question.whole();
  return summary_of(
      question,
      {.start = std::max(range.start, known.start), .end = std::min(range.end, known.end)}, filter);
}

Result<RollupSummary> AuditReader::summary_of_all_time(const RollupFilter& filter) {
  RollupQuestion question(*state_);
  if (const auto opened = question.open(); !opened) return std::unexpected(opened.error());
  return summary_of(question, question.whole(), filter);
}

Result<std::vector<RollupPeriod>> AuditReader::daily(std::uint32_t days, WallTime now,
                                                     const RollupFilter& filter) {
  RollupQuestion question(*state_);
  if (const auto opened = question.open(); !opened) return std::unexpected(opened.error());
  return series(question, RollupLevel::Day, std::min(days, kMaxDays), now, filter);
}

Result<std::vector<RollupPeriod>> AuditReader::hourly(std::uint32_t hours, WallTime now,
                                                      const RollupFilter& filter) {
  RollupQuestion question(*state_);
  if (const auto opened = question.open(); !opened) return std::unexpected(opened.error());
  return series(question, RollupLevel::Hour, std::min(hours, kMaxHours), now, filter);
}

Result<std::vector<RollupPeriod>> AuditReader::minutely(std::uint32_t minutes, WallTime now,
                                                        const RollupFilter& filter) {
  RollupQuestion question(*state_);
  if (const auto opened = question.open(); !opened) return std::unexpected(opened.error());
  return series(question, RollupLevel::Minute, std::min(minutes, kMaxMinutes), now, filter);
}

}  // namespace fastgate::record
