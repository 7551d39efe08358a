#include "record/audit_query.h"

#include <algorithm>

#include "record/audit_id.h"
#include "record/audit_reader_state.h"
#include "record/audit_walk.h"

namespace fastgate::record {
namespace {

/// Late in 2199: the names of files have no room for later ones (parse_day()).
constexpr AuditDay kLastDay = 84'000;

}  // namespace

AuditReader::AuditReader(std::string sqlite_path)
    : state_(std::make_unique<State>(std::move(sqlite_path))) {}
AuditReader::~AuditReader() = default;

const std::string& AuditReader::sqlite_path() const {
  return state_->files.catalog();
}

Result<SegmentReader*> AuditReader::State::segment(SegmentName name) {
  const ino_t inode = inode_of(files.path_of(name));
  const auto known = open.find(name);
  if (known != open.end() && known->second.inode == inode) {
    known->second.last_use = ++uses;
    return known->second.reader.get();
  }
  Result<std::unique_ptr<SegmentReader>> reader = SegmentReader::open(files, name);
  if (!reader) return std::unexpected(std::move(reader.error()));
  if (!*reader) {
    if (known != open.end()) open.erase(known);
    const Result<bool> emptied = is_emptied(name);
    if (!emptied) return std::unexpected(emptied.error());
    if (*emptied) return fail(kDamaged, files.path_of(name) + ": the file is empty");
    return nullptr;
  }
  Open& entry = open[name];
  entry = {.reader = std::move(*reader), .inode = inode, .last_use = ++uses};
  return entry.reader.get();
}

Result<bool> AuditReader::State::is_emptied(SegmentName name) {
  if (inode_of(files.path_of(name)) == 0 || files.bytes_of(name) != 0) return false;
  const Result<Sqlite*> sealed = catalog();
  if (!sealed) return std::unexpected(sealed.error());
  if (*sealed == nullptr) return false;
  const auto count = (*sealed)->integer_of(
      "SELECT count(*) FROM sealed_days WHERE day=" + std::to_string(name.day) +
      " AND slot=" + std::to_string(name.slot));
  if (!count) return std::unexpected(count.error());
  // It may have gone meanwhile, for its age.
  return *count != 0 && inode_of(files.path_of(name)) != 0;
}

void AuditReader::State::trim() {
  while (open.size() > kMaxOpen) {
    open.erase(std::min_element(open.begin(), open.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
}

Result<Sqlite*> AuditReader::State::catalog() {
  const ino_t inode = inode_of(files.catalog());
  if (inode == 0) return nullptr;
  if (!catalog_connection.is_open() || catalog_inode != inode) {
    Result<Sqlite> opened = Sqlite::open(files.catalog(), SqliteAccess::ReadOnly);
    if (!opened) return std::unexpected(std::move(opened.error()));
    catalog_connection = std::move(*opened);
    catalog_inode = inode;
  }
  const auto tables = catalog_connection.integer_of(
      "SELECT count(*) FROM sqlite_master WHERE name IN"
      " ('sealed_days', 'sealed_rollups', 'sealed_tops')");
  if (!tables) return std::unexpected(tables.error());
  return *tables == 3 ? &catalog_connection : nullptr;
}

Result<AuditPage> AuditReader::find(const AuditFilter& filter) {
  state_->trim();
  AuditPage page;
  auto walk = AuditWalk::open(*this, filter);
  if (!walk) return std::unexpected(std::move(walk.error()));
  std::uint64_t budget = std::max<std::uint64_t>(filter.scan_limit, 1);
  while (true) {
    if (page.skipped == filter.skip) page.end_cursor = (*walk)->cursor();
    Result<std::optional<AuditRecord>> record = (*walk)->next(budget);
    if (!record) return std::unexpected(std::move(record.error()));
    if (!*record) break;
    if (page.skipped < filter.skip) {
      ++page.skipped;
      continue;
    }
    if (page.items.size() >= filter.limit) {
      page.next_cursor = page.end_cursor;
      return page;
    }
    page.items.push_back(std::move(**record));
  }
  page.end_cursor = (*walk)->cursor();
  if (budget == 0) page.next_cursor = page.end_cursor;
  return page;
}

Result<std::uint64_t> AuditReader::count(const AuditFilter& filter, std::uint64_t at_most) {
  state_->trim();
  AuditFilter whole = filter;
  whole.cursor.clear();
  auto walk = AuditWalk::open(*this, std::move(whole));
  if (!walk) return std::unexpected(std::move(walk.error()));
  return (*walk)->count(at_most);
}

Result<std::optional<AuditRecord>> AuditReader::get(std::string_view id) {
  state_->trim();
  const std::optional<AuditId> place = AuditId::parse(id);
  if (!place || place->slot >= AuditFiles::kSlots || place->day > kLastDay) return std::nullopt;
  const Result<SegmentReader*> segment = state_->segment({.day = place->day, .slot = place->slot});
  if (!segment) return std::unexpected(segment.error());
  if (*segment == nullptr) return std::nullopt;
  return (*segment)->get(place->row);
}

Result<AuditReader::Size> AuditReader::size() {
  state_->trim();
  Size size{.bytes = state_->files.catalog_bytes(), .records = 0};
  for (const SegmentName& name : state_->files.list()) {
    size.bytes += state_->files.bytes_of(name);
    const Result<SegmentReader*> segment = state_->segment(name);
    if (!segment) return std::unexpected(segment.error());
    if (*segment == nullptr) continue;
    const Result<std::uint64_t> rows = (*segment)->count_rows();
    if (!rows) return std::unexpected(rows.error());
    size.records += *rows;
  }
  return size;
}

}  // namespace fastgate::record
