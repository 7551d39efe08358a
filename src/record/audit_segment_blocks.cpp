// Blocks of a day's file: summarising them, deleting the oldest and old rows; and rows whose writer
// is gone.
#include <algorithm>
#include <string>
#include <utility>

#include "record/audit_id.h"
#include "record/audit_schema.h"
#include "record/audit_segment.h"

namespace fastgate::record {
namespace {

/// Most pages given back at once: keeps each step short.
constexpr const char* kGiveBack = "PRAGMA incremental_vacuum(2000)";

Result<void> store_bits(Sqlite& connection, const char* table, std::int64_t block,
                        const std::string& bits) {
  Result<SqliteStatement> insert =
      connection.prepare(std::string("INSERT OR REPLACE INTO ") + table + " VALUES(?1, ?2)");
  if (!insert) return std::unexpected(std::move(insert.error()));
  return insert->bind(1, block).bind_blob(2, bits).run();
}

/// The row that a record was stored from, over; its texts go into `batch`.
AuditRow row_of(const AuditRecord& record, AuditBatch& batch) {
  AuditRow row;
  row.stage = record.stage;
  row.request_time = record.request_time;
  row.first_response_time = record.first_response_time;
  row.response_time = record.response_time;
  row.ttfb_us = record.ttfb_us;
  row.response_time_us = record.response_time_us;
  row.gateway_us = record.gateway_us;
  row.request_size = record.request_size;
  row.response_size = record.response_size;
  row.stream_chunks = record.stream_chunks;
  row.retries = record.retries;
  row.status_code = record.status_code;
  row.is_stream = record.is_stream;
  row.client = IpAddress::parse(record.ip_address).value_or(IpAddress());
  row.request_id = batch.put(record.request_id);
  row.key_id = batch.put(record.key_id);
  row.source_path = batch.put(record.source_path);
  row.route_id = batch.put(record.route_id);
  row.method = batch.put(record.method);
  row.path = batch.put(record.path);
  row.query = batch.put(record.query);
  row.target_url = batch.put(record.target_url);
  row.user_agent = batch.put(record.user_agent);
  row.kind = record.kind;
  row.via = record.via;
  row.actor = batch.put(record.actor);
  row.actor_role = batch.put(record.actor_role);
  return row;
}

}  // namespace

Result<void> AuditSegment::seal_block(std::int64_t block) {
  Result<SqliteStatement> insert =
      connection_.prepare("INSERT OR REPLACE INTO blocks VALUES(?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(std::move(insert.error()));
  const std::string bits = summary_.value_bits();
  insert->bind(1, block).bind(2, summary_.first_time()).bind(3, summary_.last_time());
  auto done = insert->bind_blob(4, bits).run();
  done = in_order(
      [&] { return done; },
      [&] { return store_bits(connection_, "block_paths", block, summary_.path_bits()); },
      [&] { return store_bits(connection_, "block_clients", block, summary_.client_bits()); },
      [&] {
        return store_bits(connection_, "block_request_ids", block, summary_.request_id_bits());
      });
  summary_.clear();
  return done;
}

/// Adds what late stages brought to blocks that were full before.
Result<void> AuditSegment::amend_blocks() {
  if (amended_.empty()) return {};
  Result<SqliteStatement> select = connection_.prepare("SELECT bits FROM blocks WHERE block=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  Result<SqliteStatement> update = connection_.prepare("UPDATE blocks SET bits=?2 WHERE block=?1");
  if (!update) return std::unexpected(std::move(update.error()));
  for (const auto& [block, hashes] : amended_) {
    select->bind(1, block);
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    BloomFilter filter(*row ? select->blob(0) : std::string_view());
    select->reset();
    if (!*row) continue;
    for (const std::uint64_t hash : hashes) filter.add(hash);
    if (auto done = update->bind(1, block).bind_blob(2, filter.bits()).run(); !done) return done;
  }
  amended_.clear();
  return {};
}

Result<std::vector<std::int64_t>> AuditSegment::open_rows() {
  std::vector<std::int64_t> rows;
  Result<SqliteStatement> select = connection_.prepare("SELECT id FROM open_rows ORDER BY id");
  if (!select) return std::unexpected(std::move(select.error()));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back(select->integer(0));
  }
}

Result<bool> AuditSegment::is_open(std::int64_t id) {
  const auto count =
      connection_.integer_of("SELECT count(*) FROM open_rows WHERE id=" + std::to_string(id));
  if (!count) return std::unexpected(count.error());
  return *count != 0;
}

Result<void> AuditSegment::end_open_row(SqliteStatement& select, std::int64_t id,
                                        std::string_view reason) {
  select.bind(1, id);
  const Result<bool> found = select.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) {  // Its block was deleted.
    select.reset();
    return close_row_.bind(1, id).run();
  }
  AuditBatch batch;
  AuditRow row = row_of(record_of(select, texts_), batch);
  select.reset();
  row.stage = AuditStage::Complete;
  row.error_message = batch.put(reason);
  return update(id, batch, row);
}

Result<void> AuditSegment::end_open_rows(std::string_view reason) {
  const Result<std::vector<std::int64_t>> rows = open_rows();
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return {};
  Result<SqliteStatement> select =
      connection_.prepare(std::string(select_records()) + "WHERE id=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  if (auto begun = begin(); !begun) return begun;
  for (const std::int64_t id : *rows) {
    if (auto ended = end_open_row(*select, id, reason); !ended) return ended;
  }
  return commit();
}

/// With the blocks that are then empty.
Result<void> AuditSegment::delete_rows_below(std::int64_t row) {
  const std::string first_left = std::to_string(row);
  const std::string block = std::to_string(block_of_row(row));
  std::string sql = "BEGIN IMMEDIATE;";
  for (const char* table : {"records", "captures", "open_rows"}) {
    sql.append("DELETE FROM ").append(table).append(" WHERE id<").append(first_left).append(";");
  }
  for (const char* table : {"blocks", "block_paths", "block_clients", "block_request_ids"}) {
    sql.append("DELETE FROM ").append(table).append(" WHERE block<").append(block).append(";");
  }
  return in_order([&] { return connection_.execute(sql + "COMMIT"); },
                  [&] { return connection_.execute(kGiveBack); });
}

Result<bool> AuditSegment::delete_oldest_block() {
  const auto oldest = connection_.integer_of("SELECT coalesce(min(block), -1) FROM blocks");
  if (!oldest) return std::unexpected(oldest.error());
  if (*oldest < 0) return false;
  const auto done = delete_rows_below(first_row_of_block(*oldest + 1));
  if (!done) return std::unexpected(done.error());
  return true;
}

/// Rows stand in the order in which they came, nearly that of their times: one that is old behind a
/// young one waits for it.
Result<bool> AuditSegment::delete_rows_before(std::int64_t time, Newest newest) {
  const std::string some =
      "(SELECT id, time FROM records ORDER BY id LIMIT " + std::to_string(kBlockRows) + ")";
  const auto first = connection_.integer_of("SELECT coalesce(min(id), 0) FROM records");
  if (!first) return std::unexpected(first.error());
  const auto young = connection_.integer_of(
      "SELECT coalesce((SELECT id FROM " + some + " WHERE time>=" + std::to_string(time) +
      " ORDER BY id LIMIT 1), (SELECT max(id)+1 FROM " + some + "), 0)");
  if (!young) return std::unexpected(young.error());
  const std::int64_t last = next_row_ - 1;
  const std::int64_t first_left = newest == Newest::Keep ? std::min(*young, last) : *young;
  if (first_left <= *first) return false;
  const auto done = delete_rows_below(first_left);
  if (!done) return std::unexpected(done.error());
  return true;
}

Result<void> AuditSegment::give_back_space() {
  sqlite3_busy_timeout(connection_.raw(), 0);
  auto done = connection_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_busy_timeout(connection_.raw(), Sqlite::kBusyMilliseconds);
  return done;
}

Result<std::uint64_t> AuditSegment::bytes() {
  const auto pages = connection_.integer_of("PRAGMA page_count");
  const auto size = connection_.integer_of("PRAGMA page_size");
  if (!pages) return std::unexpected(pages.error());
  if (!size) return std::unexpected(size.error());
  return static_cast<std::uint64_t>(*pages * *size);
}

Result<std::uint64_t> AuditSegment::count_rows() {
  const auto count = connection_.integer_of(
      "SELECT coalesce((SELECT max(id) FROM records) - (SELECT min(id) FROM records) + 1, 0)");
  if (!count) return std::unexpected(count.error());
  return static_cast<std::uint64_t>(*count);
}

}  // namespace fastgate::record
