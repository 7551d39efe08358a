/// Which records somebody asks for (contract section 6, `GET /admin/logs`).
///
/// A value: filled from a query string or, by `fastgate logs`, field by field.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/ip_address.h"

namespace fastgate::record {

enum class AuditOrder : std::uint8_t { NewestFirst, OldestFirst };

/// Whether captured headers and bodies are read too.
enum class AuditParts : std::uint8_t { Facts, WithCaptures };

/// Of which kind (AuditKind) the records are.
enum class AuditKinds : std::uint8_t { Traffic, Admin, All };

struct StatusRange {
  std::uint16_t low = 0;
  std::uint16_t high = 0;  ///< inclusive
};

/// Absent or empty members ask for nothing, but for `kinds`. All that are set must hold.
struct AuditFilter {
  static constexpr std::uint32_t kDefaultLimit = 50;
  static constexpr std::uint32_t kMaxLimit = 1000;
  static constexpr std::uint64_t kMaxSkip = 100'000;
  static constexpr std::uint64_t kScanLimit = 2'000'000;

  AuditKinds kinds = AuditKinds::Traffic;
  std::optional<std::string> actor;  ///< admin calls by this token's name
  std::optional<WallTime> start;     ///< request_time from here on
  std::optional<WallTime> end;       ///< request_time before this
  std::optional<StatusRange> status;
  std::optional<std::string> method;
  std::optional<std::string> path;         ///< exact, or what it starts with, see is_path_prefix
  bool is_path_prefix = false;             ///< the pattern ended in `*`, which is cut off
  std::optional<std::string> key_id;       ///< "": records without a key
  std::optional<std::string> source_path;  ///< "": records without one
  std::optional<std::string> route_id;     ///< "": records without a route
  std::optional<bool> is_stream;
  std::optional<bool> has_error;  ///< status 400 and above, or an error_message
  std::optional<IpAddress> ip_address;
  std::optional<std::string> request_id;

  AuditOrder order = AuditOrder::NewestFirst;
  AuditParts parts = AuditParts::Facts;
  std::uint32_t limit = kDefaultLimit;
  std::uint64_t skip = 0;  ///< matching records left out; with a cursor counted from there
  std::string cursor;      ///< AuditPage::next_cursor of the page before; "": the first page
  /// Most records that are looked at for one page, those that are left out among them. A filter
  /// that matches hardly anything ends early with fewer items and a next_cursor that goes on from
  /// there.
  std::uint64_t scan_limit = kScanLimit;
};

/// Sets the field that the contract calls `name` from its text. Names: start_time, end_time,
/// status_code (`500`, `5xx`, `400-499`), method (any case), path (`/v1/*` for a prefix), api_key
/// or key_id, source_path, route_id, is_stream, has_error (true, false, 1, 0), ip_address,
/// request_id, kind (traffic, admin, all), actor, order (asc, desc), limit (1 to kMaxLimit; more is
/// cut to it), skip, cursor. Times are dates or ISO 8601; an end_time that is a date includes that
/// day. Errors: Malformed, for an unknown name or a bad value.
[[nodiscard]] Result<void> set_audit_filter(AuditFilter& filter, std::string_view name,
                                            std::string_view value);

/// Why a query is no filter.
struct FilterProblem {
  std::string parameter;  ///< whose value is bad; empty: the query itself is
  std::string text;
};

/// Reads a query string (percent-encoded, without `?`). Parameters without a value ask for nothing;
/// `token`, `format` and `fields` belong to others and are passed over.
[[nodiscard]] std::expected<AuditFilter, FilterProblem> parse_audit_filter(std::string_view query);

}  // namespace fastgate::record
