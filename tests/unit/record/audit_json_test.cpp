#include "record/audit_json.h"

#include <doctest/doctest.h>

namespace fastgate::record {
namespace {

TEST_CASE("audit json: a complete record under the contract's names") {
  AuditRecord record;
  record.id = "log_0123456789abcdef";
  record.request_id = "req_1";
  record.key_id = "fg_1";
  record.source_path = "team";
  record.route_id = "chat";
  record.method = "POST";
  record.path = "/v1/chat";
  record.query = "a=\"b\"";
  record.target_url = "http://127.0.0.1:1/v1/chat";
  record.status_code = 200;
  record.request_time = WallTime(std::chrono::milliseconds(1'704'067'200'001));
  record.first_response_time = record.request_time + std::chrono::milliseconds(2);
  record.response_time = record.request_time + std::chrono::milliseconds(5);
  record.ttfb_us = 2250;
  record.response_time_us = 5000;
  record.gateway_us = 40;
  record.request_size = 10;
  record.response_size = 20;
  record.is_stream = true;
  record.stream_chunks = 4;
  record.retries = 1;
  record.ip_address = "127.0.0.1";
  record.user_agent = "curl";
  record.request_headers = R"({"host":"a"})";
  record.response_body = "hi\n";
  std::string out;
  append_json(out, record);
  CHECK(out ==
        R"({"id":"log_0123456789abcdef","request_id":"req_1","stage":"complete","kind":"traffic",)"
        R"("key_id":"fg_1",)"
        R"("source_path":"team","route_id":"chat","method":"POST","path":"/v1/chat",)"
        R"("query":"a=\"b\"","target_url":"http://127.0.0.1:1/v1/chat","status_code":200,)"
        R"("request_time":"2024-01-01T00:00:00.001Z",)"
        R"("first_response_time":"2024-01-01T00:00:00.003Z",)"
        R"("response_time":"2024-01-01T00:00:00.006Z","ttfb_ms":2.25,"response_time_ms":5,)"
        R"("gateway_us":40,"request_size":10,"response_size":20,"user_agent":"curl",)"
        R"("ip_address":"127.0.0.1","is_stream":true,"stream_chunks":4,"retries":1,)"
        R"("error_message":null,"request_headers":{"host":"a"},"response_body":"hi\n"})");
}

TEST_CASE("audit json: what is not known yet is null") {
  AuditRecord record;
  record.stage = AuditStage::Begun;
  std::string out;
  append_json(out, record);
  for (const char* part : {R"("stage":"begun")", R"("status_code":null)", R"("response_time":null)",
                           R"("ttfb_ms":null)", R"("response_time_ms":null)", R"("key_id":null)"}) {
    CHECK(out.find(part) != std::string::npos);
  }
  CHECK(out.find("request_headers") == std::string::npos);
}

TEST_CASE("audit json: an admin call says who made it") {
  AuditRecord record;
  record.kind = AuditKind::Admin;
  record.actor = "ops";
  record.actor_role = "operator";
  record.via = AuditVia::Session;
  std::string out;
  append_json(out, record);
  CHECK(out.find(R"("kind":"admin","actor":"ops","actor_role":"operator","actor_via":"session")") !=
        std::string::npos);
  out.clear();
  record = {};
  record.kind = AuditKind::Admin;
  append_json(out, record);
  CHECK(out.find(R"("actor":null,"actor_role":null,"actor_via":null)") != std::string::npos);
}

}  // namespace
}  // namespace fastgate::record
