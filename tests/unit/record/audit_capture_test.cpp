#include "record/audit_capture.h"

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "unit/record/sample_exchange.h"

namespace fastgate::record {
namespace {

constexpr config::AuditConfig kAll{
    .headers = true, .request_body = Bytes{20}, .response_body = Bytes{1000}};

struct CaptureBench {
  explicit CaptureBench(const config::AuditConfig& parts = kAll) {
    capture.begin(parts, {"X-Inner"});
  }
  std::string request_headers(const Fields& fields) {
    const SampleExchange sample("/", fields);
    std::string out;
    capture.append_request_headers(out, sample.request);
    return out;
  }
  std::string request_body(const Fields& fields = {}) {
    const SampleExchange sample("/", fields);
    std::string out;
    capture.append_request_body(out, sample.request);
    return out;
  }
  void respond(std::string_view bytes) {
    const std::array<std::string_view, 1> pieces{bytes};
    capture.add_response(pieces);
  }
  std::string response_body() {
    std::string out;
    capture.append_response_body(out, nullptr);
    return out;
  }

  json::DocumentParser parser;
  AuditCapture capture;
};

TEST_CASE("header fields as an object, in order, secrets masked") {
  CaptureBench bench;
  CHECK(bench.request_headers({{"Host", "a"},
                               {"Authorization", "Bearer s3cret"},
                               {"x-api-key", "s3cret"},
                               {"Cookie", "a=s3cret"},
                               {"cookie", "b=s3cret"},
                               {"Proxy-Authorization", "s3cret"},
                               {"X-INNER", "s3cret"},
                               {"X-Auth-Token", "s3cret"},
                               {"Referer", "http://h/p?token=s3cret&a=1"},
                               {"Accept", "a/b"},
                               {"X-Quote", "\"\\\xff"},
                               {"ACCEPT", "c/d"}}) ==
        R"({"Host":"a","Authorization":"***","x-api-key":"***","Cookie":"***",)"
        R"("Proxy-Authorization":"***","X-INNER":"***","X-Auth-Token":"***",)"
        R"("Referer":"http://h/p?token=***&a=1","Accept":"a/b, c/d","X-Quote":"\"\\)"
        "\xef\xbf\xbd\"}");
}

TEST_CASE("headers that nobody asked for are not kept") {
  CaptureBench bench({.headers = false, .request_body = Bytes{5}, .response_body = Bytes{0}});
  CHECK(bench.request_headers({{"Host", "a"}}).empty());
  std::string out;
  bench.capture.reply("text/plain", {{"Retry-After", "1"}}, "body");
  bench.capture.append_response_headers(out, nullptr);
  bench.capture.append_response_body(out, nullptr);
  CHECK(out.empty());
}

TEST_CASE("a body is kept up to its limit and cut between characters") {
  struct Row {
    std::vector<std::string> pieces;
    const char* kept;
  };
  for (const Row& row : std::vector<Row>{
           {{}, ""},
           {{"ab", "", "cd"}, "abcd"},
           {{std::string(19, 'a'), "bc"}, "aaaaaaaaaaaaaaaaaaab"},
           {{std::string(19, 'a') + "\xe2\x82\xac"}, "aaaaaaaaaaaaaaaaaaa"},
           {{std::string(18, 'a') + "\xe2\x82\xac!"}, "aaaaaaaaaaaaaaaaaa"},
           {{std::string(17, 'a') + "\xe2\x82\xac!"}, "aaaaaaaaaaaaaaaaa\xe2\x82\xac"}}) {
    CaptureBench bench;
    for (const std::string& piece : row.pieces) bench.capture.add_request(piece);
    CHECK(bench.request_body() == row.kept);
  }
}

TEST_CASE("of what is no text there is a marker") {
  for (const std::string& bytes :
       {std::string("a\0b", 3), std::string("a\xff b, and more than fits"), std::string("\x80")}) {
    CaptureBench bench;
    bench.capture.add_request(bytes);
    CHECK(bench.request_body({{"Content-Type", "image/png"}}) ==
          "[binary, " + std::to_string(bytes.size()) + " bytes, image/png]");
  }
}

TEST_CASE("of an OpenAI stream the merged message is kept, of another the stream") {
  CaptureBench bench;
  bench.capture.begin_response(AuditCapture::Answer::Events, bench.parser);
  bench.respond("data: {\"choices\":[{\"index\":0,\"delta\":{\"cont");
  bench.respond("ent\":\"Hi\"}}]}\n\ndata: [DONE]\n\n");
  CHECK(bench.response_body() ==
        R"({"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":"Hi"},"finish_reason":null}]})");
  CaptureBench other;
  other.capture.begin_response(AuditCapture::Answer::Events, other.parser);
  other.respond("data: 1\n\n");
  other.respond("data: 2\n\n");
  CHECK(other.response_body() == "data: 1\n\ndata: 2\n\n");
}

TEST_CASE("a plain answer and one of our own") {
  CaptureBench bench;
  bench.capture.begin_response(AuditCapture::Answer::Plain, bench.parser);
  bench.respond("{\"a\":1}");
  CHECK(bench.response_body() == "{\"a\":1}");

  CaptureBench own;
  own.capture.reply("application/json", {{"Retry-After", "1"}, {"X-Inner", "s3cret"}}, "{}");
  CHECK(own.response_body() == "{}");
  std::string headers;
  own.capture.append_response_headers(headers, nullptr);
  CHECK(headers == R"({"Content-Type":"application/json","Retry-After":"1","X-Inner":"***"})");
}

TEST_CASE("nothing of a tunnel is kept, and another route begins anew") {
  CaptureBench bench;
  bench.capture.begin_response(AuditCapture::Answer::Tunnel, bench.parser);
  bench.respond("secret");
  CHECK(bench.response_body().empty());
  bench.capture.add_request("abc");
  bench.capture.begin(kAll, {});
  bench.capture.add_request("d");
  CHECK(bench.request_body() == "d");
}

}  // namespace
}  // namespace fastgate::record
