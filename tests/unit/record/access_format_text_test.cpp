// Access-log formats that are texts of variables: how they are read, and what stands around values.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "json/value.h"
#include "unit/record/format_lines.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

std::string error_of(std::string_view text) {
  const Result<AccessFormat> format = AccessFormat::parse(text);
  REQUIRE_FALSE(format.has_value());
  CHECK(format.error().kind == ErrorKind::Config);
  return format.error().text;
}

TEST_CASE("a bad format is refused, with the nearest name") {
  CHECK(error_of("$stauts") ==
        "unknown variable of an access log format \"stauts\", did you mean \"status\"?");
  CHECK(error_of("jsno").starts_with(
      "unknown access log format \"jsno\", did you mean \"json\"? It is combined, json, logfmt"));
  CHECK(error_of("") ==
        "unknown access log format \"\"; it is combined, json, logfmt, or a text of $variables");
  CHECK(error_of("escape=jsn $status") == "unknown way to escape \"jsn\", did you mean \"json\"?");
  CHECK(error_of("escape=none $status").find("forge lines") != std::string::npos);
  CHECK(error_of("escape=json").find("text of $variables") != std::string::npos);
  CHECK(error_of("a $ b").find("needs a variable's name") != std::string::npos);
  CHECK(error_of("${}").find("needs a variable's name") != std::string::npos);
  CHECK(error_of("${status").find("no closing") != std::string::npos);
  CHECK(error_of("$status\n$status").find("one line") != std::string::npos);
  CHECK(error_of("$http_").find("unknown variable") != std::string::npos);
  CHECK(error_of("$status" + std::string(9000, 'x')).find("at most") != std::string::npos);
}

TEST_CASE("escape=json makes lines of JSON out of a text") {
  SampleExchange sample("/a", {{"User-Agent", "a \"b\" \\ \xff\n \xc3\xa4"}});
  const std::string line =
      line_of(R"(escape=json  {"agent":"$http_user_agent","none":"$http_x","up":$upstream_status,)"
              R"("n":$http_x,"status":$status,"pid":$pid})",
              sample.record);
  CHECK(std::ranges::count(line, '\n') == 1);
  const Result<json::Value> value = json::Value::parse(line);
  REQUIRE(value.has_value());
  const auto text = [&](std::string_view name) {
    return json::to_json(value->view().find(name).value());
  };
  CHECK(text("agent") == "\"a \\\"b\\\" \\\\ \xef\xbf\xbd\\n \xc3\xa4\"");
  CHECK(text("none") == "\"\"");
  CHECK(text("n") == "null");
  CHECK(text("up") == "200");
  CHECK(text("status") == "200");
  CHECK(line_of("escape=default \"$http_user_agent\"", sample.record).starts_with("\"a \\x22b"));
}

TEST_CASE("a status that was never made is no number of a line of JSON") {
  ExchangeRecord record = headless_record();
  record.status = 0;
  for (const char* format : {"json", R"(escape=json {"status_code":$status})"}) {
    INFO(format);
    const Result<json::Value> value = json::Value::parse(line_of(format, record));
    REQUIRE(value.has_value());
    CHECK(json::to_json(value->view().find("status_code").value()) == "null");
  }
  CHECK(line_of(R"(escape=json {"status":"$status"})", record) == "{\"status\":\"000\"}\n");
}

TEST_CASE("text around variables stays as it is") {
  SampleExchange sample;
  CHECK(line_of("[$status]\t\"$request_method\"{}%$status.", sample.record) ==
        "[200]\t\"POST\"{}%200.\n");
  CHECK(line_of("${status}0$STATUS", sample.record) == "2000200\n");
}

}  // namespace
}  // namespace fastgate::record
