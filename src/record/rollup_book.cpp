#include "record/rollup_book.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace fastgate::record {
namespace {

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::array kLevels{RollupLevel::Day, RollupLevel::Hour, RollupLevel::Minute};

std::int64_t stored(auto value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::int64_t period_length(RollupLevel level) {
  switch (level) {
    case RollupLevel::Minute:
      return kMinute;
    case RollupLevel::Hour:
      return 60 * kMinute;
    case RollupLevel::Day:
      break;
  }
  return 24 * 60 * kMinute;
}

std::int64_t period_start(RollupLevel level, std::int64_t time) {
  return time - time % period_length(level);
}

std::size_t RollupBook::PlaceHash::operator()(const Place& place) const {
  const auto& [level, kind, time, route, key] = place;
  std::size_t hash = std::hash<std::int64_t>()(time * 16 + stored(level) * 4 + stored(kind));
  hash = hash * 31 + std::hash<std::string>()(route);
  return hash * 31 + std::hash<std::string>()(key);
}

Result<void> RollupBook::open(Sqlite& connection) {
  const auto prepare = [&](SqliteStatement& statement, std::string_view sql) -> Result<void> {
    Result<SqliteStatement> prepared = connection.prepare(sql);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    statement = std::move(*prepared);
    return {};
  };
  for (const RollupKind kind : {RollupKind::Route, RollupKind::Key, RollupKind::RouteAndKey}) {
    const auto taken = connection.integer_of(
        "SELECT count(*) FROM rollups WHERE level=2 AND kind=" + std::to_string(stored(kind)));
    if (!taken) return std::unexpected(taken.error());
    taken_[static_cast<std::size_t>(kind)] = static_cast<std::uint64_t>(*taken);
  }
  return in_order(
      [&] {
        return prepare(select_,
                       "SELECT source, counts FROM rollups WHERE level=?1 AND kind=?2 AND time=?3"
                       " AND route=?4 AND key=?5");
      },
      [&] {
        return prepare(replace_,
                       "INSERT OR REPLACE INTO rollups VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
      },
      [&] {
        return prepare(select_list_,
                       "SELECT list FROM tops WHERE level=?1 AND kind=?2 AND time=?3");
      },
      [&] { return prepare(replace_list_, "INSERT OR REPLACE INTO tops VALUES(?1, ?2, ?3, ?4)"); });
}

RollupBook::Addition& RollupBook::addition_of(const CountedRow& row) {
  const std::int64_t minute = period_start(RollupLevel::Minute, row.time);
  key_room_.assign(reinterpret_cast<const char*>(&minute), sizeof minute);
  key_room_.append(row.route_id).append(1, '\0').append(row.key_id);
  const auto found = additions_.find(std::string_view(key_room_));
  if (found != additions_.end()) return found->second;
  Addition& addition = additions_[key_room_];
  addition.minute = minute;
  addition.route_id = row.route_id;
  addition.key_id = row.key_id;
  return addition;
}

void RollupBook::add(const CountedRow& row) {
  Addition& addition = addition_of(row);
  if (addition.source_path != row.source_path) addition.source_path = row.source_path;
  const bool is_error = row.status >= 400 || row.status < 100;
  RollupCounts& counts = addition.counts;
  ++counts.requests;
  if (is_error) ++counts.errors;
  ++counts.by_class[row.status / 100U < counts.by_class.size() ? row.status / 100U : 0];
  counts.request_bytes += row.request_size;
  counts.response_bytes += row.response_size;
  if (row.has_times) counts.response_time.add(row.response_time_us);
  if (row.has_first_byte) counts.ttfb.add(row.ttfb_us);
  Lists& lists = lists_[period_start(RollupLevel::Hour, row.time)];
  lists[0].add(row.path, is_error);
  if (!row.source_path.empty()) lists[1].add(row.source_path, is_error);
}

bool RollupBook::take_room(RollupKind kind) {
  if (kind == RollupKind::Total) return true;
  std::uint64_t& taken = taken_[static_cast<std::size_t>(kind)];
  if (taken >= (kind == RollupKind::RouteAndKey ? kMaxPairs : kMaxNames)) return false;
  ++taken;
  return true;
}

Result<RollupBook::Rollup*> RollupBook::find(const Place& place) {
  const auto known = rollups_.find(place);
  if (known != rollups_.end()) return &known->second;
  const auto& [level, kind, time, route, key] = place;
  select_.bind(1, stored(level)).bind(2, stored(kind)).bind(3, time);
  select_.bind_text(4, route).bind_text(5, key);
  const SqliteReset reset(select_);
  const Result<bool> row = select_.step();
  if (!row) return std::unexpected(row.error());
  if (!*row && level == RollupLevel::Day && !take_room(kind)) return nullptr;
  Rollup& rollup = rollups_[place];
  if (*row) {
    rollup.source = select_.text(0);
    rollup.counts = parse_counts(select_.blob(1));
  }
  return &rollup;
}

Result<void> RollupBook::merge(Place place, const Addition& addition) {
  // The day's rollup comes first: where it has no room, neither have its hours and minutes.
  for (const RollupLevel level : kLevels) {
    std::get<0>(place) = level;
    std::get<2>(place) = period_start(level, addition.minute);
    const Result<Rollup*> rollup = find(place);
    if (!rollup) return std::unexpected(rollup.error());
    if (*rollup == nullptr) return {};
    (*rollup)->counts.merge(addition.counts);
    (*rollup)->is_dirty = true;
    if (std::get<1>(place) == RollupKind::Key) (*rollup)->source = addition.source_path;
  }
  return {};
}

Result<void> RollupBook::apply(const Addition& addition) {
  const std::string& route = addition.route_id;
  const std::string& key = addition.key_id;
  return in_order(
      [&] { return merge(Place{RollupLevel::Day, RollupKind::Total, 0, "", ""}, addition); },
      [&] { return merge(Place{RollupLevel::Day, RollupKind::Route, 0, route, ""}, addition); },
      [&] { return merge(Place{RollupLevel::Day, RollupKind::Key, 0, "", key}, addition); },
      [&] {
        return merge(Place{RollupLevel::Day, RollupKind::RouteAndKey, 0, route, key}, addition);
      });
}

Result<void> RollupBook::write() {
  for (const auto& [key, addition] : additions_) {
    if (const auto applied = apply(addition); !applied) return applied;
  }
  additions_.clear();
  if (const auto written = write_rollups(); !written) return written;
  if (const auto written = write_lists(); !written) return written;
  forget_old();
  return {};
}

Result<void> RollupBook::write_rollups() {
  std::string bytes;
  for (auto& [place, rollup] : rollups_) {
    if (!rollup.is_dirty) continue;
    const auto& [level, kind, time, route, key] = place;
    bytes.clear();
    append_counts(bytes, rollup.counts);
    replace_.bind(1, stored(level)).bind(2, stored(kind)).bind(3, time).bind_text(4, route);
    replace_.bind_text(5, key).bind_text(6, rollup.source).bind_blob(7, bytes);
    if (auto done = replace_.run(); !done) return done;
    rollup.is_dirty = false;
  }
  return {};
}

Result<void> RollupBook::write_list(RollupLevel level, std::int64_t hour, TopKind kind,
                                    const TopList& brought) {
  if (brought.is_empty()) return {};
  const std::int64_t time = period_start(level, hour);
  TopList list;
  {
    select_list_.bind(1, stored(level)).bind(2, stored(kind)).bind(3, time);
    const SqliteReset reset(select_list_);
    const Result<bool> row = select_list_.step();
    if (!row) return std::unexpected(row.error());
    if (*row) list = TopList::parse(select_list_.blob(0));
  }
  list.merge(brought);
  std::string bytes;
  list.append_to(bytes);
  replace_list_.bind(1, stored(level)).bind(2, stored(kind)).bind(3, time).bind_blob(4, bytes);
  return replace_list_.run();
}

Result<void> RollupBook::write_lists() {
  for (const auto& [hour, lists] : lists_) {
    for (const RollupLevel level : {RollupLevel::Hour, RollupLevel::Day}) {
      for (const TopKind kind : {TopKind::Path, TopKind::Source}) {
        const TopList& brought = lists[static_cast<std::size_t>(kind)];
        if (auto done = write_list(level, hour, kind, brought); !done) return done;
      }
    }
  }
  lists_.clear();
  return {};
}

/// Keeps the current and the last period of each level; others are read again when asked for.
void RollupBook::forget_old() {
  std::array<std::int64_t, 3> newest{};
  for (const auto& [place, rollup] : rollups_) {
    std::int64_t& time = newest[static_cast<std::size_t>(std::get<0>(place))];
    time = std::max(time, std::get<2>(place));
  }
  std::erase_if(rollups_, [&](const auto& entry) {
    const auto& [level, kind, time, route, key] = entry.first;
    return time < newest[static_cast<std::size_t>(level)] - period_length(level);
  });
}

}  // namespace fastgate::record
