/// Audit rows as a busy gateway makes them, from a seed. For tests and tests/bench.
#pragma once

#include <array>
#include <string>

#include "base/ids.h"
#include "base/random.h"
#include "record/audit_batch.h"

namespace fastgate::record {

/// What a row says, in values of its own.
struct SampleRow {
  AuditRow row;
  std::string request_id;
  std::string key_id;
  std::string source_path;
  std::string route_id;
  std::string method = "GET";
  std::string path = "/v1/chat";
  std::string query;
  std::string target_url = "http://127.0.0.1:9001/v1/chat";
  std::string user_agent = "curl/8";
  std::string error_message;
  std::string actor;
  std::string actor_role;
  std::string request_headers;
  std::string response_body;

  void put_into(AuditBatch& batch) const {
    AuditRow copy = row;
    copy.request_id = batch.put(request_id);
    copy.key_id = batch.put(key_id);
    copy.source_path = batch.put(source_path);
    copy.route_id = batch.put(route_id);
    copy.method = batch.put(method);
    copy.path = batch.put(path);
    copy.query = batch.put(query);
    copy.target_url = batch.put(target_url);
    copy.user_agent = batch.put(user_agent);
    copy.error_message = batch.put(error_message);
    copy.actor = batch.put(actor);
    copy.actor_role = batch.put(actor_role);
    copy.request_headers = batch.put(request_headers);
    copy.response_body = batch.put(response_body);
    batch.rows.push_back(copy);
  }
  [[nodiscard]] AuditBatch batch() const {
    AuditBatch made;
    put_into(made);
    return made;
  }
  /// Back to an earlier stage: what was not known then is taken away.
  [[nodiscard]] SampleRow begun() const {
    SampleRow early = *this;
    early.row.stage = AuditStage::Begun;
    early.row.first_response_time.reset();
    early.row.response_time.reset();
    early.row.ttfb_us = early.row.response_time_us = early.row.response_size = 0;
    early.row.status_code = 0;
    early.row.is_stream = false;
    early.error_message.clear();
    early.response_body.clear();
    return early;
  }
};

class RowMaker {
 public:
  explicit RowMaker(std::uint64_t seed, WallTime start = kNoon) : random_(seed), now_(start) {}

  /// 2026-01-31T12:00:00Z.
  static constexpr WallTime kNoon = WallTime(std::chrono::seconds(1'769'860'800));

  [[nodiscard]] SampleRow next() {
    SampleRow sample;
    AuditRow& row = sample.row;
    row.exchange_number = ++number_;
    now_ += std::chrono::microseconds(random_.below(step_us));
    row.request_time = now_;
    row.ttfb_us = random_.below(50'000);
    row.response_time_us = row.ttfb_us + random_.below(100'000);
    row.first_response_time = now_ + std::chrono::microseconds(row.ttfb_us);
    row.response_time = now_ + std::chrono::microseconds(row.response_time_us);
    row.gateway_us = random_.below(100);
    row.request_size = random_.below(5000);
    row.response_size = random_.below(50'000);
    row.status_code = status();
    row.is_stream = random_.below(10) == 0;
    row.stream_chunks = row.is_stream ? random_.below(100) : 0;
    row.client = IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(random_.below(500)));
    sample.request_id = RequestId::make(random_).text();
    fill_names(sample);
    if (row.status_code >= 500) sample.error_message = "connection refused";
    return sample;
  }

  std::uint64_t step_us = 2000;  ///< most time between two requests

 private:
  [[nodiscard]] std::uint16_t status() {
    constexpr std::array<std::uint16_t, 8> kRare{201, 301, 400, 401, 404, 429, 500, 503};
    if (random_.below(50) != 0) return 200;
    return kRare[random_.below(kRare.size())];
  }
  void fill_names(SampleRow& sample) {
    const std::uint64_t key = random_.below(40);
    if (key != 0) {
      sample.key_id = "fg_" + std::to_string(100'000'000'000 + key);
      sample.source_path = "team-" + std::to_string(key % 7);
    }
    const std::uint64_t route = random_.below(12);
    if (route != 0) sample.route_id = "route-" + std::to_string(route);
    if (random_.below(3) == 0) sample.method = "POST";
    sample.path = random_.below(4) == 0 ? "/v1/users/" + std::to_string(random_.below(10'000))
                                        : "/v" + std::to_string(random_.below(3)) + "/chat";
    sample.user_agent = "client/" + std::to_string(random_.below(30));
  }

  FastRandom random_;
  WallTime now_;
  std::uint64_t number_ = 0;
};

}  // namespace fastgate::record
