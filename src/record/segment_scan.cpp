#include "record/segment_scan.h"

#include <algorithm>
#include <limits>
#include <string>

#include "record/audit_id.h"

namespace fastgate::record {
namespace {

/// Records that are read at once.
constexpr std::int64_t kAtOnce = 256;

}  // namespace

Result<std::unique_ptr<SegmentScan>> SegmentScan::make(SegmentReader& reader,
                                                       const AuditFilter& filter,
                                                       const BlockQuestion& question) {
  Result<RowCondition> condition = RowCondition::make(filter, reader);
  if (!condition) return std::unexpected(std::move(condition.error()));
  auto scan = std::make_unique<SegmentScan>(reader, filter, question, std::move(*condition));
  if (const auto prepared = scan->prepare(); !prepared) return std::unexpected(prepared.error());
  return scan;
}

Result<void> SegmentScan::prepare() {
  // The full blocks first: rows that fill another one meanwhile are then read without a summary.
  const Result<std::int64_t> last_block = reader_.last_full_block();
  if (!last_block) return std::unexpected(last_block.error());
  const Result<std::int64_t> last_row = reader_.last_row();
  if (!last_row) return std::unexpected(last_row.error());
  first_open_row_ = first_row_of_block(*last_block + 1);
  start_behind(is_newest_first() ? *last_row + 1 : 0);
  const auto prepare = [&](SqliteStatement& statement, const std::string& sql) -> Result<void> {
    Result<SqliteStatement> prepared = reader_.connection().prepare(sql);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    statement = std::move(*prepared);
    return {};
  };
  const std::string order = is_newest_first() ? " DESC" : " ASC";
  const std::string within = "WHERE id>=?1 AND id<=?2" + condition_.sql();
  const std::string from = is_newest_first() ? "block<=?1" : "block>=?1";
  return in_order(
      [&] {
        return prepare(
            rows_, std::string(select_records()) + within + " ORDER BY id" + order + " LIMIT ?3");
      },
      [&] { return prepare(count_, "SELECT count(*) FROM records " + within); },
      [&] {
        return prepare(blocks_, "SELECT block, bits FROM blocks WHERE " + from +
                                    " AND first_time<?2 AND last_time>=?3 ORDER BY block" + order);
      },
      [&] { return prepare(block_path_, "SELECT bits FROM block_paths WHERE block=?1"); },
      [&] { return prepare(block_client_, "SELECT bits FROM block_clients WHERE block=?1"); },
      [&] {
        return prepare(block_request_id_, "SELECT bits FROM block_request_ids WHERE block=?1");
      });
}

Result<bool> SegmentScan::asks(SqliteStatement& select, std::int64_t block, std::uint64_t hash) {
  select.bind(1, block);
  const SqliteReset reset(select);
  const Result<bool> row = select.step();
  if (!row) return std::unexpected(row.error());
  return !*row || BloomFilter::may_hold(select.blob(0), hash);
}

Result<bool> SegmentScan::may_match(std::int64_t block) {
  const std::string_view bits = blocks_.blob(1);
  for (const std::uint64_t hash : question_.values) {
    if (!BloomFilter::may_hold(bits, hash)) return false;
  }
  Result<bool> may = true;
  if (question_.path) may = asks(block_path_, block, *question_.path);
  if (may && *may && question_.client) may = asks(block_client_, block, *question_.client);
  if (may && *may && question_.request_id) {
    may = asks(block_request_id_, block, *question_.request_id);
  }
  return may;
}

Result<std::int64_t> SegmentScan::next_block(std::int64_t block) {
  constexpr auto kAlways = std::numeric_limits<std::int64_t>::max();
  blocks_.bind(1, block).bind(2, filter_.end ? micros_of(*filter_.end) : kAlways);
  blocks_.bind(3, filter_.start ? micros_of(*filter_.start) : -kAlways);
  const SqliteReset reset(blocks_);
  while (true) {
    const Result<bool> row = blocks_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return -1;
    const std::int64_t found = blocks_.integer(0);
    const Result<bool> may = may_match(found);
    if (!may) return std::unexpected(may.error());
    if (*may) return found;
  }
}

/// Newest first: what is in no full block, then full blocks downwards.
Result<SegmentScan::Range> SegmentScan::next_old_range() {
  if (at_ > first_open_row_) {
    return Range{.low = std::max(first_open_row_, at_ - kBlockRows), .high = at_ - 1};
  }
  if (at_ > 1) {
    const Result<std::int64_t> block = next_block(block_of_row(at_ - 1));
    if (!block) return std::unexpected(block.error());
    if (*block >= 0) {
      return Range{.low = first_row_of_block(*block),
                   .high = std::min(at_, first_row_of_block(*block + 1)) - 1};
    }
  }
  at_ = std::min<std::int64_t>(at_, 1);
  is_through_ = true;
  return Range{};
}

/// Oldest first: full blocks upwards, then what is in none.
Result<SegmentScan::Range> SegmentScan::next_new_range() {
  if (at_ + 1 < first_open_row_) {
    const Result<std::int64_t> block = next_block(block_of_row(at_ + 1));
    if (!block) return std::unexpected(block.error());
    // One that was filled since the scan began is read with the rest.
    if (*block >= 0 && first_row_of_block(*block) < first_open_row_) {
      return Range{.low = std::max(at_ + 1, first_row_of_block(*block)),
                   .high = first_row_of_block(*block + 1) - 1};
    }
    at_ = first_open_row_ - 1;
  }
  const Result<std::int64_t> last = reader_.last_row();
  if (!last) return std::unexpected(last.error());
  is_through_ = at_ >= *last;
  return Range{.low = at_ + 1, .high = std::min(at_ + kBlockRows, *last)};
}

Result<SegmentScan::Range> SegmentScan::next_range() {
  return is_newest_first() ? next_old_range() : next_new_range();
}

Result<void> SegmentScan::read(Range range) {
  rows_.bind(1, range.low).bind(2, range.high).bind(3, kAtOnce);
  condition_.bind(rows_);
  const SqliteReset reset(rows_);
  std::int64_t rows = 0;
  for (; rows < kAtOnce; ++rows) {
    const Result<bool> row = rows_.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const std::int64_t id = rows_.integer(kColumnRow);
    AuditRecord& record = found_.emplace_back(id, record_of(rows_, reader_)).second;
    record.id = AuditId{.day = name().day, .slot = name().slot, .row = id}.text();
  }
  if (auto whole = reader_.check_texts(); !whole) return whole;
  if (rows == kAtOnce) {
    at_ = found_.back().first;
  } else {
    at_ = is_newest_first() ? range.low : range.high;
  }
  return {};
}

Result<void> SegmentScan::fill(std::uint64_t& budget) {
  while (found_.empty() && !is_through_ && budget != 0) {
    // Before the first row that is found, everything up to here is as good as taken.
    last_taken_ = at_;
    const Result<Range> range = next_range();
    if (!range) return std::unexpected(range.error());
    if (range->low > range->high) continue;
    const std::int64_t before = is_newest_first() ? range->high : range->low;
    if (auto done = read(*range); !done) return done;
    const auto looked_at = static_cast<std::uint64_t>(std::abs(at_ - before)) + 1;
    budget -= std::min(budget, looked_at);
  }
  return {};
}

Result<std::optional<AuditRecord>> SegmentScan::take() {
  last_taken_ = found_.front().first;
  Result<std::optional<AuditRecord>> record = std::move(found_.front().second);
  found_.pop_front();
  if (filter_.parts == AuditParts::WithCaptures) {
    if (auto added = reader_.add_captures(last_taken_, **record); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return record;
}

Result<std::uint64_t> SegmentScan::count(std::uint64_t at_most) {
  if (condition_.is_empty()) return reader_.count_rows();
  std::uint64_t sum = 0;
  while (!is_through_ && sum < at_most) {
    const Result<Range> range = next_range();
    if (!range) return std::unexpected(range.error());
    if (range->low > range->high) continue;
    count_.bind(1, range->low).bind(2, range->high);
    condition_.bind(count_);
    const SqliteReset reset(count_);
    const Result<bool> row = count_.step();
    if (!row) return std::unexpected(row.error());
    sum += count_.number(0);
    at_ = is_newest_first() ? range->low : range->high;
  }
  return sum;
}

}  // namespace fastgate::record
