#include "record/audit_filter.h"

#include <doctest/doctest.h>

#include "record/audit_id.h"

namespace fastgate::record {
namespace {

constexpr WallTime kJanuary = WallTime(std::chrono::seconds(1'704'067'200));  // 2024-01-01

TEST_CASE("audit filter: the contract's names") {
  const auto filter = parse_audit_filter(
      "start_time=2024-01-01&end_time=2024-01-31&status_code=200&method=POST&path=%2Fv1%2F*&"
      "api_key=fg_1&source_path=a+b&route_id=r&is_stream=true&has_error=0&limit=7&skip=3&order=asc&"
      "cursor=c&ip_address=10.0.0.1&request_id=req_1&token=x&format=csv&fields=a");
  REQUIRE(filter.has_value());
  CHECK(filter->start == kJanuary);
  CHECK(filter->end == kJanuary + std::chrono::days(31));
  CHECK(filter->status->low == 200);
  CHECK(filter->status->high == 200);
  CHECK(filter->method == "POST");
  CHECK(filter->path == "/v1/");
  CHECK(filter->is_path_prefix);
  CHECK(filter->key_id == "fg_1");
  CHECK(filter->source_path == "a b");
  CHECK(filter->route_id == "r");
  CHECK(filter->is_stream == true);
  CHECK(filter->has_error == false);
  CHECK(filter->limit == 7);
  CHECK(filter->skip == 3);
  CHECK(filter->order == AuditOrder::OldestFirst);
  CHECK(filter->cursor == "c");
  CHECK(filter->ip_address == IpAddress::v4(0x0a000001));
  CHECK(filter->request_id == "req_1");
}

TEST_CASE("audit filter: traffic is meant unless admin calls are asked for") {
  CHECK(parse_audit_filter("")->kinds == AuditKinds::Traffic);
  CHECK(parse_audit_filter("kind=admin")->kinds == AuditKinds::Admin);
  CHECK(parse_audit_filter("kind=all")->kinds == AuditKinds::All);
  const auto by_actor = parse_audit_filter("actor=ops");
  CHECK(by_actor->actor == "ops");
  CHECK(by_actor->kinds == AuditKinds::Admin);
  CHECK_FALSE(parse_audit_filter("kind=other").has_value());
}

TEST_CASE("audit filter: what is empty asks for nothing") {
  const auto filter = parse_audit_filter("status_code=&method&&api_key=");
  REQUIRE(filter.has_value());
  CHECK_FALSE(filter->status.has_value());
  CHECK_FALSE(filter->method.has_value());
  CHECK_FALSE(filter->key_id.has_value());
  CHECK(filter->limit == AuditFilter::kDefaultLimit);
  CHECK(filter->order == AuditOrder::NewestFirst);
}

TEST_CASE("audit filter: forms of a status, a limit and an end") {
  CHECK(parse_audit_filter("method=get")->method == "GET");
  CHECK(parse_audit_filter("status_code=5xx")->status->high == 599);
  CHECK(parse_audit_filter("status_code=400-499")->status->low == 400);
  CHECK(parse_audit_filter("limit=1000000")->limit == AuditFilter::kMaxLimit);
  CHECK(parse_audit_filter("end_time=2024-01-01T00:00:00Z")->end ==
        kJanuary + std::chrono::milliseconds(1));
}

TEST_CASE("audit filter: what clients send that write times and flags in their own way") {
  const auto hour = [](int hours) { return kJanuary + std::chrono::hours(hours); };
  CHECK(parse_audit_filter("start_time=2024-01-01T12:00:00%2B08:00")->start == hour(4));
  CHECK(parse_audit_filter("start_time=2024-01-01T12:00:00+08:00")->start == hour(4));
  CHECK(parse_audit_filter("start_time=2024-01-01+12:00:00+0800")->start == hour(4));
  CHECK(parse_audit_filter("start_time=2024-01-01+12:00")->start == hour(12));
  CHECK_FALSE(parse_audit_filter("start_time=2024-01-01T12:00+noon").has_value());
  CHECK(parse_audit_filter("is_stream=True")->is_stream == true);
  CHECK(parse_audit_filter("has_error=FALSE")->has_error == false);
}

TEST_CASE("audit filter: errors name the parameter") {
  const auto problem = [](std::string_view query) {
    const auto filter = parse_audit_filter(query);
    REQUIRE_FALSE(filter.has_value());
    return filter.error();
  };
  const auto error = [&](std::string_view query) { return problem(query).text; };
  CHECK(problem("limit=0").parameter == "limit");
  CHECK(problem("api_key=" + std::string(5000, 'x')).parameter == "api_key");
  CHECK(problem("status_cod=200").parameter.empty());
  CHECK(problem("path=%zz").parameter.empty());
  CHECK(error("status=200").find("did you mean") == std::string::npos);
  CHECK(error("status_cod=200").find("did you mean status_code?") != std::string::npos);
  CHECK(error("start_time=yesterday").find("start_time") != std::string::npos);
  CHECK(error("status_code=499-400").find("status_code") != std::string::npos);
  CHECK(error("limit=0").find("limit") != std::string::npos);
  CHECK(error("skip=-1").find("skip") != std::string::npos);
  CHECK(error("order=up").find("order") != std::string::npos);
  CHECK(error("is_stream=maybe").find("is_stream") != std::string::npos);
  CHECK(error("ip_address=house").find("ip_address") != std::string::npos);
  CHECK(error("path=%zz").find('%') != std::string::npos);
  CHECK(error("path=%4").find('%') != std::string::npos);
}

TEST_CASE(
    "audit filter: a status that no answer has is an error, one that a part may have is none") {
  for (const char* bad :
       {"9xx", "6xx", "600", "999", "99", "1-99", "700-800", "xxx", "x00", "1000"}) {
    INFO(bad);
    const auto filter = parse_audit_filter("status_code=" + std::string(bad));
    REQUIRE_FALSE(filter.has_value());
    CHECK(filter.error().parameter == "status_code");
    CHECK(filter.error().text.starts_with("status_code must "));
  }
  for (const char* fine : {"0", "0-99", "100", "1xx", "5XX", "500-999", "1-100", "599"}) {
    INFO(fine);
    CHECK(parse_audit_filter("status_code=" + std::string(fine)).has_value());
  }
}

TEST_CASE("audit id: text and back, in order") {
  const AuditId id{.day = 20783, .slot = 1, .row = 123456789};
  CHECK(AuditId::parse(id.text()) == id);
  CHECK(id.text().size() == 20);
  CHECK(id.text() < AuditId{.day = 20783, .slot = 1, .row = 123456790}.text());
  for (const char* bad : {"", "log_", "log_0123456789abcde", "log_0123456789abcdeg",
                          "log_0123456789ABCDEF", "req_0123456789abcdef"}) {
    CHECK_FALSE(AuditId::parse(bad).has_value());
  }
}

TEST_CASE("audit days") {
  CHECK(text_of_day(day_of(kJanuary)) == "2024-01-01");
  CHECK(day_of(kJanuary - std::chrono::nanoseconds(1)) == day_of(kJanuary) - 1);
  CHECK(parse_day("2024-01-01") == day_of(kJanuary));
  CHECK_FALSE(parse_day("2024-02-30").has_value());
  CHECK_FALSE(parse_day("2024-1-01").has_value());
}

}  // namespace
}  // namespace fastgate::record
