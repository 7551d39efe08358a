/// A filter as SQL over `records` of one day's file.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "record/audit_filter.h"
#include "record/segment_reader.h"
#include "record/sqlite.h"

namespace fastgate::record {

class RowCondition {
 public:
  /// Looks up the numbers of texts in the file. Errors: Io.
  [[nodiscard]] static Result<RowCondition> make(const AuditFilter& filter, SegmentReader& reader);

  /// ` AND …` for every part; "" when everything matches. Parameters count from kFirst.
  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] bool is_empty() const { return sql_.empty(); }
  /// Binds what sql() asks for; the condition must live until the statement's next reset.
  void bind(SqliteStatement& statement) const;

  static constexpr int kFirst = 4;

 private:
  struct Blob {
    std::string bytes;
  };
  using Value = std::variant<std::int64_t, std::string, Blob>;

  /// The place of a new parameter, as in `?7`.
  [[nodiscard]] std::string place_of(Value value);
  [[nodiscard]] Result<void> add_text(const char* column, const std::optional<std::string>& text,
                                      SegmentReader& reader);
  void add_number(const char* column_and_operator, std::int64_t value);
  void add_kind(const AuditFilter& filter);
  void add_path(const AuditFilter& filter);
  void add_request_id(const std::string& id);

  std::string sql_;
  std::vector<Value> values_;
};

}  // namespace fastgate::record
