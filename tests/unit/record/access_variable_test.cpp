// The values of the access log's variables, one by one.
#include "record/access_variable.h"

#include <map>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <unistd.h>

#include "unit/record/format_lines.h"
#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

const Fields kRequestFields = {{"Host", "api.example:8443"},
                               {"User-Agent", "curl/8.0"},
                               {"Referer", "https://a/b?token=s3cret&x=1"},
                               {"Authorization", "Basic YWxpY2U6cHc="},
                               {"Cookie", "group=b; PHPSESSID=s3cret;empty=; sid=s3cret"},
                               {"X-API-Key", "s3cret"},
                               {"Content-Type", "application/json"},
                               {"Content-Length", "40"},
                               {"X-Forwarded-For", "1.1.1.1"},
                               {"x-forwarded-for", "2.2.2.2"},
                               {"X-Other_Name", "odd"}};
const Fields kResponseFields = {{"Content-Type", "text/plain"},
                                {"X-Trace", "t1"},
                                {"Set-Cookie", "sid=s3cret"},
                                {"Location", "/next?api_key=s3cret"}};

struct SampleTls final : net::Stream {
  void start(net::StreamOwner*) override {}
  void set_owner(net::StreamOwner*) override {}
  void pause_reading() override {}
  void resume_reading() override {}
  void write(std::span<const std::string_view>) override {}
  [[nodiscard]] std::size_t pending() const override { return 0; }
  void set_high_mark(std::size_t) override {}
  void end_writing() override {}
  void reset_on_close() override {}
  [[nodiscard]] bool is_failed() const override { return false; }
  [[nodiscard]] bool nothing_acknowledged_of_last(std::size_t) const override { return true; }
  [[nodiscard]] net::TlsFacts tls_facts() const override { return facts; }
  [[nodiscard]] std::string certificate_text(net::CertificateField field) const override {
    switch (field) {
      case net::CertificateField::Subject:
        return "CN=alice\\,x";
      case net::CertificateField::Issuer:
        return "CN=clients";
      case net::CertificateField::Serial:
        return "0AFF";
      case net::CertificateField::Fingerprint:
        break;
    }
    return "09af";
  }
  net::TlsFacts facts{.protocol = "TLSv1.3",
                      .cipher = "TLS_AES_256_GCM_SHA384",
                      .server_name = "api.example",
                      .is_resumed = true,
                      .has_certificate = true};
};

TEST_CASE("every variable has its value") {
  SampleExchange sample("/v1/chat?user=7&api_key=s3cret", kRequestFields);
  sample.record.retries = 2;
  sample.record.is_stream = true;
  sample.record.stream_chunks = 9;
  sample.record.upstream_target = "/chat?key=s3cret&user=7";
  sample.record.error_message = "it broke";
  const SampleTls stream;
  sample.record.client_stream = &stream;
  sample.answer(kResponseFields);
  const std::map<std::string, std::string> expected = {
      {"remote_addr", "198.51.100.7"},
      {"remote_port", "40123"},
      {"remote_user", "alice"},
      {"realip_remote_addr", "127.0.0.1"},
      {"realip_remote_port", "40123"},
      {"proxy_add_x_forwarded_for", "1.1.1.1, 2.2.2.2, 198.51.100.7"},
      {"ssl_protocol", "TLSv1.3"},
      {"ssl_cipher", "TLS_AES_256_GCM_SHA384"},
      {"ssl_server_name", "api.example"},
      {"ssl_session_reused", "r"},
      {"ssl_client_verify", "SUCCESS"},
      {"ssl_client_s_dn", "CN=alice\\x5C,x"},
      {"ssl_client_i_dn", "CN=clients"},
      {"ssl_client_serial", "0AFF"},
      {"ssl_client_fingerprint", "09af"},
      {"cookie_group", "b"},
      {"cookie_Group", "b"},
      {"cookie_grou", "-"},
      {"cookie_empty", "-"},
      {"cookie_phpsessid", "***"},
      {"cookie_sid", "***"},
      {"server_port", "8443"},
      {"connection", "17"},
      {"connection_requests", "3"},
      {"msec", "1700000000.262"},
      {"time_begun", "2023-11-14T22:13:20.250Z"},
      {"time_local", std::string(LineTimes().local(end_time(sample.record)))},
      {"time_iso8601", std::string(LineTimes().local_iso(end_time(sample.record)))},
      {"request", "POST /v1/chat?user=7&api_key=*** HTTP/1.1"},
      {"request_method", "POST"},
      {"request_uri", "/v1/chat?user=7&api_key=***"},
      {"uri", "/v1/chat"},
      {"document_uri", "/v1/chat"},
      {"arg_user", "7"},
      {"arg_USER", "7"},
      {"arg_use", "-"},
      {"arg_api_key", "***"},
      {"arg_token", "-"},
      {"https", "on"},
      {"args", "user=7&api_key=***"},
      {"query_string", "user=7&api_key=***"},
      {"is_args", "?"},
      {"request_length", "340"},
      {"request_size", "40"},
      {"request_id", "req_0123456789abcdef01234567"},
      {"host", "api.example"},
      {"http_host", "api.example:8443"},
      {"scheme", "https"},
      {"server_protocol", "HTTP/1.1"},
      {"content_type", "application/json"},
      {"content_length", "40"},
      {"status", "200"},
      {"body_bytes_sent", "1234"},
      {"bytes_sent", "1500"},
      {"request_time", "0.012"},
      {"upstream_addr", "127.0.0.1:9001"},
      {"upstream_status", "200"},
      {"upstream_response_time", "0.011"},
      {"upstream_connect_time", "0.000"},
      {"upstream_header_time", "0.010"},
      {"pipe", "."},
      {"pid", std::to_string(::getpid())},
      {"route_id", "chat"},
      {"key_id", "fg_00112233aabb"},
      {"source_path", "team/a"},
      {"target_url", "http://127.0.0.1:9001/chat?key=***&user=7"},
      {"ttfb_ms", "11.250"},
      {"response_time_ms", "12.345"},
      {"gateway_us", "795"},
      {"retries", "2"},
      {"is_stream", "true"},
      {"stream_chunks", "9"},
      {"error", "it broke"},
      {"http_user_agent", "curl/8.0"},
      {"http_referer", "https://a/b?token=***&x=1"},
      {"http_authorization", "***"},
      {"http_cookie", "***"},
      {"http_x_api_key", "***"},
      {"http_x_forwarded_for", "1.1.1.1, 2.2.2.2"},
      {"http_x_other_name", "odd"},
      {"http_x_absent", "-"},
      {"sent_http_content_type", "text/plain"},
      {"sent_http_location", "/next?api_key=***"},
      {"sent_http_set_cookie", "***"},
      {"upstream_http_x_trace", "t1"},
      {"upstream_http_x_absent", "-"},
  };
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(line_of("<$" + name + ">", sample.record) == "<" + value + ">\n");
    CHECK(line_of("a${" + name + "}b", sample.record) == "a" + value + "b\n");
  }
  for (const std::string_view name : AccessVariable::names()) {
    INFO(name);
    CHECK((expected.contains(std::string(name)) || name == "hostname" ||
           name == "upstream_http_content_type"));
    const std::string line = line_of("$" + std::string(name), sample.record);
    CHECK(line.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("what there is not is written as nginx does") {
  const ExchangeRecord record = headless_record();
  for (const char* name : {"request",
                           "request_method",
                           "request_uri",
                           "uri",
                           "args",
                           "query_string",
                           "arg_x",
                           "document_uri",
                           "remote_user",
                           "host",
                           "http_host",
                           "server_protocol",
                           "content_type",
                           "content_length",
                           "upstream_addr",
                           "upstream_status",
                           "upstream_response_time",
                           "upstream_connect_time",
                           "upstream_header_time",
                           "route_id",
                           "key_id",
                           "source_path",
                           "target_url",
                           "ttfb_ms",
                           "error",
                           "http_user_agent",
                           "sent_http_x",
                           "upstream_http_x",
                           "request_id",
                           "cookie_group",
                           "ssl_protocol",
                           "ssl_cipher",
                           "ssl_server_name",
                           "ssl_session_reused",
                           "ssl_client_verify",
                           "ssl_client_s_dn",
                           "ssl_client_i_dn",
                           "ssl_client_serial",
                           "ssl_client_fingerprint"}) {
    INFO(name);
    CHECK(line_of("$" + std::string(name), record) == "-\n");
  }
  CHECK(line_of("$is_args$https$status", record) == "400\n");
  CHECK(line_of("$is_stream $retries $bytes_sent", record) == "false 0 0\n");
  ExchangeRecord unanswered = record;
  unanswered.status = 0;
  CHECK(line_of("$status", unanswered) == "000\n");
}

TEST_CASE("what the gateway answered itself was sent, but by no upstream") {
  SampleExchange sample;
  sample.answer({{"Location", "/next?api_key=s3cret"}, {"Set-Cookie", "s3cret"}});
  sample.record.own_response = std::exchange(sample.record.response, nullptr);
  CHECK(line_of("$sent_http_location $sent_http_set_cookie $sent_http_x", sample.record) ==
        "/next?api_key=*** *** -\n");
  CHECK(line_of("$upstream_http_location", sample.record) == "-\n");
  for (const auto& [format, has] : std::map<std::string, bool>{
           {"$status $sent_http_x", true}, {"$upstream_http_x $http_x", false}, {"json", false}}) {
    INFO(format);
    CHECK(AccessFormat::parse(format)->has_sent_field() == has);
  }
}

TEST_CASE("a session of TLS that is new, and a first hop") {
  SampleExchange sample;
  SampleTls stream;
  sample.record.client_stream = &stream;
  stream.facts.is_resumed = false;
  CHECK(line_of("$ssl_session_reused $proxy_add_x_forwarded_for", sample.record) ==
        ". 198.51.100.7\n");
  stream.facts.has_certificate = false;
  CHECK(line_of("$ssl_client_verify $ssl_client_s_dn $ssl_client_serial", sample.record) ==
        "NONE - -\n");
  stream.facts = {};
  CHECK(line_of("$ssl_session_reused $ssl_client_verify", sample.record) == "- -\n");
}

TEST_CASE("what came in place of a valid head is logged as its request") {
  struct Row {
    std::string text;
    std::string logged;
  };
  const Row rows[] = {
      {"", "-"},
      {"GET /a b HTTP/1.1\r\nHost: h\r\n", "GET /a b HTTP/1.1"},
      {"GET /x?token=s3cret&a=1 HTTP/9.9\r\n", "GET /x?token=***&a=1 HTTP/9.9"},
      {"GET /key=1\n\"x", "GET /key=1"},
      {std::string("\x16\x03\x01\x00\xff\"", 6), "\\x16\\x03\\x01\\x00\\xFF\\x22"},
      {"X-API-Key: fg_1", "***"},
      {R"("password": "x"})", "***"},
      {std::string(1000, 'a'), std::string(512, 'a')},
  };
  for (const Row& row : rows) {
    INFO(row.text);
    http::RequestHead head;
    head.text = row.text;
    ExchangeRecord record = headless_record();
    record.refused = &head;
    CHECK(line_of("\"$request\" $request_uri", record) == "\"" + row.logged + "\" -\n");
  }
}

TEST_CASE("a secret in a target that could not be taken apart is masked too") {
  SampleExchange sample("/../..?token=s3cret#x");
  sample.record.path = {};
  sample.record.query = {};
  CHECK(line_of("$request", sample.record) == "POST /../..?token=*** HTTP/1.1\n");
}

}  // namespace
}  // namespace fastgate::record
