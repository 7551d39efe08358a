#include "record/audit_walk.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "record/audit_reader_state.h"

namespace fastgate::record {
namespace {

constexpr std::int64_t kMaxRow = (std::int64_t{1} << 36) - 1;

std::unexpected<Error> bad_cursor() {
  return fail(ErrorKind::Malformed, "cursor is none of this order's");
}

std::optional<AuditCursor::Part> parse_part(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto slot = parse_decimal(text.substr(0, dot));
  const auto row = parse_decimal(text.substr(dot + 1));
  if (!slot || !row || *slot >= AuditFiles::kSlots || *row > kMaxRow) return std::nullopt;
  return AuditCursor::Part{.slot = static_cast<std::uint32_t>(*slot),
                           .row = static_cast<std::int64_t>(*row)};
}

}  // namespace

std::string AuditCursor::text() const {
  std::string text(1, order == AuditOrder::NewestFirst ? 'd' : 'a');
  text += std::to_string(day);
  for (const Part& part : parts) {
    text.append("-").append(std::to_string(part.slot)).append(".");
    text.append(std::to_string(part.row));
  }
  return text;
}

Result<AuditCursor> AuditCursor::parse(std::string_view text, AuditOrder order) {
  AuditCursor cursor{.order = order, .day = 0, .parts = {}};
  if (!text.starts_with(order == AuditOrder::NewestFirst ? 'd' : 'a')) return bad_cursor();
  const std::vector<std::string_view> pieces = split(text.substr(1), '-');
  const auto day = parse_decimal(pieces.front());
  if (!day || *day > 100'000 || pieces.size() > AuditFiles::kSlots + 1) return bad_cursor();
  cursor.day = static_cast<AuditDay>(*day);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::optional<Part> part = parse_part(pieces[i]);
    if (!part) return bad_cursor();
    cursor.parts.push_back(*part);
  }
  return cursor;
}

AuditWalk::AuditWalk(AuditReader& reader, AuditFilter filter)
    : reader_(reader), filter_(std::move(filter)), question_(filter_) {}

Result<std::unique_ptr<AuditWalk>> AuditWalk::open(AuditReader& reader, AuditFilter filter) {
  auto walk = std::make_unique<AuditWalk>(reader, std::move(filter));
  if (const auto started = walk->start(); !started) return std::unexpected(started.error());
  return walk;
}

Result<void> AuditWalk::start() {
  if (!filter_.cursor.empty()) {
    Result<AuditCursor> cursor = AuditCursor::parse(filter_.cursor, filter_.order);
    if (!cursor) return std::unexpected(std::move(cursor.error()));
    day_ = cursor->day;
    from_ = std::move(*cursor);
  }
  const bool is_newest_first = filter_.order == AuditOrder::NewestFirst;
  for (const SegmentName& name : reader_.state_->files.list()) {
    if (filter_.start && name.day < day_of(*filter_.start)) continue;
    if (filter_.end && start_of_day(name.day) >= *filter_.end) continue;
    if (from_ && (is_newest_first ? name.day > from_->day : name.day < from_->day)) continue;
    ahead_.push_back(name);
  }
  if (!is_newest_first) std::reverse(ahead_.begin(), ahead_.end());
  return {};
}

Result<void> AuditWalk::open_scan(SegmentName name) {
  const Result<SegmentReader*> segment = reader_.state_->segment(name);
  if (!segment) return std::unexpected(segment.error());
  if (*segment == nullptr) return {};
  auto scan = SegmentScan::make(**segment, filter_, question_);
  if (!scan) return std::unexpected(std::move(scan.error()));
  if (from_ && from_->day == name.day) {
    const auto part = std::find_if(from_->parts.begin(), from_->parts.end(),
                                   [&](const auto& p) { return p.slot == name.slot; });
    if (part != from_->parts.end()) {
      (*scan)->start_behind(part->row);
    } else if (filter_.order == AuditOrder::NewestFirst) {
      // The file is younger than the cursor, and so are its records.
      (*scan)->start_behind(0);
    }
  }
  scans_.push_back(std::move(*scan));
  return {};
}

Result<bool> AuditWalk::enter_next_day() {
  if (ahead_.empty()) return false;
  scans_.clear();
  reader_.state_->trim();
  day_ = ahead_.back().day;
  while (!ahead_.empty() && ahead_.back().day == day_) {
    if (auto opened = open_scan(ahead_.back()); !opened) {
      return std::unexpected(std::move(opened.error()));
    }
    ahead_.pop_back();
  }
  return true;
}

bool AuditWalk::is_first(const AuditRecord& a, const AuditRecord& b) const {
  return filter_.order == AuditOrder::NewestFirst ? a.request_time > b.request_time
                                                  : a.request_time < b.request_time;
}

SegmentScan* AuditWalk::best() const {
  SegmentScan* found = nullptr;
  for (const auto& scan : scans_) {
    if (!scan->has_record()) continue;
    if (found == nullptr || is_first(scan->record(), found->record())) found = scan.get();
  }
  return found;
}

Result<std::optional<AuditRecord>> AuditWalk::next(std::uint64_t& budget) {
  while (true) {
    for (const auto& scan : scans_) {
      if (auto filled = scan->fill(budget); !filled) {
        return std::unexpected(std::move(filled.error()));
      }
      // Which comes first is only known once every slot has shown what it has.
      if (!scan->has_record() && !scan->is_through()) return std::nullopt;
    }
    if (SegmentScan* scan = best()) return scan->take();
    const Result<bool> entered = enter_next_day();
    if (!entered) return std::unexpected(entered.error());
    if (!*entered) return std::nullopt;
  }
}

std::string AuditWalk::cursor() const {
  AuditCursor cursor{.order = filter_.order, .day = day_, .parts = {}};
  for (const auto& scan : scans_) {
    cursor.parts.push_back({.slot = scan->name().slot, .row = scan->place()});
  }
  return cursor.text();
}

Result<std::uint64_t> AuditWalk::count(std::uint64_t at_most) {
  std::uint64_t sum = 0;
  while (sum < at_most) {
    const Result<bool> entered = enter_next_day();
    if (!entered) return std::unexpected(entered.error());
    if (!*entered) break;
    for (const auto& scan : scans_) {
      const Result<std::uint64_t> here = scan->count(at_most - sum);
      if (!here) return here;
      sum += *here;
      if (sum >= at_most) break;
    }
  }
  return std::min(sum, at_most);
}

}  // namespace fastgate::record
