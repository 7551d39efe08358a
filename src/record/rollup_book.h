/// The writing side of a day's rollups: collects what a commit brings, and writes it with its rows.
///
/// Belongs to one AuditSegment; one thread. Numbers are kept by minute, hour and day, in total and
/// by route, key, and route with key. A day has room for kMaxNames routes and keys and kMaxPairs
/// pairs of them; what comes beyond is counted in the totals alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "base/error.h"
#include "record/audit_schema.h"
#include "record/sqlite.h"
#include "record/top_list.h"

namespace fastgate::record {

/// What of a complete record is counted.
struct CountedRow {
  std::int64_t time = 0;  ///< request_time, us
  std::uint16_t status = 0;
  std::uint64_t request_size = 0;
  std::uint64_t response_size = 0;
  bool has_times = false;  ///< it ended by itself: response_time_us is known
  bool has_first_byte = false;
  std::uint64_t response_time_us = 0;
  std::uint64_t ttfb_us = 0;
  std::string_view route_id;
  std::string_view key_id;
  std::string_view source_path;
  std::string_view path;
};

class RollupBook {
 public:
  static constexpr std::uint64_t kMaxNames = 20'000;
  static constexpr std::uint64_t kMaxPairs = 4'096;

  /// Reads how much room is taken. `connection` must outlive the book. Errors: Io.
  [[nodiscard]] Result<void> open(Sqlite& connection);
  void add(const CountedRow& row);
  /// Writes what was added since; within the caller's transaction. After an error the book is no
  /// longer what the file says and must be thrown away. Errors: Io.
  [[nodiscard]] Result<void> write();

 private:
  /// Level, kind, time of its beginning in us, route, key.
  using Place = std::tuple<RollupLevel, RollupKind, std::int64_t, std::string, std::string>;
  struct PlaceHash {
    std::size_t operator()(const Place& place) const;
  };
  struct Rollup {
    RollupCounts counts;
    std::string source;
    bool is_dirty = false;
  };
  /// What one commit brings for a minute, route and key.
  struct Addition {
    std::int64_t minute = 0;
    std::string route_id;
    std::string key_id;
    std::string source_path;
    RollupCounts counts;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Lists = std::array<TopList, 2>;  ///< by TopKind

  [[nodiscard]] Addition& addition_of(const CountedRow& row);
  [[nodiscard]] Result<void> apply(const Addition& addition);
  [[nodiscard]] Result<void> merge(Place place, const Addition& addition);
  /// The rollup at a place, from memory or the file; null if the day has no room for it.
  [[nodiscard]] Result<Rollup*> find(const Place& place);
  [[nodiscard]] bool take_room(RollupKind kind);
  [[nodiscard]] Result<void> write_rollups();
  [[nodiscard]] Result<void> write_lists();
  [[nodiscard]] Result<void> write_list(RollupLevel level, std::int64_t hour, TopKind kind,
                                        const TopList& brought);
  void forget_old();

  SqliteStatement select_;
  SqliteStatement replace_;
  SqliteStatement select_list_;
  SqliteStatement replace_list_;
  std::unordered_map<Place, Rollup, PlaceHash> rollups_;
  std::unordered_map<std::string, Addition, TextHash, std::equal_to<>> additions_;
  std::unordered_map<std::int64_t, Lists> lists_;  ///< what this commit brings, by hour
  std::array<std::uint64_t, 4> taken_{};           ///< rollups of the day, by kind
  std::string key_room_;
};

/// The beginning of the period of a level that holds a time; both in us since 1970.
[[nodiscard]] std::int64_t period_start(RollupLevel level, std::int64_t time);
[[nodiscard]] std::int64_t period_length(RollupLevel level);

}  // namespace fastgate::record
