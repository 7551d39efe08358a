#include "record/segment_reader.h"

#include <utility>

#include <sys/stat.h>

namespace fastgate::record {
namespace {

/// Texts that are kept in memory; beyond that the memory is emptied and filled anew.
constexpr std::size_t kMaxTexts = 20'000;

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const AuditFiles& files,
                                                           SegmentName name) {
  const std::string path = files.path_of(name);
  if (!exists(path)) return nullptr;
  auto reader = std::make_unique<SegmentReader>();
  reader->name_ = name;
  Result<Sqlite> connection = Sqlite::open(path, SqliteAccess::ReadOnly);
  if (!connection) {
    if (!exists(path)) return nullptr;
    return std::unexpected(std::move(connection.error()));
  }
  reader->connection_ = std::move(*connection);
  const Result<std::int64_t> version = reader->connection_.integer_of("PRAGMA user_version");
  if (!version && !exists(path)) return nullptr;
  if (!version) return std::unexpected(version.error());
  if (*version != kAuditSchemaVersion) return nullptr;
  Result<SqliteStatement> text = reader->connection_.prepare("SELECT text FROM texts WHERE id=?1");
  if (!text) return std::unexpected(std::move(text.error()));
  reader->select_text_ = std::move(*text);
  Result<SqliteStatement> captures = reader->connection_.prepare(
      "SELECT request_headers, request_body, response_headers, response_body FROM captures"
      " WHERE id=?1");
  if (!captures) return std::unexpected(std::move(captures.error()));
  reader->select_captures_ = std::move(*captures);
  return reader;
}

std::string_view SegmentReader::text_of(std::int64_t number) {
  const auto known = texts_.find(number);
  if (known != texts_.end()) return known->second;
  select_text_.bind(1, number);
  const SqliteReset reset(select_text_);
  const Result<bool> row = select_text_.step();
  if (!row) texts_read_ = std::unexpected(row.error());
  if (!row || !*row) return {};
  if (texts_.size() >= kMaxTexts) texts_.clear();
  return texts_.emplace(number, select_text_.text(0)).first->second;
}

Result<std::optional<std::int64_t>> SegmentReader::number_of(std::string_view text) {
  Result<SqliteStatement> select = connection_.prepare("SELECT id FROM texts WHERE text=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind_text(1, text);
  const Result<bool> row = select->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return select->integer(0);
}

Result<void> SegmentReader::add_captures(std::int64_t row, AuditRecord& record) {
  select_captures_.bind(1, row);
  const SqliteReset reset(select_captures_);
  const Result<bool> found = select_captures_.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  record.request_headers = select_captures_.text(0);
  record.request_body = select_captures_.text(1);
  record.response_headers = select_captures_.text(2);
  record.response_body = select_captures_.text(3);
  return {};
}

Result<std::optional<AuditRecord>> SegmentReader::get(std::int64_t row) {
  std::optional<AuditRecord> record;
  Result<SqliteStatement> select =
      connection_.prepare(std::string(select_records()) + "WHERE id=?1");
  if (!select) return std::unexpected(std::move(select.error()));
  select->bind(1, row);
  const Result<bool> found = select->step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return record;
  record = record_of(*select, *this);
  record->id = AuditId{.day = name_.day, .slot = name_.slot, .row = row}.text();
  const auto whole =
      in_order([&] { return check_texts(); }, [&] { return add_captures(row, *record); });
  if (!whole) return std::unexpected(whole.error());
  return record;
}

Result<std::int64_t> SegmentReader::last_row() {
  return connection_.integer_of("SELECT coalesce(max(id), 0) FROM records");
}

Result<std::uint64_t> SegmentReader::count_rows() {
  const auto count = connection_.integer_of(
      "SELECT coalesce((SELECT max(id) FROM records) - (SELECT min(id) FROM records) + 1, 0)");
  if (!count) return std::unexpected(count.error());
  return static_cast<std::uint64_t>(*count);
}

Result<std::int64_t> SegmentReader::last_full_block() {
  return connection_.integer_of("SELECT coalesce(max(block), -1) FROM blocks");
}

}  // namespace fastgate::record
