/// What workers hand to the audit store: rows with their texts side by side, in batches.
///
/// A batch belongs to one side at a time: a worker fills it, submit() moves it to the writer's
/// thread, which empties it and keeps its memory for the next. Contract section 7.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"

namespace fastgate::record {

/// How far a request is. A short one is told of once, as Complete.
enum class AuditStage : std::uint8_t { Begun, FirstByte, Complete };

/// What a row tells of. Statistics are of traffic alone.
enum class AuditKind : std::uint8_t { Traffic, Admin };

/// How the caller of the admin API was known.
enum class AuditVia : std::uint8_t {
  Nothing,  ///< not at all, or by its address (`admin.auth: none`)
  Token,
  Session,
};

/// A text in AuditBatch::text.
struct AuditText {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
};

/// One stage of one request. What is not known yet at that stage is empty or zero.
struct AuditRow {
  AuditStage stage = AuditStage::Complete;
  std::uint64_t exchange_number = 0;  ///< unique in the process: joins the stages of a request
  WallTime request_time{};
  std::optional<WallTime> first_response_time{};
  std::optional<WallTime> response_time{};  ///< its end
  std::uint64_t ttfb_us = 0;
  std::uint64_t response_time_us = 0;
  std::uint64_t gateway_us = 0;
  std::uint64_t request_size = 0;   ///< body bytes
  std::uint64_t response_size = 0;  ///< body bytes
  std::uint64_t stream_chunks = 0;
  std::uint32_t retries = 0;
  std::uint16_t status_code = 0;
  bool is_stream = false;
  bool has_earlier = false;  ///< an earlier stage was told of
  AuditKind kind = AuditKind::Traffic;
  AuditVia via = AuditVia::Nothing;  ///< of AuditKind::Admin
  IpAddress client;

  AuditText request_id;
  AuditText key_id;
  AuditText source_path;
  AuditText route_id;
  AuditText method;
  AuditText path;
  AuditText query;       ///< secrets masked
  AuditText target_url;  ///< secrets masked
  AuditText user_agent;
  AuditText error_message;
  AuditText actor;       ///< of AuditKind::Admin, which has no key: the token's name
  AuditText actor_role;  ///< of AuditKind::Admin
  // Captured parts; empty where nobody asked for them.
  AuditText request_headers;  ///< a JSON object, secrets masked
  AuditText request_body;
  AuditText response_headers;
  AuditText response_body;  ///< of an event stream: the merged message
};

struct AuditBatch {
  std::vector<AuditRow> rows;
  std::string text;
  /// Exchanges that had a row and will have none any more, though none was complete.
  std::vector<std::uint64_t> ended;
  /// Called once on the writer's thread when the rows are durable (or the disk refused them, which
  /// has been told by then); null where nobody waits.
  std::function<void()> on_stored;

  [[nodiscard]] AuditText put(std::string_view value) {
    const AuditText place{static_cast<std::uint32_t>(text.size()),
                          static_cast<std::uint32_t>(value.size())};
    text.append(value);
    return place;
  }
  [[nodiscard]] std::string_view view(AuditText place) const {
    return std::string_view(text).substr(place.offset, place.length);
  }
  [[nodiscard]] bool is_empty() const { return rows.empty() && ended.empty(); }
  /// There is no room for its rows; whoever waits is told all the same.
  void drop_rows() {
    for (const AuditRow& row : rows) {
      const bool is_last = row.has_earlier && row.stage == AuditStage::Complete;
      if (is_last) ended.push_back(row.exchange_number);
    }
    rows.clear();
    text.clear();
  }
  void clear() {
    rows.clear();
    text.clear();
    ended.clear();
    on_stored = nullptr;
  }
};

/// Where batches go. Implemented by the audit store's writer. Any thread; never waits.
class AuditIntake {
 public:
  virtual ~AuditIntake() = default;
  /// Takes the batch and gives an empty one, with memory to reuse where there is one.
  [[nodiscard]] virtual AuditBatch submit(AuditBatch batch) = 0;
  /// Whether as much waits as may (`audit.on_full`): the caller holds new requests back, or drops
  /// rows and counts them with count_dropped(). One relaxed load.
  [[nodiscard]] virtual bool is_full() const = 0;
  virtual void count_dropped(std::uint64_t rows) = 0;
};

}  // namespace fastgate::record
