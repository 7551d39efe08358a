#include "record/audit_segment.h"

#include <algorithm>
#include <utility>

#include "record/audit_id.h"
#include "record/audit_schema.h"

namespace fastgate::record {
namespace {

constexpr std::string_view kValues =
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
    " ?21, ?22, ?23, ?24, ?25)";

bool has_error(const AuditRow& row) {
  return row.status_code >= 400 || row.error_message.length != 0;
}

/// Statistics are of traffic.
bool is_counted(const AuditRow& row) {
  return row.stage == AuditStage::Complete && row.kind == AuditKind::Traffic;
}

/// Offsets count from the request's time; SQLite stores small numbers in few bytes.
void bind_offset(SqliteStatement& statement, int place, const std::optional<WallTime>& time,
                 WallTime start) {
  if (time) {
    statement.bind(place, micros_of(*time) - micros_of(start));
  } else {
    statement.bind_null(place);
  }
}

SummarisedRow summarised(const AuditBatch& batch, const AuditRow& row,
                         std::array<char, 12>& id_room) {
  return {.time = micros_of(row.request_time),
          .status = row.status_code,
          .is_stream = row.is_stream,
          .has_error = has_error(row),
          .kind = row.kind,
          .actor = batch.view(row.actor),
          .method = batch.view(row.method),
          .key_id = batch.view(row.key_id),
          .source_path = batch.view(row.source_path),
          .route_id = batch.view(row.route_id),
          .path = batch.view(row.path),
          .client = stored_client(row.client),
          .request_id = stored_request_id(batch.view(row.request_id), id_room)};
}

CountedRow counted(const AuditBatch& batch, const AuditRow& row) {
  return {.time = micros_of(row.request_time),
          .status = row.status_code,
          .request_size = row.request_size,
          .response_size = row.response_size,
          .has_times = row.response_time.has_value() && row.status_code != 0,
          .has_first_byte = row.first_response_time.has_value(),
          .response_time_us = row.response_time_us,
          .ttfb_us = row.ttfb_us,
          .route_id = batch.view(row.route_id),
          .key_id = batch.view(row.key_id),
          .source_path = batch.view(row.source_path),
          .path = batch.view(row.path)};
}

std::int64_t flags_of(const AuditRow& row) {
  std::int64_t flags = (row.is_stream ? kFlagStream : 0) | (has_error(row) ? kFlagError : 0);
  if (row.kind == AuditKind::Admin) flags |= kFlagAdmin;
  if (row.via == AuditVia::Token) flags |= kFlagToken;
  if (row.via == AuditVia::Session) flags |= kFlagSession;
  return flags;
}

}  // namespace

Result<std::unique_ptr<AuditSegment>> AuditSegment::open(const std::string& path,
                                                         const SegmentOptions& options) {
  Result<Sqlite> connection = Sqlite::open(path, SqliteAccess::ReadWrite);
  if (!connection) return std::unexpected(std::move(connection.error()));
  auto segment = std::make_unique<AuditSegment>();
  segment->connection_ = std::move(*connection);
  if (const auto prepared = segment->prepare(options); !prepared) {
    return std::unexpected(prepared.error());
  }
  return segment;
}

Result<void> AuditSegment::prepare(const SegmentOptions& options) {
  std::string pragmas =
      "PRAGMA auto_vacuum=INCREMENTAL;PRAGMA journal_mode=WAL;PRAGMA cache_size=-8000;"
      "PRAGMA wal_autocheckpoint=2000;PRAGMA journal_size_limit=67108864;";
  pragmas += options.is_synced ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
  if (options.max_pages != 0) {
    pragmas += "PRAGMA max_page_count=" + std::to_string(options.max_pages) + ";";
  }
  return in_order([&] { return connection_.execute(pragmas); },
                  [&] { return make_segment_schema(connection_); },
                  [&] { return prepare_statements(); }, [&] { return texts_.open(connection_); },
                  [&] { return rollups_.open(connection_); }, [&] { return load_last_block(); });
}

Result<void> AuditSegment::prepare_statements() {
  const auto prepare = [&](SqliteStatement& statement, const std::string& sql) -> Result<void> {
    Result<SqliteStatement> prepared = connection_.prepare(sql);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    statement = std::move(*prepared);
    return {};
  };
  const std::string values(kValues);
  const std::string columns =
      "(stage, time, first, last, ttfb_us, took_us, gateway_us, request_size, response_size,"
      " chunks, retries, status, flags, client, request_id, key, source, route, method, path,"
      " query, target, agent, error)";
  const std::string new_values = "(" + values.substr(values.find("?2"));
  return in_order([&] { return prepare(insert_, "INSERT INTO records VALUES" + values); },
                  [&] {
                    return prepare(update_, "UPDATE records SET " + columns + "=" + new_values +
                                                " WHERE id=?1");
                  },
                  [&] {
                    return prepare(insert_captures_,
                                   "INSERT OR REPLACE INTO captures VALUES(?1, ?2, ?3, ?4, ?5)");
                  },
                  [&] { return prepare(open_row_, "INSERT OR IGNORE INTO open_rows VALUES(?1)"); },
                  [&] { return prepare(close_row_, "DELETE FROM open_rows WHERE id=?1"); },
                  [&] { return prepare(begin_, "BEGIN IMMEDIATE"); },
                  [&] { return prepare(commit_, "COMMIT"); });
}

/// Summarises the rows of the block that is not full: a writer before this one put them there.
Result<void> AuditSegment::load_last_block() {
  const auto last = connection_.integer_of("SELECT coalesce(max(id), 0) FROM records");
  if (!last) return std::unexpected(last.error());
  next_row_ = *last + 1;
  Result<SqliteStatement> select =
      connection_.prepare(std::string(select_records()) + "WHERE id>=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind(1, first_row_of_block(block_of_row(next_row_)));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const AuditRecord record = record_of(*select, texts_);
    summary_.add({.time = micros_of(record.request_time),
                  .status = record.status_code,
                  .is_stream = record.is_stream,
                  .has_error = record.status_code >= 400 || !record.error_message.empty(),
                  .kind = record.kind,
                  .actor = record.actor,
                  .method = record.method,
                  .key_id = record.key_id,
                  .source_path = record.source_path,
                  .route_id = record.route_id,
                  .path = record.path,
                  .client = select->blob(14),
                  .request_id = stored_request_id(record.request_id, id_room_)});
  }
}

Result<void> AuditSegment::begin() {
  return begin_.run();
}

Result<void> AuditSegment::bind_texts(SqliteStatement& statement, const AuditBatch& batch,
                                      const AuditRow& row) {
  struct Column {
    int place;
    AuditText text;
    TextOrigin origin;
  };
  const bool is_admin = row.kind == AuditKind::Admin;
  const std::array columns{
      Column{17, is_admin ? row.actor : row.key_id, TextOrigin::Configuration},
      Column{18, is_admin ? row.actor_role : row.source_path, TextOrigin::Configuration},
      Column{19, row.route_id, TextOrigin::Configuration},
      Column{20, row.method, TextOrigin::Traffic},
      Column{23, row.target_url, TextOrigin::Traffic},
      Column{24, row.user_agent, TextOrigin::Traffic},
      Column{25, row.error_message, TextOrigin::Traffic}};
  for (const Column& column : columns) {
    const std::string_view text = batch.view(column.text);
    const Result<std::optional<std::int64_t>> number = texts_.number_of(text, column.origin);
    if (!number) return std::unexpected(number.error());
    if (*number) {
      statement.bind(column.place, **number);
    } else {
      statement.bind_text(column.place, text);
    }
  }
  return {};
}

Result<void> AuditSegment::put(SqliteStatement& statement, std::int64_t id, const AuditBatch& batch,
                               const AuditRow& row) {
  const auto number = [&](int place, std::uint64_t value) {
    statement.bind(place, static_cast<std::int64_t>(value));
  };
  statement.bind(1, id);
  number(2, static_cast<std::uint64_t>(row.stage));
  statement.bind(3, micros_of(row.request_time));
  bind_offset(statement, 4, row.first_response_time, row.request_time);
  bind_offset(statement, 5, row.response_time, row.request_time);
  number(6, row.ttfb_us);
  number(7, row.response_time_us);
  number(8, row.gateway_us);
  number(9, row.request_size);
  number(10, row.response_size);
  number(11, row.stream_chunks);
  number(12, row.retries);
  number(13, row.status_code);
  statement.bind(14, flags_of(row));
  statement.bind_blob(15, stored_client(row.client));
  const std::string_view request_id = batch.view(row.request_id);
  const std::string_view short_id = stored_request_id(request_id, id_room_);
  if (short_id.data() == id_room_.data()) {
    statement.bind_blob(16, short_id);
  } else {
    statement.bind_text(16, request_id);
  }
  statement.bind_text(21, batch.view(row.path)).bind_text(22, batch.view(row.query));
  if (auto bound = bind_texts(statement, batch, row); !bound) return bound;
  return statement.run();
}

Result<void> AuditSegment::put_captures(std::int64_t id, const AuditBatch& batch,
                                        const AuditRow& row) {
  if (row.request_headers.length + row.request_body.length + row.response_headers.length +
          row.response_body.length ==
      0) {
    return {};
  }
  insert_captures_.bind(1, id).bind_text(2, batch.view(row.request_headers));
  insert_captures_.bind_text(3, batch.view(row.request_body));
  insert_captures_.bind_text(4, batch.view(row.response_headers));
  insert_captures_.bind_text(5, batch.view(row.response_body));
  return insert_captures_.run();
}

Result<std::int64_t> AuditSegment::insert(const AuditBatch& batch, const AuditRow& row) {
  const std::int64_t id = next_row_;
  auto done = in_order([&] { return put(insert_, id, batch, row); },
                       [&] { return put_captures(id, batch, row); });
  if (done && row.stage != AuditStage::Complete) done = open_row_.bind(1, id).run();
  if (!done) return std::unexpected(std::move(done.error()));
  ++next_row_;
  if (is_counted(row)) rollups_.add(counted(batch, row));
  summary_.add(summarised(batch, row, id_room_));
  if (block_of_row(next_row_) != block_of_row(id)) {
    if (done = seal_block(block_of_row(id)); !done) return std::unexpected(std::move(done.error()));
  }
  return id;
}

Result<void> AuditSegment::update(std::int64_t id, const AuditBatch& batch, const AuditRow& row) {
  auto done = in_order([&] { return put(update_, id, batch, row); },
                       [&] { return put_captures(id, batch, row); });
  if (done && row.stage == AuditStage::Complete) done = close_row_.bind(1, id).run();
  if (!done) return done;
  if (is_counted(row)) rollups_.add(counted(batch, row));
  const SummarisedRow summary = summarised(batch, row, id_room_);
  const std::int64_t block = block_of_row(id);
  if (block == block_of_row(next_row_)) {
    summary_.add(summary);
  } else {
    const std::vector<std::uint64_t> hashes = value_hashes(summary);
    std::vector<std::uint64_t>& amended = amended_[block];
    amended.insert(amended.end(), hashes.begin(), hashes.end());
  }
  return {};
}

Result<void> AuditSegment::commit() {
  return in_order([&] { return amend_blocks(); }, [&] { return rollups_.write(); },
                  [&] { return commit_.run(); });
}

}  // namespace fastgate::record
