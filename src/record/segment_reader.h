/// The reading side of one day's file: a connection of its own, texts, single rows.
///
/// Owned by AuditReader's cache; one thread at a time. Statements are reset before a call returns,
/// so that a slow reader never keeps the writer's log from being written back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "record/audit_files.h"
#include "record/audit_schema.h"
#include "record/sqlite.h"

namespace fastgate::record {

class SegmentReader final : public TextSource {
 public:
  /// Null if there is no such file (any more), or it has no tables yet. Errors: Io.
  [[nodiscard]] static Result<std::unique_ptr<SegmentReader>> open(const AuditFiles& files,
                                                                   SegmentName name);
  [[nodiscard]] Sqlite& connection() { return connection_; }
  [[nodiscard]] SegmentName name() const { return name_; }

  /// "" where the file is damaged there; check_texts() tells of it.
  [[nodiscard]] std::string_view text_of(std::int64_t number) override;
  /// The error of a text that could not be read since the last call. Errors: Io.
  [[nodiscard]] Result<void> check_texts() { return std::exchange(texts_read_, {}); }
  /// Under which number the day's file keeps a text; nothing if it has none.
  [[nodiscard]] Result<std::optional<std::int64_t>> number_of(std::string_view text);

  /// The record of a row with its captured parts; nothing if it is not there.
  [[nodiscard]] Result<std::optional<AuditRecord>> get(std::int64_t row);
  [[nodiscard]] Result<void> add_captures(std::int64_t row, AuditRecord& record);
  [[nodiscard]] Result<std::int64_t> last_row();
  [[nodiscard]] Result<std::uint64_t> count_rows();
  /// The last block that is summarised; -1 if none is.
  [[nodiscard]] Result<std::int64_t> last_full_block();

 private:
  Sqlite connection_;
  SegmentName name_;
  std::unordered_map<std::int64_t, std::string> texts_;
  Result<void> texts_read_;
  SqliteStatement select_text_;
  SqliteStatement select_captures_;
};

}  // namespace fastgate::record
