#include "record/sqlite.h"

#include <sys/stat.h>

namespace fastgate::record {
namespace {

/// What errors of a connection begin with; empty without a file.
std::string prefix_of(sqlite3* connection) {
  const char* name = sqlite3_db_filename(connection, "main");
  return name == nullptr || *name == '\0' ? "" : std::string(name) + ": ";
}

std::string reason_of(sqlite3* connection) {
  std::string text = prefix_of(connection).append(sqlite3_errmsg(connection));
  const int system_error = sqlite3_system_errno(connection);
  const int code = sqlite3_errcode(connection) & 0xff;
  if (system_error != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)) {
    text.append(" (errno ").append(std::to_string(system_error)).append(")");
  }
  return text;
}

ErrorKind kind_of(sqlite3* connection) {
  const int code = sqlite3_errcode(connection) & 0xff;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? kDamaged : ErrorKind::Io;
}

std::unexpected<Error> failure_of(sqlite3* connection) {
  return fail(kind_of(connection), reason_of(connection));
}

}  // namespace

SqliteStatement& SqliteStatement::bind(int place, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), place, value);
  return *this;
}

SqliteStatement& SqliteStatement::bind_text(int place, std::string_view value) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* start = value.empty() ? "" : value.data();
  sqlite3_bind_text64(statement_.get(), place, start, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(int place, std::string_view value) {
  const char* start = value.empty() ? "" : value.data();
  sqlite3_bind_blob64(statement_.get(), place, start, value.size(), SQLITE_STATIC);
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int place) {
  sqlite3_bind_null(statement_.get(), place);
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure_of(sqlite3_db_handle(statement_.get()));
}

Result<void> SqliteStatement::run() {
  const Result<bool> stepped = step();
  reset();
  if (!stepped) return std::unexpected(stepped.error());
  return {};
}

void SqliteStatement::reset() {
  if (statement_) sqlite3_reset(statement_.get());
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string_view SqliteStatement::text(int column) const {
  const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (start == nullptr) return {};
  return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view SqliteStatement::blob(int column) const {
  const auto* start = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (start == nullptr) return {};
  return {start, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

int SqliteStatement::type(int column) const {
  return sqlite3_column_type(statement_.get(), column);
}

Result<Sqlite> Sqlite::open(const std::string& path, SqliteAccess access) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == SqliteAccess::ReadOnly ? SQLITE_OPEN_READONLY
                                                      : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Sqlite opened;
  opened.connection_.reset(raw);
  if (code != SQLITE_OK) {
    const std::string reason = raw != nullptr ? reason_of(raw) : "out of memory";
    return fail(ErrorKind::Io, reason.starts_with(path) ? reason : path + ": " + reason);
  }
  // What is recorded is nobody's business but the gateway's user and group.
  if (access == SqliteAccess::ReadWrite) (void)::chmod(path.c_str(), S_IRUSR | S_IWUSR | S_IRGRP);
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  return opened;
}

Result<void> Sqlite::execute(const char* sql) {
  if (sqlite3_exec(raw(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failure();
  return {};
}

void Sqlite::roll_back() {
  sqlite3_exec(raw(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(raw(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure();
  return SqliteStatement(statement);
}

Result<std::int64_t> Sqlite::integer_of(std::string_view sql) {
  Result<SqliteStatement> statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  const Result<bool> row = statement->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorKind::Io, "no row");
  return statement->integer(0);
}

std::unexpected<Error> Sqlite::failure() const {
  return failure_of(raw());
}

bool Sqlite::is_damaged_by(const Error& error) const {
  return error.kind == kDamaged && error.text.starts_with(prefix_of(raw()));
}

}  // namespace fastgate::record
