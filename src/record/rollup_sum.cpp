#include "record/rollup_sum.h"

#include <algorithm>
#include <utility>

#include "record/audit_id.h"
#include "record/rollup_book.h"

namespace fastgate::record {
namespace {

std::vector<NamedCounts> sorted(const std::map<std::string, NamedCounts, std::less<>>& named) {
  std::vector<NamedCounts> list;
  list.reserve(named.size());
  for (const auto& [name, counts] : named) list.push_back(counts);
  std::stable_sort(list.begin(), list.end(), [](const NamedCounts& a, const NamedCounts& b) {
    return a.counts.requests > b.counts.requests;
  });
  return list;
}

Result<SqliteStatement> prepared_for_day(Sqlite& catalog, std::string_view sql, std::int32_t day,
                                         std::uint32_t slot) {
  Result<SqliteStatement> select = catalog.prepare(sql);
  if (select) select->bind(1, day).bind(2, slot);
  return select;
}

Result<SqliteStatement> prepared_for_piece(Sqlite& file, std::string_view sql,
                                           const RollupPiece& piece) {
  Result<SqliteStatement> select = file.prepare(sql);
  if (select) select->bind(1, static_cast<std::int64_t>(piece.level)).bind(2, piece.time);
  return select;
}

}  // namespace

std::vector<RollupPiece> pieces_of(const RollupRange& range, RollupLevel finest) {
  std::vector<RollupPiece> pieces;
  const std::int64_t step = period_length(finest);
  std::int64_t time = period_start(finest, micros_of(range.start));
  const std::int64_t end = micros_of(range.end);
  while (time < end) {
    RollupLevel level = finest;
    for (const RollupLevel longer : {RollupLevel::Hour, RollupLevel::Day}) {
      const std::int64_t length = period_length(longer);
      // The last period is widened to a whole one of the finest kind.
      const std::int64_t whole_end = end + (step - end % step) % step;
      if (longer > finest && time % length == 0 && time + length <= whole_end) level = longer;
    }
    pieces.push_back({.level = level, .time = time});
    time += period_length(level);
  }
  return pieces;
}

RollupKind RollupSum::kind() const {
  if (filter_.route_id.empty()) {
    return filter_.key_id.empty() ? RollupKind::Total : RollupKind::Key;
  }
  return filter_.key_id.empty() ? RollupKind::Route : RollupKind::RouteAndKey;
}

Result<void> RollupSum::add_total_row(SqliteStatement& select) {
  select.bind(3, static_cast<std::int64_t>(kind()));
  select.bind_text(4, filter_.route_id).bind_text(5, filter_.key_id);
  const Result<bool> row = select.step();
  if (!row) return std::unexpected(row.error());
  if (*row) total_.merge(parse_counts(select.blob(0)));
  return {};
}

Result<void> RollupSum::add_total(Sqlite& file, const RollupPiece& piece) {
  Result<SqliteStatement> select = prepared_for_piece(
      file,
      "SELECT counts FROM rollups WHERE level=?1 AND time=?2 AND kind=?3 AND route=?4 AND key=?5",
      piece);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_total_row(*select);
}

Result<void> RollupSum::add_sealed_total(Sqlite& catalog, std::int32_t day, std::uint32_t slot) {
  Result<SqliteStatement> select = prepared_for_day(
      catalog,
      "SELECT counts FROM sealed_rollups WHERE day=?1 AND slot=?2 AND kind=?3 AND route=?4"
      " AND key=?5",
      day, slot);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_total_row(*select);
}

Result<void> RollupSum::add_rows(SqliteStatement& select) {
  while (true) {
    const Result<bool> row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const auto kind = static_cast<RollupKind>(select.integer(0));
    const RollupCounts counts = parse_counts(select.blob(4));
    if (kind == RollupKind::Total) {
      total_.merge(counts);
      continue;
    }
    const std::string_view name = select.text(kind == RollupKind::Route ? 1 : 2);
    Named& named = kind == RollupKind::Route ? routes_ : keys_;
    auto place = named.find(name);
    if (place == named.end()) place = named.emplace(std::string(name), NamedCounts{}).first;
    place->second.name = name;
    if (const std::string_view source = select.text(3); !source.empty()) {
      place->second.source_path = source;
    }
    place->second.counts.merge(counts);
  }
}

Result<void> RollupSum::add_all(Sqlite& file, const RollupPiece& piece) {
  Result<SqliteStatement> select = prepared_for_piece(
      file,
      "SELECT kind, route, key, source, counts FROM rollups WHERE level=?1 AND time=?2"
      " AND kind IN (0, 1, 2)",
      piece);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_rows(*select);
}

Result<void> RollupSum::add_sealed_all(Sqlite& catalog, std::int32_t day, std::uint32_t slot) {
  Result<SqliteStatement> select = prepared_for_day(
      catalog,
      "SELECT kind, route, key, source, counts FROM sealed_rollups WHERE day=?1 AND slot=?2", day,
      slot);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_rows(*select);
}

Result<void> RollupSum::add_list_rows(SqliteStatement& select) {
  while (true) {
    const Result<bool> row = select.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const auto kind = static_cast<TopKind>(select.integer(0));
    (kind == TopKind::Path ? paths_ : sources_).merge(TopList::parse(select.blob(1)));
  }
}

Result<void> RollupSum::add_lists(Sqlite& file, const RollupPiece& piece) {
  Result<SqliteStatement> select = prepared_for_piece(
      file, "SELECT kind, list FROM tops WHERE level=?1 AND kind IN (0, 1) AND time=?2", piece);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_list_rows(*select);
}

Result<void> RollupSum::add_sealed_lists(Sqlite& catalog, std::int32_t day, std::uint32_t slot) {
  Result<SqliteStatement> select = prepared_for_day(
      catalog, "SELECT kind, list FROM sealed_tops WHERE day=?1 AND slot=?2", day, slot);
  if (!select) return std::unexpected(std::move(select.error()));
  return add_list_rows(*select);
}

RollupSummary RollupSum::summary() const {
  return {.total = total_,
          .routes = sorted(routes_),
          .keys = sorted(keys_),
          .top_paths = paths_.sorted(),
          .top_sources = sources_.sorted()};
}

}  // namespace fastgate::record
