#include "gateway/route_tests.h"

#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::compile_yaml;

constexpr std::string_view kTested = R"(upstreams:
  - {name: pool, servers: [{host: "127.0.0.1:9001"}, {host: "127.0.0.1:9002"}]}
keys:
  - {key_id: fg_aaaaaaaaaaaa, key_sha256: "3a6eb0790f39ac87c94f3856b2dd2c5d110e6811602261a9a923d3bb23adc8b7", source_path: a, permissions: [chat], allowed_ips: [10.0.0.0/8], expires_at: "2001-01-01T00:00:00Z"}
  - {key_id: fg_bbbbbbbbbbbb, key_sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", source_path: b, permissions: [none]}
routes:
  - {route_id: fixed, match_path: "/fixed/{id}", auth: none, respond: {status: 418, headers: {X-A: b}, body: {id: "{id}"}}}
  - {route_id: pooled, match_path: "/pool/*", upstream: pool}
  - route_id: chat
    match_path: /v1/*
    match_method: POST
    match_body_schema: {model: a}
    target_host: api.example.com
    target_protocol: https
    target_path: /x/*
    permissions: [chat]
    rate_limit: 1
    add_headers: {X-Secret: "${SECRET}"}
    add_body_fields: {n: 5}
    tests:
      - )";

/// The configuration with one test at its end.
test::Compiled with_test(const std::string& test) {
  return compile_yaml(std::string(kTested) + test + "\n");
}

constexpr std::string_view kRequest =
    "{request: {method: POST, path: \"/v1/a/b?q\", body: {model: a}}, expect: ";

TEST_CASE("tests that hold are silent") {
  const std::string request(kRequest);
  for (const std::string& expect : {
           std::string("{route_id: chat}}"),
           std::string("{target_url: \"https://api.example.com/x/a/b?q\"}}"),
           std::string("{headers: {Host: api.example.com, x-secret: \"${SECRET}\"}}}"),
           std::string("{body: {n: 5, model: a}}}"),
           std::string("{status: 401, route_id: chat}}"),
       }) {
    INFO(expect);
    const auto compiled = with_test(request + expect);
    INFO(compiled.text());
    CHECK(compiled.snapshot != nullptr);
  }
  for (const std::string& test : {
           std::string("{request: {path: /fixed/7}, expect: {status: 418, headers: {x-a: b, "
                       "content-type: application/json}, body: {id: \"7\"}}}"),
           std::string("{request: {path: /pool/x}, expect: {target_url: "
                       "\"http://127.0.0.1:9002/pool/x\"}}"),
           std::string("{request: {path: /none}, expect: {status: 404}}"),
           std::string(
               "{request: {method: POST, path: /v1/a, body: {model: a}, key: fg_aaaaaaaaaaaa}, "
               "expect: {route_id: chat}}"),
           std::string(
               "{request: {method: POST, path: /v1/a, body: {model: a}, key: fg_bbbbbbbbbbbb}, "
               "expect: {status: 403}}"),
       }) {
    INFO(test);
    const auto compiled = with_test(test);
    INFO(compiled.text());
    CHECK(compiled.snapshot != nullptr);
  }
}

TEST_CASE("a test that fails is an error at its own line, without secrets") {
  const std::string request(kRequest);
  const struct {
    std::string test;
    std::string_view complaint;
  } rows[] = {
      {request + "{route_id: pooled}}", "the route is `chat`, not `pooled`"},
      {request + "{target_url: \"http://x/\"}}",
       "the target_url is https://api.example.com/x/a/b?q, not http://x/"},
      {request + "{headers: {X-Secret: other}}}", "the header `X-Secret` is not as expected"},
      {request + "{headers: {X-None: a}}}", "there is no header `X-None`"},
      {request + "{body: {model: a}}}", "the body is not as expected"},
      {request + "{status: 200}}", "the request goes to an upstream server"},
      {"{request: {path: /fixed/7}, expect: {status: 200}}", "the status is not 200 but 418"},
      {"{request: {path: /health}, expect: {status: 200}}",
       "the gateway answers this itself: admin.health_path"},
      {"{request: {path: /none}, expect: {route_id: chat}}", "the answer is 404: no route"},
      {"{request: {method: POST, path: /v1/a, body: {model: b}}, expect: {route_id: chat}}",
       "the answer is 404"},
      {"{request: {method: POST, path: /v1/a, body: {model: a}, key: fg_bbbbbbbbbbbb}, expect: "
       "{route_id: chat}}",
       "the answer is 403"},
      {"{request: {path: /, key: fg_nonenonenone}, expect: {status: 404}}", "there is no key"},
      {"{request: {path: /../x}, expect: {route_id: chat}}", "the answer is 400"},
  };
  for (const auto& row : rows) {
    INFO(row.test);
    const auto compiled = with_test(row.test);
    INFO(compiled.text());
    CHECK(compiled.snapshot == nullptr);
    CHECK(compiled.says(row.complaint));
    CHECK(compiled.says("test.yaml:21:9: "));
    CHECK(compiled.says("test of route `chat`"));
    CHECK_FALSE(compiled.says("s3cr3t"));
  }
}

TEST_CASE("tests do not use up each other's limits") {
  const std::string one =
      "{request: {method: POST, path: /v1/a, body: {model: a}, key: "
      "fg_aaaaaaaaaaaa}, expect: {route_id: chat}}";
  const auto compiled = with_test(one + "\n      - " + one + "\n      - " + one);
  INFO(compiled.text());
  CHECK(compiled.snapshot != nullptr);
}

}  // namespace
}  // namespace fastgate::gateway
