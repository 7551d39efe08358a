#include "record/audit_schema.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "record/audit_id.h"
#include "record/block_summary.h"
#include "record/varint.h"

namespace fastgate::record {
namespace {

// `key`, `source`, `route`, `method`, `target`, `agent` and `error` hold the number of a row of
// `texts`, or the text itself. `first` and `last` count from `time`.
constexpr const char* kSegmentTables =
    "CREATE TABLE records(id INTEGER PRIMARY KEY, stage INTEGER, time INTEGER, first INTEGER,"
    " last INTEGER, ttfb_us INTEGER, took_us INTEGER, gateway_us INTEGER, request_size INTEGER,"
    " response_size INTEGER, chunks INTEGER, retries INTEGER, status INTEGER, flags INTEGER,"
    " client BLOB, request_id, key, source, route, method, path TEXT, query TEXT, target, agent,"
    " error);"
    "CREATE TABLE captures(id INTEGER PRIMARY KEY, request_headers TEXT, request_body TEXT,"
    " response_headers TEXT, response_body TEXT);"
    "CREATE TABLE open_rows(id INTEGER PRIMARY KEY);"
    "CREATE TABLE texts(id INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE blocks(block INTEGER PRIMARY KEY, first_time INTEGER, last_time INTEGER,"
    " bits BLOB);"
    "CREATE TABLE block_paths(block INTEGER PRIMARY KEY, bits BLOB);"
    "CREATE TABLE block_clients(block INTEGER PRIMARY KEY, bits BLOB);"
    "CREATE TABLE block_request_ids(block INTEGER PRIMARY KEY, bits BLOB);"
    "CREATE TABLE rollups(level INTEGER, kind INTEGER, time INTEGER, route TEXT, key TEXT,"
    " source TEXT, counts BLOB, PRIMARY KEY(level, kind, time, route, key)) WITHOUT ROWID;"
    "CREATE TABLE tops(level INTEGER, kind INTEGER, time INTEGER, list BLOB,"
    " PRIMARY KEY(level, kind, time)) WITHOUT ROWID;";

constexpr const char* kCatalogTables =
    "CREATE TABLE IF NOT EXISTS sealed_days(day INTEGER, slot INTEGER, records INTEGER,"
    " PRIMARY KEY(day, slot)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS sealed_rollups(day INTEGER, slot INTEGER, kind INTEGER, route TEXT,"
    " key TEXT, source TEXT, counts BLOB, PRIMARY KEY(day, slot, kind, route, key)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS sealed_tops(day INTEGER, slot INTEGER, kind INTEGER, list BLOB,"
    " PRIMARY KEY(day, slot, kind)) WITHOUT ROWID;";

constexpr std::string_view kSelectRecords =
    "SELECT id, stage, time, first, last, ttfb_us, took_us, gateway_us, request_size,"
    " response_size, chunks, retries, status, flags, client, request_id, key, source, route,"
    " method, path, query, target, agent, error FROM records ";

std::string text_at(const SqliteStatement& row, int column, TextSource& texts) {
  if (row.type(column) == SQLITE_INTEGER) return std::string(texts.text_of(row.integer(column)));
  return std::string(row.text(column));
}

std::optional<WallTime> time_at(const SqliteStatement& row, int column) {
  if (row.type(column) == SQLITE_NULL) return std::nullopt;
  return time_of_micros(row.integer(kColumnTime) + row.integer(column));
}

AuditVia via_of(std::int64_t flags) {
  if ((flags & kFlagSession) != 0) return AuditVia::Session;
  return (flags & kFlagToken) != 0 ? AuditVia::Token : AuditVia::Nothing;
}

std::string address_text(std::string_view stored) {
  std::array<std::uint8_t, 16> bytes{};
  if (stored.size() == 16) {
    std::copy(stored.begin(), stored.end(), bytes.begin());
  } else if (stored.size() == 4) {
    bytes[10] = bytes[11] = 0xff;
    std::copy(stored.begin(), stored.end(), bytes.begin() + 12);
  } else {
    return {};
  }
  return IpAddress(bytes).text();
}

}  // namespace

Result<void> make_segment_schema(Sqlite& connection) {
  const Result<std::int64_t> version = connection.integer_of("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == kAuditSchemaVersion) return {};
  if (*version != 0) {
    return fail(ErrorKind::Io, "the file is of version " + std::to_string(*version) +
                                   " of the store; this program knows " +
                                   std::to_string(kAuditSchemaVersion));
  }
  return connection.execute(std::string("BEGIN IMMEDIATE;") + kSegmentTables +
                            "PRAGMA user_version=" + std::to_string(kAuditSchemaVersion) +
                            ";COMMIT;");
}

Result<void> make_catalog_schema(Sqlite& connection) {
  return connection.execute(kCatalogTables);
}

std::string_view select_records() {
  return kSelectRecords;
}

AuditRecord record_of(const SqliteStatement& row, TextSource& texts) {
  AuditRecord record;
  record.stage = static_cast<AuditStage>(row.integer(1));
  record.request_time = time_of_micros(row.integer(kColumnTime));
  record.first_response_time = time_at(row, 3);
  record.response_time = time_at(row, 4);
  record.ttfb_us = row.number(5);
  record.response_time_us = row.number(6);
  record.gateway_us = row.number(7);
  record.request_size = row.number(8);
  record.response_size = row.number(9);
  record.stream_chunks = row.number(10);
  record.retries = static_cast<std::uint32_t>(row.integer(11));
  record.status_code = static_cast<std::uint16_t>(row.integer(12));
  const std::int64_t flags = row.integer(13);
  record.is_stream = (flags & kFlagStream) != 0;
  record.ip_address = address_text(row.blob(14));
  record.request_id =
      row.type(15) == SQLITE_BLOB ? request_id_text(row.blob(15)) : std::string(row.text(15));
  if ((flags & kFlagAdmin) != 0) {
    record.kind = AuditKind::Admin;
    record.via = via_of(flags);
    record.actor = text_at(row, 16, texts);
    record.actor_role = text_at(row, 17, texts);
  } else {
    record.key_id = text_at(row, 16, texts);
    record.source_path = text_at(row, 17, texts);
  }
  record.route_id = text_at(row, 18, texts);
  record.method = text_at(row, 19, texts);
  record.path = row.text(20);
  record.query = row.text(21);
  record.target_url = text_at(row, 22, texts);
  record.user_agent = text_at(row, 23, texts);
  record.error_message = text_at(row, 24, texts);
  return record;
}

void append_counts(std::string& out, const RollupCounts& counts) {
  append_varint(out, counts.requests);
  append_varint(out, counts.errors);
  for (const std::uint64_t count : counts.by_class) append_varint(out, count);
  append_varint(out, counts.request_bytes);
  append_varint(out, counts.response_bytes);
  std::string times;
  counts.response_time.append_to(times);
  append_varint(out, times.size());
  out += times;
  counts.ttfb.append_to(out);
}

RollupCounts parse_counts(std::string_view bytes) {
  RollupCounts counts;
  const auto take = [&](std::uint64_t& number) {
    const auto taken = take_varint(bytes);
    number = taken.value_or(0);
    return taken.has_value();
  };
  bool is_whole = take(counts.requests) && take(counts.errors);
  for (std::uint64_t& count : counts.by_class) is_whole = is_whole && take(count);
  std::uint64_t length = 0;
  is_whole = is_whole && take(counts.request_bytes) && take(counts.response_bytes) && take(length);
  if (!is_whole || length > bytes.size()) return {};
  counts.response_time = TimeHistogram::parse(bytes.substr(0, length));
  counts.ttfb = TimeHistogram::parse(bytes.substr(length));
  return counts;
}

}  // namespace fastgate::record
