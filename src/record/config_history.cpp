#include "record/config_history.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <utility>

#include <sys/types.h>

#include "record/audit_files.h"
#include "record/audit_id.h"
#include "record/sqlite.h"

namespace fastgate::record {
namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "CREATE TABLE IF NOT EXISTS config_changes("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, actor TEXT NOT NULL,"
    " source TEXT NOT NULL, ip_address TEXT NOT NULL, summary TEXT NOT NULL, diff TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS config_change_files("
    " change INTEGER NOT NULL, place INTEGER NOT NULL, path TEXT NOT NULL, text TEXT,"
    " PRIMARY KEY(change, place)) WITHOUT ROWID;";

constexpr std::string_view kColumns =
    "SELECT id, time, actor, source, ip_address, summary, diff FROM config_changes ";

ConfigChange change_of(const SqliteStatement& row) {
  ConfigChange change;
  change.id = row.number(0);
  change.time = time_of_micros(row.integer(1));
  change.actor = row.text(2);
  change.source = row.text(3);
  change.ip_address = row.text(4);
  change.summary = row.text(5);
  change.diff = row.text(6);
  return change;
}

}  // namespace

struct ConfigHistory::State {
  /// A change and what its texts take.
  struct Kept {
    std::int64_t id = 0;
    std::uint64_t bytes = 0;
  };
  Sqlite connection;
  std::string path;
  ino_t inode = 0;
  std::uint64_t max_text = kMaxText;
  std::deque<Kept> kept;  ///< oldest first
  std::uint64_t text = 0;

  enum class Texts : std::uint8_t { Without, With };

  [[nodiscard]] Result<std::uint64_t> append(const ConfigChange& change);
  [[nodiscard]] Result<void> append_files(const ConfigChange& change, std::int64_t id);
  [[nodiscard]] Result<void> read_sizes();
  [[nodiscard]] Result<void> trim();
  void keep(Kept change) {
    kept.push_back(change);
    text += change.bytes;
  }
  [[nodiscard]] Result<void> read_files(ConfigChange& change, Texts texts);
};

Result<std::unique_ptr<ConfigHistory>> ConfigHistory::open(const std::string& sqlite_path,
                                                           std::uint64_t max_text) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(sqlite_path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  Result<Sqlite> connection = Sqlite::open(sqlite_path, SqliteAccess::ReadWrite);
  if (!connection) return std::unexpected(std::move(connection.error()));
  const ino_t inode = inode_of(sqlite_path);
  if (const auto made = connection->execute(kSchema); !made) return std::unexpected(made.error());
  auto state = std::make_unique<State>();
  state->path = sqlite_path;
  state->inode = inode;
  state->connection = std::move(*connection);
  state->max_text = max_text;
  if (const auto read = state->read_sizes(); !read) return std::unexpected(read.error());
  return std::make_unique<ConfigHistory>(std::move(state));
}

ConfigHistory::ConfigHistory(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigHistory::~ConfigHistory() = default;

bool ConfigHistory::is_in_place() const {
  return !is_gone(state_->path, state_->inode);
}

Result<void> ConfigHistory::State::append_files(const ConfigChange& change, std::int64_t id) {
  Result<SqliteStatement> insert =
      connection.prepare("INSERT INTO config_change_files VALUES(?1, ?2, ?3, ?4)");
  if (!insert) return std::unexpected(std::move(insert.error()));
  std::int64_t place = 0;
  for (const ConfigFileBefore& file : change.files) {
    insert->bind(1, id).bind(2, place++).bind_text(3, file.path);
    if (file.text) {
      insert->bind_text(4, *file.text);
    } else {
      insert->bind_null(4);
    }
    if (auto done = insert->run(); !done) return done;
  }
  return {};
}

Result<void> ConfigHistory::State::read_sizes() {
  kept.clear();
  text = 0;
  Result<SqliteStatement> select = connection.prepare(
      "SELECT id, length(CAST(diff AS BLOB)) + coalesce((SELECT sum(length(CAST(text AS BLOB)))"
      " FROM config_change_files WHERE change=id), 0) FROM config_changes ORDER BY id");
  if (!select) return std::unexpected(std::move(select.error()));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    keep({.id = select->integer(0), .bytes = select->number(1)});
  }
}

/// Forgets the oldest changes that are too many, or hold too much.
Result<void> ConfigHistory::State::trim() {
  std::int64_t oldest = 0;
  while (kept.size() > kMaxChanges || (text > max_text && kept.size() > 1)) {
    oldest = kept.front().id;
    text -= kept.front().bytes;
    kept.pop_front();
  }
  if (oldest == 0) return {};
  const std::string last = std::to_string(oldest);
  return connection.execute("DELETE FROM config_change_files WHERE change<=" + last +
                            ";DELETE FROM config_changes WHERE id<=" + last);
}

Result<std::uint64_t> ConfigHistory::State::append(const ConfigChange& change) {
  Result<SqliteStatement> insert = connection.prepare(
      "INSERT INTO config_changes(time, actor, source, ip_address, summary, diff)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!insert) return std::unexpected(std::move(insert.error()));
  insert->bind(1, micros_of(change.time)).bind_text(2, change.actor).bind_text(3, change.source);
  insert->bind_text(4, change.ip_address).bind_text(5, change.summary).bind_text(6, change.diff);
  if (auto done = insert->run(); !done) return std::unexpected(std::move(done.error()));
  const std::int64_t id = sqlite3_last_insert_rowid(connection.raw());
  if (auto done = append_files(change, id); !done) return std::unexpected(std::move(done.error()));
  std::uint64_t bytes = change.diff.size();
  for (const ConfigFileBefore& file : change.files) bytes += file.text ? file.text->size() : 0;
  keep({.id = id, .bytes = bytes});
  if (const auto trimmed = trim(); !trimmed) return std::unexpected(trimmed.error());
  return static_cast<std::uint64_t>(id);
}

Result<std::uint64_t> ConfigHistory::append(const ConfigChange& change) {
  if (const auto begun = state_->connection.execute("BEGIN IMMEDIATE"); !begun) {
    return std::unexpected(begun.error());
  }
  Result<std::uint64_t> id = state_->append(change);
  if (id) {
    if (const auto done = state_->connection.execute("COMMIT"); done) return id;
    id = state_->connection.failure();
  }
  state_->connection.roll_back();
  // What was noted of this change, and forgotten of others, did not come to be.
  if (const auto again = state_->read_sizes(); !again) return std::unexpected(again.error());
  return id;
}

Result<void> ConfigHistory::State::read_files(ConfigChange& change, Texts texts) {
  Result<SqliteStatement> select = connection.prepare(
      texts == Texts::With
          ? "SELECT path, text FROM config_change_files WHERE change=?1 ORDER BY place"
          : "SELECT path, NULL FROM config_change_files WHERE change=?1 ORDER BY place");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind(1, static_cast<std::int64_t>(change.id));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    ConfigFileBefore file{.path = std::string(select->text(0)), .text = std::nullopt};
    if (select->type(1) != SQLITE_NULL) file.text = std::string(select->text(1));
    change.files.push_back(std::move(file));
  }
}

Result<ConfigHistory::Page> ConfigHistory::list(std::uint64_t skip, std::uint64_t limit) {
  Page page;
  const Result<std::int64_t> total =
      state_->connection.integer_of("SELECT count(*) FROM config_changes");
  if (!total) return std::unexpected(total.error());
  page.total = static_cast<std::uint64_t>(*total);
  Result<SqliteStatement> select =
      state_->connection.prepare(std::string(kColumns) + "ORDER BY id DESC LIMIT ?1 OFFSET ?2");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind(1, static_cast<std::int64_t>(std::min<std::uint64_t>(limit, kMaxChanges)));
  select->bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(skip, kMaxChanges)));
  while (true) {
    const Result<bool> row = select->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    page.items.push_back(change_of(*select));
  }
  for (ConfigChange& change : page.items) {
    const auto read = state_->read_files(change, State::Texts::Without);
    if (!read) return std::unexpected(read.error());
  }
  return page;
}

Result<std::optional<ConfigChange>> ConfigHistory::get(std::uint64_t id) {
  std::optional<ConfigChange> change;
  Result<SqliteStatement> select =
      state_->connection.prepare(std::string(kColumns) + "WHERE id=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind(1, static_cast<std::int64_t>(id));
  const Result<bool> row = select->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return change;
  change = change_of(*select);
  if (const auto read = state_->read_files(*change, State::Texts::With); !read) {
    return std::unexpected(read.error());
  }
  return change;
}

}  // namespace fastgate::record
