#include "record/audit_catalog.h"

#include <utility>

#include "record/audit_schema.h"

namespace fastgate::record {
namespace {

constexpr const char* kTables[] = {"sealed_days", "sealed_rollups", "sealed_tops"};

/// Copies all rows of `select` with the file's day and slot in front.
Result<void> copy_rows(Sqlite& from, Sqlite& to, SegmentName name, const char* select,
                       const char* insert) {
  Result<SqliteStatement> rows = from.prepare(select);
  if (!rows) return std::unexpected(std::move(rows.error()));
  Result<SqliteStatement> put = to.prepare(insert);
  if (!put) return std::unexpected(std::move(put.error()));
  while (true) {
    const Result<bool> row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    put->bind(1, name.day).bind(2, name.slot).bind(3, rows->integer(0));
    put->bind_blob(4, rows->blob(1));
    if (rows->type(2) != SQLITE_NULL) {
      put->bind_text(5, rows->text(2)).bind_text(6, rows->text(3)).bind_text(7, rows->text(4));
    }
    if (auto done = put->run(); !done) return done;
  }
}

std::string place_of(SegmentName name) {
  return " WHERE day=" + std::to_string(name.day) + " AND slot=" + std::to_string(name.slot) + ";";
}

}  // namespace

Result<AuditCatalog> AuditCatalog::open(const std::string& path) {
  AuditCatalog catalog;
  Result<Sqlite> connection = Sqlite::open(path, SqliteAccess::ReadWrite);
  if (!connection) return std::unexpected(std::move(connection.error()));
  catalog.connection_ = std::move(*connection);
  // Damage behind the schema is found before anything counts on the file.
  std::string look;
  for (const char* table : kTables) {
    look.append("SELECT day FROM ").append(table).append(" LIMIT 1;");
  }
  const auto made = in_order(
      [&] {
        return catalog.connection_.execute("PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL");
      },
      [&] { return make_catalog_schema(catalog.connection_); },
      [&] { return catalog.connection_.execute(look); });
  if (!made) return std::unexpected(made.error());
  return catalog;
}

Result<bool> AuditCatalog::is_sealed(SegmentName name) {
  const auto count = connection_.integer_of("SELECT count(*) FROM sealed_days" + place_of(name));
  if (!count) return std::unexpected(count.error());
  return *count != 0;
}

Result<void> AuditCatalog::copy(SegmentName name, AuditSegment& segment) {
  const Result<std::uint64_t> rows = segment.count_rows();
  if (!rows) return std::unexpected(rows.error());
  std::string sql;
  for (const char* table : kTables) {
    sql.append("DELETE FROM ").append(table).append(place_of(name));
  }
  sql += "INSERT INTO sealed_days VALUES(" + std::to_string(name.day) + "," +
         std::to_string(name.slot) + "," + std::to_string(*rows) + ")";
  return in_order([&] { return connection_.execute(sql); },
                  [&] {
                    return copy_rows(
                        segment.connection(), connection_, name,
                        "SELECT kind, counts, route, key, source FROM rollups WHERE level=2"
                        " AND kind<3",
                        "INSERT OR REPLACE INTO sealed_rollups(day, slot, kind, counts, route, key,"
                        " source) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
                  },
                  [&] {
                    return copy_rows(segment.connection(), connection_, name,
                                     "SELECT kind, list, NULL FROM tops WHERE level=2",
                                     "INSERT OR REPLACE INTO sealed_tops(day, slot, kind, list)"
                                     " VALUES(?1, ?2, ?3, ?4)");
                  });
}

Result<void> AuditCatalog::seal(SegmentName name, AuditSegment& segment) {
  return in_order([&] { return connection_.execute("BEGIN IMMEDIATE"); },
                  [&]() -> Result<void> {
                    auto done = in_order([&] { return copy(name, segment); },
                                         [&] { return connection_.execute("COMMIT"); });
                    if (!done) connection_.roll_back();
                    return done;
                  });
}

Result<void> AuditCatalog::unseal(SegmentName name) {
  const Result<bool> sealed = is_sealed(name);
  if (!sealed) return std::unexpected(sealed.error());
  if (!*sealed) return {};
  return connection_.execute("DELETE FROM sealed_days" + place_of(name));
}

Result<void> AuditCatalog::forget_before(AuditDay day) {
  std::string sql;
  for (const char* table : kTables) {
    sql += std::string("DELETE FROM ") + table + " WHERE day<" + std::to_string(day) + ";";
  }
  return connection_.execute(sql);
}

}  // namespace fastgate::record
