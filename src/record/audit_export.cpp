#include "record/audit_export.h"

#include <utility>

#include "base/app_log.h"
#include "json/writer.h"
#include "record/audit_walk.h"
#include "record/export_fields.h"

namespace fastgate::record {
namespace {

/// Records that are looked at before a piece is given up as empty for now.
constexpr std::uint64_t kRowsAtOnce = 200'000;

class Export final : public AuditExport {
 public:
  Export(const std::string& sqlite_path, ExportFormat format, std::vector<ExportField> fields,
         std::uint64_t most)
      : reader_(sqlite_path), format_(format), fields_(std::move(fields)), left_(most) {}

  [[nodiscard]] Result<void> start(AuditFilter filter) {
    to_skip_ = filter.skip;
    auto walk = AuditWalk::open(reader_, std::move(filter));
    if (!walk) return std::unexpected(std::move(walk.error()));
    walk_ = std::move(*walk);
    return {};
  }

  Result<bool> next(std::string& chunk) override {
    if (is_over_) return false;
    const std::size_t wanted = chunk.size() + kPiece;
    if (!has_begun_) append_beginning(chunk);
    has_begun_ = true;
    std::uint64_t budget = kRowsAtOnce;
    while (chunk.size() < wanted) {
      if (left_ == 0) return end(chunk);
      const Result<std::optional<AuditRecord>> record = walk_->next(budget);
      if (!record) return std::unexpected(record.error());
      if (!*record && budget == 0) return true;
      if (!*record) return end(chunk);
      if (to_skip_ > 0) {
        --to_skip_;
        continue;
      }
      --left_;
      append(chunk, **record);
    }
    return true;
  }

 private:
  /// False, for next() to return.
  bool end(std::string& chunk) {
    if (format_ == ExportFormat::Json) chunk += "]\n";
    is_over_ = true;
    return false;
  }
  void append_beginning(std::string& chunk) {
    if (format_ == ExportFormat::Json) chunk += '[';
    if (format_ == ExportFormat::Csv) append_csv_header(chunk, fields_);
  }
  void append(std::string& chunk, const AuditRecord& record) {
    if (format_ == ExportFormat::Csv) {
      append_csv_line(chunk, record, fields_);
      return;
    }
    if (format_ == ExportFormat::Json && has_records_) chunk += ",\n";
    has_records_ = true;
    append_json_fields(chunk, record, fields_);
    if (format_ == ExportFormat::Ndjson) chunk += '\n';
  }

  AuditReader reader_;
  const ExportFormat format_;
  const std::vector<ExportField> fields_;
  std::unique_ptr<AuditWalk> walk_;
  std::uint64_t to_skip_ = 0;
  std::uint64_t left_;  ///< records to give at most
  bool has_begun_ = false;
  bool has_records_ = false;
  bool is_over_ = false;
};

}  // namespace

Result<ExportFormat> parse_export_format(std::string_view text) {
  if (text.empty() || text == "csv") return ExportFormat::Csv;
  if (text == "json") return ExportFormat::Json;
  if (text == "ndjson") return ExportFormat::Ndjson;
  return fail(ErrorKind::Malformed, "format must be csv, json or ndjson");
}

std::string_view content_type_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::Csv:
      return "text/csv; charset=utf-8";
    case ExportFormat::Json:
      return "application/json";
    case ExportFormat::Ndjson:
      break;
  }
  return "application/x-ndjson";
}

Result<std::unique_ptr<AuditExport>> AuditExport::open(AuditReader& reader, AuditFilter filter,
                                                       ExportFormat format,
                                                       const std::vector<std::string>& fields,
                                                       std::uint64_t most) {
  Result<std::vector<ExportField>> chosen = find_export_fields(fields);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  filter.parts = parts_of(*chosen);
  auto made = std::make_unique<Export>(reader.sqlite_path(), format, std::move(*chosen), most);
  if (const auto started = made->start(std::move(filter)); !started) {
    return std::unexpected(started.error());
  }
  return made;
}

}  // namespace fastgate::record
