// The formats that have a name, and what holds for every line.
#include "record/access_format.h"

#include <algorithm>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "json/value.h"
#include "unit/record/format_lines.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

std::string local_time(WallTime time) {
  return std::string(LineTimes().local(time));
}

const Fields kBrowserFields = {{"User-Agent", "curl/8.0"},
                               {"Referer", "https://a/b?token=s3cret&x=1"},
                               {"Authorization", "Basic YWxpY2U6cHc="}};

TEST_CASE("combined is nginx's") {
  SampleExchange sample("/v1/chat?token=s3cret&a=1", kBrowserFields);
  const std::string time = local_time(end_time(sample.record));
  CHECK(line_of("combined", sample.record) ==
        "198.51.100.7 - alice [" + time +
            "] \"POST /v1/chat?token=***&a=1 HTTP/1.1\" 200 1234 "
            "\"https://a/b?token=***&x=1\" \"curl/8.0\"\n");
  CHECK(line_of("combined", headless_record()) ==
        ":: - - [" + local_time(end_time(headless_record())) + "] \"-\" 400 0 \"-\" \"-\"\n");
}

TEST_CASE("a client cannot forge a line or a field") {
  std::string hostile;
  for (int i = 0; i < 256; ++i) hostile += static_cast<char>(i);
  SampleExchange sample("/a\n\"x\" 200 \\", {{"User-Agent", hostile}});
  sample.record.error_message = hostile;
  sample.record.source_path = hostile;
  const std::string line = line_of("combined", sample.record);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find('\r') == std::string::npos);
  CHECK(std::count(line.begin(), line.end(), '"') == 6);
  CHECK(line.find("\"POST /a\\x0A\\x22x\\x22 200 \\x5C HTTP/1.1\"") != std::string::npos);
  for (const char* format : {"json", "logfmt", "$error$source_path"}) {
    INFO(format);
    const std::string other = line_of(format, sample.record);
    CHECK(other.find_first_of("\n\r") == other.size() - 1);
  }
}

TEST_CASE("json lines read back with the record's names and kinds") {
  SampleExchange sample("/v1/chat?token=s3cret", {{"User-Agent", "a \"b\" \xff\n \xc3\xa4"}});
  const std::string line = line_of("json", sample.record);
  const Result<json::Value> value = json::Value::parse(line);
  REQUIRE(value.has_value());
  const auto text = [&](std::string_view name) {
    INFO(name);
    const auto member = value->view().find(name);
    REQUIRE(member.has_value());
    return json::to_json(*member);
  };
  CHECK(text("request_time") == "\"2023-11-14T22:13:20.250Z\"");
  CHECK(text("request_id") == "\"req_0123456789abcdef01234567\"");
  CHECK(text("method") == "\"POST\"");
  CHECK(text("path") == "\"/v1/chat\"");
  CHECK(text("query") == "\"token=***\"");
  CHECK(text("target_url") == "\"http://127.0.0.1:9001/chat?user=7\"");
  CHECK(text("status_code") == "200");
  CHECK(text("ttfb_ms") == "11.25");
  CHECK(text("response_time_ms") == "12.345");
  CHECK(text("gateway_us") == "795");
  CHECK(text("request_size") == "40");
  CHECK(text("response_size") == "1234");
  CHECK(text("ip_address") == "\"198.51.100.7\"");
  CHECK(text("is_stream") == "false");
  CHECK(text("error_message") == "null");
  CHECK(text("user_agent") == "\"a \\\"b\\\" \xef\xbf\xbd\\n \xc3\xa4\"");
  const Result<json::Value> headless = json::Value::parse(line_of("json", headless_record()));
  REQUIRE(headless.has_value());
  CHECK(json::to_json(*headless->view().find("method")) == "null");
  CHECK(headless->view().size() == value->view().size());
}

/// Reads `key=value key="quoted value"` as a reader of logfmt does.
std::map<std::string, std::string> read_logfmt(std::string_view line) {
  std::map<std::string, std::string> fields;
  REQUIRE(line.ends_with('\n'));
  line.remove_suffix(1);
  while (!line.empty()) {
    const std::size_t equals = line.find('=');
    REQUIRE(equals != std::string_view::npos);
    const std::string key(line.substr(0, equals));
    REQUIRE(key.find(' ') == std::string::npos);
    line.remove_prefix(equals + 1);
    std::string value;
    if (line.starts_with('"')) {
      const Result<json::Value> quoted = [&] {
        std::size_t end = 1;
        while (line.at(end) != '"') end += line[end] == '\\' ? 2 : 1;
        const std::string_view text = line.substr(0, end + 1);
        line.remove_prefix(end + 1);
        return json::Value::parse(text);
      }();
      REQUIRE(quoted.has_value());
      value = quoted->view().string();
    } else {
      const std::size_t end = std::min(line.find(' '), line.size());
      value = line.substr(0, end);
      line.remove_prefix(end);
    }
    CHECK(fields.emplace(key, value).second);
    if (line.empty()) break;
    REQUIRE(line.starts_with(' '));
    line.remove_prefix(1);
  }
  return fields;
}

TEST_CASE("logfmt lines read back, without what there is not") {
  const std::string agent = "a \"b\" c=d \\ \n\t\x1b end";
  SampleExchange sample("/v1/chat?key=s3cret", {{"User-Agent", agent}});
  const auto fields = read_logfmt(line_of("logfmt", sample.record));
  CHECK(fields.at("user_agent") == agent);
  CHECK(fields.at("query") == "key=***");
  CHECK(fields.at("status_code") == "200");
  CHECK(fields.at("response_time_ms") == "12.345");
  CHECK(fields.at("is_stream") == "false");
  CHECK_FALSE(fields.contains("error_message"));
  CHECK_FALSE(read_logfmt(line_of("logfmt", headless_record())).contains("route_id"));
}

TEST_CASE("lines are appended, and one scratch serves different exchanges") {
  SampleExchange first("/a?token=x", kBrowserFields);
  SampleExchange second("/b", {{"User-Agent", "other"}});
  second.record.client = IpAddress::v4(0x01020304);
  const AccessFormat format = format_of("$remote_addr $request_uri $http_user_agent");
  LineScratch scratch;
  std::string out = "before\n";
  format.append_line(out, first.record, scratch);
  format.append_line(out, second.record, scratch);
  format.append_line(out, first.record, scratch);
  CHECK(out ==
        "before\n198.51.100.7 /a?token=*** curl/8.0\n1.2.3.4 /b other\n"
        "198.51.100.7 /a?token=*** curl/8.0\n");
}

}  // namespace
}  // namespace fastgate::record
