#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "base/text.h"
#include "json/writer.h"
#include "record/audit_export.h"
#include "record/audit_json.h"

namespace fastgate::admin {
namespace {

/// Most records that one job looks at: what waits behind it on the lane is not to wait for a search
/// of the whole store.
constexpr std::uint64_t kRecordsAtOnce = 200'000;
// What a search may look at is counted down by whole parts.
static_assert(record::AuditFilter::kScanLimit % kRecordsAtOnce == 0);

/// 422 for a value that a parameter does not take; `text` says so of `parameter`.
std::unexpected<ApiError> refuse_value(std::string parameter, std::string_view text) {
  if (text.starts_with(parameter)) {
    text.remove_prefix(parameter.size());
    text.remove_prefix(std::min(text.find_first_not_of(": "), text.size()));
  }
  return refuse_field(std::move(parameter), std::string(text));
}

std::expected<record::AuditFilter, ApiError> filter_of(const Call& call) {
  std::expected<record::AuditFilter, record::FilterProblem> filter =
      record::parse_audit_filter(call.query_text);
  if (filter) return std::move(*filter);
  record::FilterProblem& problem = filter.error();
  if (problem.parameter.empty()) return refuse(400, "malformed", std::move(problem.text));
  return refuse_value(std::move(problem.parameter), problem.text);
}

/// Of a search: all else was looked at before it.
std::unexpected<ApiError> refuse_search(const Error& error) {
  return error.kind == ErrorKind::Malformed ? refuse_value("cursor", error.text) : refuse(error);
}

/// A page of records, looked for in parts.
class Listing final : public FurtherWork, public std::enable_shared_from_this<Listing> {
 public:
  Listing(const CallContext& context, record::AuditFilter filter)
      : context_(context), filter_(std::move(filter)) {}

  [[nodiscard]] Answer next() override;

 private:
  [[nodiscard]] Answer reply() const;

  const CallContext context_;
  record::AuditFilter filter_;                            ///< for what is still to come
  std::uint64_t left_ = record::AuditFilter::kScanLimit;  ///< to look at once `skip` is done with
  std::vector<record::AuditRecord> items_;
};

Answer Listing::next() {
  const auto reader = open_store(context_);
  if (!reader) return std::unexpected(reader.error());
  filter_.scan_limit = kRecordsAtOnce;
  Result<record::AuditPage> page = (*reader)->find(filter_);
  if (!page) return refuse_search(page.error());
  std::ranges::move(page->items, std::back_inserter(items_));
  if (filter_.skip == 0) left_ -= kRecordsAtOnce;
  filter_.skip -= page->skipped;
  filter_.limit -= static_cast<std::uint32_t>(page->items.size());
  filter_.cursor = std::move(page->next_cursor);
  if (filter_.cursor.empty() || filter_.limit == 0 || left_ == 0) return reply();
  ApiReply unfinished;
  unfinished.further = shared_from_this();
  return unfinished;
}

Answer Listing::reply() const {
  std::string text;
  json::JsonWriter json(text);
  std::string record;
  json.begin_object().key("items").begin_array();
  for (const record::AuditRecord& item : items_) {
    record.clear();
    record::append_json(record, item);
    json.raw(record);
  }
  json.end_array().key("next_cursor");
  if (filter_.cursor.empty()) {
    json.null();
  } else {
    json.value(filter_.cursor);
  }
  json.end_object();
  return json_reply(std::move(text));
}

/// An export with a reader of its own, so that several may be under way.
class ExportSource final : public PieceSource {
 public:
  ExportSource(std::unique_ptr<Places::Place> place, std::unique_ptr<record::AuditReader> reader,
               std::unique_ptr<record::AuditExport> records, AppLog& log)
      : place_(std::move(place)),
        reader_(std::move(reader)),
        records_(std::move(records)),
        log_(log) {}

  /// Makes the first piece ahead: what fails at once has a status to tell it with. Errors: Io.
  [[nodiscard]] Result<void> begin() {
    Result<proxy::LocalPiece> piece = make();
    if (!piece) return std::unexpected(std::move(piece.error()));
    first_ = std::move(*piece);
    return {};
  }

  [[nodiscard]] proxy::LocalPiece next() override {
    if (first_) return *std::exchange(first_, std::nullopt);
    Result<proxy::LocalPiece> piece = make();
    if (piece) return std::move(*piece);
    log_.error("an export of records is cut short", {{"reason", piece.error().text}});
    return {.bytes = {}, .state = proxy::LocalPiece::State::Broken};
  }

 private:
  [[nodiscard]] Result<proxy::LocalPiece> make() {
    proxy::LocalPiece piece;
    const Result<bool> more = records_->next(piece.bytes);
    if (!more) return std::unexpected(more.error());
    if (!*more) piece.state = proxy::LocalPiece::State::Last;
    return piece;
  }

  std::unique_ptr<Places::Place> place_;  ///< given back once the files are closed
  std::unique_ptr<record::AuditReader> reader_;
  std::unique_ptr<record::AuditExport> records_;
  AppLog& log_;
  std::optional<proxy::LocalPiece> first_;
};

}  // namespace

Answer list_logs(const CallContext& context, const Call& call) {
  if (const auto reader = open_store(context); !reader) return std::unexpected(reader.error());
  std::expected<record::AuditFilter, ApiError> filter = filter_of(call);
  if (!filter) return std::unexpected(std::move(filter.error()));
  return std::make_shared<Listing>(context, std::move(*filter))->next();
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
  if (!format) return refuse_value("format", format.error().text);
  const Result<std::vector<std::string>> fields =
      record::parse_export_fields(call.query.find("fields").value_or(""));
  if (!fields) return refuse_value("fields", fields.error().text);
  std::expected<record::AuditFilter, ApiError> filter = filter_of(call);
  if (!filter) return std::unexpected(std::move(filter.error()));
  if (!call.query.has("order")) filter->order = record::AuditOrder::OldestFirst;
  const std::uint64_t most =
      parse_decimal(call.query.find("limit").value_or("")).value_or(record::AuditExport::kAll);
  std::unique_ptr<Places::Place> place = context.parts.exports.take();
  if (!place) {
    return refuse(fail(ErrorKind::Overloaded, "too many exports are under way").error());
  }
  auto reader = std::make_unique<record::AuditReader>(path);
  Result<std::unique_ptr<record::AuditExport>> records =
      record::AuditExport::open(*reader, std::move(*filter), *format, *fields, most);
  if (!records) return refuse_search(records.error());
  auto source = std::make_shared<ExportSource>(std::move(place), std::move(reader),
                                               std::move(*records), context.parts.log);
  if (const Result<void> begun = source->begin(); !begun) return refuse(begun.error());
  const std::string_view extension = *format == record::ExportFormat::Csv    ? "csv"
                                     : *format == record::ExportFormat::Json ? "json"
                                                                             : "ndjson";
  ApiReply answer;
  answer.reply.content_type = record::content_type_of(*format);
  answer.reply.headers.emplace_back("Cache-Control", "no-store");
  answer.reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"fastgate-logs." +
                                                               std::string(extension) + "\"");
  answer.pieces = std::move(source);
  return answer;
}

}  // namespace fastgate::admin
