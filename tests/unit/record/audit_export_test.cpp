#include "record/audit_export.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "json/equality.h"
#include "json/value.h"
#include "record/audit_json.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

std::string exported(SampleStore& store, ExportFormat format, std::string_view fields,
                     AuditFilter filter = {}, std::uint64_t most = AuditExport::kAll) {
  AuditReader reader = store.reader();
  auto made =
      AuditExport::open(reader, std::move(filter), format, *parse_export_fields(fields), most);
  REQUIRE(made.has_value());
  std::string out;
  while (true) {
    std::string chunk;
    const auto more = (*made)->next(chunk);
    REQUIRE(more.has_value());
    CHECK(chunk.size() < 2 * AuditExport::kPiece);
    out += chunk;
    if (!*more) return out;
  }
}

TEST_CASE("audit export: CSV by RFC 4180, formulas made harmless") {
  SampleStore store;
  SampleRows rows(31);
  std::vector<SampleRow> some;
  for (const char* agent : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "a,b", "say \"hi\"",
                            "two\nlines", "=a,\"b\"", "plain"}) {
    SampleRow row = rows.next();
    row.user_agent = agent;
    row.row.status_code = 200;
    some.push_back(row);
  }
  store.write(some);
  AuditFilter filter;
  filter.order = AuditOrder::OldestFirst;
  CHECK(exported(store, ExportFormat::Csv, "user_agent,status_code", filter) ==
        "user_agent,status_code\r\n'=1+1,200\r\n'+1,200\r\n'-1,200\r\n'@SUM(A1),200\r\n'\tx,200\r\n"
        "\"a,b\",200\r\n\"say \"\"hi\"\"\",200\r\n\"two\nlines\",200\r\n\"'=a,\"\"b\"\"\",200\r\n"
        "plain,200\r\n");
}

TEST_CASE("audit export: CSV is UTF-8 without NUL, whatever a client sent") {
  SampleStore store;
  SampleRows rows(33);
  std::vector<SampleRow> some;
  for (const std::string_view agent :
       {std::string_view("\xff-é代\xed\xa0\x80"), std::string_view("a\0,\xe2\x82", 5)}) {
    SampleRow row = rows.next();
    row.user_agent = agent;
    some.push_back(row);
  }
  store.write(some);
  AuditFilter filter;
  filter.order = AuditOrder::OldestFirst;
  CHECK(exported(store, ExportFormat::Csv, "user_agent", filter) ==
        "user_agent\r\n\uFFFD-é代\uFFFD\uFFFD\uFFFD\r\n\"a\uFFFD,\uFFFD\uFFFD\"\r\n");
}

TEST_CASE("audit export: more than a piece, in the order asked for, filtered") {
  SampleStore store;
  SampleRows rows(32);
  std::vector<SampleRow> all;
  for (int i = 0; i < 9000; ++i) all.push_back(rows.next());
  store.write(all);
  AuditFilter filter;
  filter.method = "POST";
  filter.order = AuditOrder::OldestFirst;
  filter.limit = 5;  // belongs to pages alone
  std::string expected = "request_id\r\n";
  for (const SampleRow& row : all) {
    if (row.method == "POST") expected += row.request_id + "\r\n";
  }
  CHECK(exported(store, ExportFormat::Csv, "request_id", filter) == expected);

  const std::string lines = exported(store, ExportFormat::Ndjson, "request_id");
  CHECK(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')) == all.size());
  CHECK(lines.starts_with("{\"request_id\":\"" + all.back().request_id + "\"}\n"));
}

TEST_CASE("audit export: a part is what skip and a number of records choose") {
  SampleStore store;
  SampleRows rows(34);
  std::vector<SampleRow> all;
  for (int i = 0; i < 3000; ++i) all.push_back(rows.next());
  store.write(all);
  AuditFilter filter;
  filter.order = AuditOrder::OldestFirst;
  filter.skip = 1000;
  const auto ids = [&all](std::size_t from, std::size_t to) {
    std::string text;
    for (; from < to; ++from) text += "{\"request_id\":\"" + all[from].request_id + "\"}\n";
    return text;
  };
  CHECK(exported(store, ExportFormat::Ndjson, "request_id", filter) == ids(1000, 3000));
  CHECK(exported(store, ExportFormat::Ndjson, "request_id", filter, 1500) == ids(1000, 2500));
  CHECK(exported(store, ExportFormat::Ndjson, "request_id", filter, 5000) == ids(1000, 3000));
  filter.skip = 3000;
  CHECK(exported(store, ExportFormat::Json, "request_id", filter, 1) == "[]\n");
}

TEST_CASE("audit export: JSON is one array, empty or not") {
  SampleStore store;
  CHECK(exported(store, ExportFormat::Json, "") == "[]\n");
  SampleRows rows(33);
  SampleRow begun = rows.next().begun();
  SampleRow whole = rows.next();
  whole.row.status_code = 200;
  whole.row.ttfb_us = 1500;
  whole.request_headers = R"({"a":"b"})";
  store.write({begun, whole});
  CHECK(
      exported(store, ExportFormat::Json, "status_code,ttfb_ms,is_stream,request_headers,stage") ==
      "[{\"status_code\":200,\"ttfb_ms\":1.5,\"is_stream\":" +
          std::string(whole.row.is_stream ? "true" : "false") +
          R"(,"request_headers":{"a":"b"},"stage":"complete"},)"
          "\n"
          R"({"status_code":null,"ttfb_ms":null,"is_stream":false,"request_headers":null,)"
          R"("stage":"begun"}])"
          "\n");
}

/// What of a record reads otherwise in an export than in the list of the admin API.
std::vector<std::string_view> fields_told_otherwise(SampleStore& store) {
  const std::string lines = exported(store, ExportFormat::Ndjson, "");
  const auto line = json::Value::parse(lines.substr(0, lines.find('\n')));
  REQUIRE(line.has_value());
  AuditReader reader = store.reader();
  const auto page = reader.find({});
  REQUIRE(page.has_value());
  std::string item;
  append_json(item, page->items.front());
  const auto listed = json::Value::parse(item);
  REQUIRE(listed.has_value());
  std::vector<std::string_view> otherwise;
  for (const std::string_view name : audit_field_names()) {
    const auto there = listed->view().find(name);
    const auto here = line->view().find(name);
    if (there && !(here && json::equal(*here, *there))) otherwise.push_back(name);
  }
  return otherwise;
}

TEST_CASE("audit export: JSON says the same of a record as the list, empty texts too") {
  SampleRows rows(34);
  SampleStore store;
  SampleRow refused = rows.next();
  refused.path = refused.query = refused.target_url = refused.user_agent = {};
  refused.error_message = refused.route_id = refused.key_id = refused.source_path = {};
  store.write({refused});
  CHECK(fields_told_otherwise(store).empty());
  CHECK(exported(store, ExportFormat::Ndjson, "path,query,target_url,route_id") ==
        "{\"path\":\"\",\"query\":\"\",\"target_url\":null,\"route_id\":null}\n");

  SampleStore other;
  other.write({rows.next().begun()});
  CHECK(fields_told_otherwise(other).empty());
}

TEST_CASE("audit export: fields and formats are checked") {
  CHECK(parse_export_format("") == ExportFormat::Csv);
  CHECK(parse_export_format("ndjson") == ExportFormat::Ndjson);
  CHECK_FALSE(parse_export_format("xml").has_value());
  CHECK(parse_export_fields("method, path")->size() == 2);
  CHECK(parse_export_fields("")->size() == 29);
  const auto unknown = parse_export_fields("method,pth");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().text.find("did you mean path?") != std::string::npos);
  CHECK(audit_field_names().size() == 33);
}

}  // namespace
}  // namespace fastgate::record
