/// A finished exchange for the tests of src/record: heads put together by hand, times from fixed
/// points.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/exchange_record.h"

namespace fastgate::record {

using Fields = std::vector<std::pair<std::string, std::string>>;

inline void add_fields(http::Head& head, const Fields& fields) {
  for (const auto& [name, value] : fields) {
    http::FieldList::Span span;
    span.name_offset = static_cast<std::uint32_t>(head.text.size());
    span.name_length = static_cast<std::uint16_t>(name.size());
    span.value_offset = static_cast<std::uint32_t>(head.text.size() + name.size() + 2);
    span.value_length = static_cast<std::uint32_t>(value.size());
    span.id = http::field_id(name);
    head.fields.add(span);
    head.text += name + ": " + value + "\r\n";
  }
  head.text += "\r\n";
}

/// Owns what the record's views point at; neither copied nor moved.
struct SampleExchange {
  static constexpr WallTime kBegun{std::chrono::milliseconds(1'700'000'000'250)};
  static constexpr MonotonicTime kStart{std::chrono::seconds(5000)};

  explicit SampleExchange(const std::string& target = "/v1/chat?user=7",
                          const Fields& fields = {}) {
    request.text = "POST " + target + " HTTP/1.1\r\n";
    request.method = http::Method::Post;
    request.method_length = 4;
    request.target_offset = 5;
    request.target_length = static_cast<std::uint32_t>(target.size());
    add_fields(request, fields);
    record.request = &request;
    const std::string_view whole = request.target();
    const std::size_t mark = whole.find('?');
    record.path = whole.substr(0, mark);
    if (mark != std::string_view::npos) record.query = whole.substr(mark + 1);
    fill();
  }
  SampleExchange(const SampleExchange&) = delete;
  SampleExchange& operator=(const SampleExchange&) = delete;

  void fill() {
    using namespace std::chrono_literals;
    record.request_time = kBegun;
    record.started = kStart;
    record.request_id = "req_0123456789abcdef01234567";
    record.host = "api.example";
    record.scheme = "https";
    record.client = IpAddress::v4(0xc6336407);  // 198.51.100.7
    record.peer = IpAddress::v4(0x7f000001);
    record.peer_port = 40123;
    record.server_port = 8443;
    record.connection_number = 17;
    record.connection_requests = 3;
    record.route_id = "chat";
    record.route_index = 0;
    record.key_id = "fg_00112233aabb";
    record.source_path = "team/a";
    record.upstream_address = "127.0.0.1:9001";
    record.upstream_scheme = "http";
    record.upstream_target = "/chat?user=7";
    record.status = 200;
    record.upstream_status = 200;
    record.request_head_size = 300;
    record.request_size = 40;
    record.response_size = 1234;
    record.bytes_sent = 1500;
    record.upstream_started = kStart + 200us;
    record.upstream_connected = kStart + 1ms;
    record.upstream_head = kStart + 11ms;
    record.first_byte = kStart + 11'250us;
    record.upstream_done = kStart + 12ms;
    record.finished = kStart + 12'345us;
  }

  void answer(const Fields& fields) {
    response.status = record.status;
    response.text = "HTTP/1.1 200 OK\r\n";
    add_fields(response, fields);
    record.response = &response;
  }

  http::RequestHead request;
  http::ResponseHead response;
  ExchangeRecord record;
};

/// An exchange of which no valid head came.
inline ExchangeRecord headless_record() {
  ExchangeRecord record;
  record.request_time = SampleExchange::kBegun;
  record.started = SampleExchange::kStart;
  record.finished = SampleExchange::kStart + std::chrono::milliseconds(1);
  record.status = 400;
  return record;
}

}  // namespace fastgate::record
