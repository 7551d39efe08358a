#include <utility>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "json/writer.h"
#include "record/audit_export.h"
#include "record/audit_json.h"

namespace fastgate::admin {
namespace {

/// An export with a reader of its own, so that several may be under way.
class ExportSource final : public PieceSource {
 public:
  ExportSource(std::unique_ptr<Places::Place> place, std::unique_ptr<record::AuditReader> reader,
               std::unique_ptr<record::AuditExport> records)
      : place_(std::move(place)), reader_(std::move(reader)), records_(std::move(records)) {}

  [[nodiscard]] proxy::LocalPiece next() override {
    proxy::LocalPiece piece;
    const Result<bool> more = records_->next(piece.bytes);
    if (!more) {
      piece.state = proxy::LocalPiece::State::Broken;
    } else if (!*more) {
      piece.state = proxy::LocalPiece::State::Last;
    }
    return piece;
  }

 private:
  std::unique_ptr<Places::Place> place_;  ///< given back once the files are closed
  std::unique_ptr<record::AuditReader> reader_;
  std::unique_ptr<record::AuditExport> records_;
};

}  // namespace

Answer list_logs(const CallContext& context, const Call& call) {
  const auto reader = open_store(context);
  if (!reader) return std::unexpected(reader.error());
  const Result<record::AuditFilter> filter = record::parse_audit_filter(call.query_text);
  if (!filter) return refuse(filter.error());
  const Result<record::AuditPage> page = (*reader)->find(*filter);
  if (!page) return refuse(page.error());
  std::string text;
  json::JsonWriter json(text);
  std::string record;
  json.begin_object().key("items").begin_array();
  for (const record::AuditRecord& item : page->items) {
    record.clear();
    record::append_json(record, item);
    json.raw(record);
  }
  json.end_array().key("next_cursor");
  if (page->next_cursor.empty()) {
    json.null();
  } else {
    json.value(page->next_cursor);
  }
  json.end_object();
  return json_reply(std::move(text));
}

Answer show_log(const CallContext& context, const Call& call) {
  const auto reader = open_store(context);
  if (!reader) return std::unexpected(reader.error());
  const Result<std::optional<record::AuditRecord>> found = (*reader)->get(call.captures.front());
  if (!found) return refuse(found.error());
  if (!*found) return refuse(404, "not_found", "there is no such record (any more)");
  std::string text;
  record::append_json(text, **found);
  return json_reply(std::move(text));
}

Answer export_logs(const CallContext& context, const Call& call) {
  const std::string path = context.parts.control.store_path();
  if (path.empty()) return store_is_off();
  const Result<record::ExportFormat> format =
      record::parse_export_format(call.query.find("format").value_or(""));
  if (!format) return refuse(format.error());
  const Result<std::vector<std::string>> fields =
      record::parse_export_fields(call.query.find("fields").value_or(""));
  if (!fields) return refuse(fields.error());
  Result<record::AuditFilter> filter = record::parse_audit_filter(call.query_text);
  if (!filter) return refuse(filter.error());
  if (!call.query.has("order")) filter->order = record::AuditOrder::OldestFirst;
  std::unique_ptr<Places::Place> place = context.parts.exports.take();
  if (!place) {
    return refuse(fail(ErrorKind::Overloaded, "too many exports are under way").error());
  }
  auto reader = std::make_unique<record::AuditReader>(path);
  Result<std::unique_ptr<record::AuditExport>> records =
      record::AuditExport::open(*reader, std::move(*filter), *format, *fields);
  if (!records) return refuse(records.error());
  const std::string_view extension = *format == record::ExportFormat::Csv    ? "csv"
                                     : *format == record::ExportFormat::Json ? "json"
                                                                             : "ndjson";
  ApiReply answer;
  answer.reply.content_type = record::content_type_of(*format);
  answer.reply.headers.emplace_back("Cache-Control", "no-store");
  answer.reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"fastgate-logs." +
                                                               std::string(extension) + "\"");
  answer.pieces = std::make_shared<ExportSource>(std::move(place), std::move(reader),
                                                 std::move(*records));
  return answer;
}

}  // namespace fastgate::admin
