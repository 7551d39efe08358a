/// SQLite as values that clean up after themselves: a connection, a statement, errors as Result.
///
/// Each error that they tell as Io is kDamaged where the file is no database, or a broken one.
///
/// The only file through which record/ calls sqlite3_… but for block and text details. Each object
/// belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "base/error.h"

namespace fastgate::record {

/// Takes steps (functions without arguments that give a Result<void>) until one fails.
template <class... Steps>
[[nodiscard]] Result<void> in_order(Steps&&... steps) {
  Result<void> done;
  (void)((done = steps(), done.has_value()) && ...);
  return done;
}

/// Another try does not help, nor does room on the disk.
inline constexpr ErrorKind kDamaged = ErrorKind::Internal;

enum class SqliteAccess : std::uint8_t { ReadOnly, ReadWrite };

/// A prepared statement; reset by reset(), ended with its object. Must not outlive its connection.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  /// Parameters count from 1. Texts and blobs must live until the next reset().
  SqliteStatement& bind(int place, std::int64_t value);
  SqliteStatement& bind_text(int place, std::string_view value);
  SqliteStatement& bind_blob(int place, std::string_view value);
  SqliteStatement& bind_null(int place);

  /// True on a row, false at the end. Errors: Io.
  [[nodiscard]] Result<bool> step();
  /// Steps a statement that gives no rows, and resets it. Errors: Io.
  [[nodiscard]] Result<void> run();
  void reset();

  /// Columns count from 0. Views live until the next step or reset.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  /// SQLITE_INTEGER, SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL, SQLITE_FLOAT.
  [[nodiscard]] int type(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Resets a statement at the end of a scope, so that no read transaction stays open.
class SqliteReset {
 public:
  explicit SqliteReset(SqliteStatement& statement) : statement_(statement) {}
  ~SqliteReset() { statement_.reset(); }
  SqliteReset(const SqliteReset&) = delete;
  SqliteReset& operator=(const SqliteReset&) = delete;

 private:
  SqliteStatement& statement_;
};

class Sqlite {
 public:
  Sqlite() = default;
  /// Opens `path`; ReadWrite makes the file (mode 0640) where it is missing. A lock of another
  /// process is waited for, up to kBusyMilliseconds. Errors: Io, with path and reason.
  [[nodiscard]] static Result<Sqlite> open(const std::string& path, SqliteAccess access);
  static constexpr int kBusyMilliseconds = 2000;

  [[nodiscard]] bool is_open() const { return connection_ != nullptr; }
  [[nodiscard]] sqlite3* raw() const { return connection_.get(); }
  /// One or more statements whose rows do not matter. Errors: Io.
  [[nodiscard]] Result<void> execute(const char* sql);
  [[nodiscard]] Result<void> execute(const std::string& sql) { return execute(sql.c_str()); }
  /// Ends a transaction without its changes; nothing if there is none.
  void roll_back();
  /// Errors: Io.
  [[nodiscard]] Result<SqliteStatement> prepare(std::string_view sql);
  /// The first column of the first row of `sql`. Errors: Io, also when there is no row.
  [[nodiscard]] Result<std::int64_t> integer_of(std::string_view sql);
  [[nodiscard]] std::unexpected<Error> failure() const;
  /// Whether the error says that the file of this connection is damaged, and not one beside it.
  [[nodiscard]] bool is_damaged_by(const Error& error) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace fastgate::record
