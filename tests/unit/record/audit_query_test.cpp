#include "record/audit_query.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <doctest/doctest.h>

#include "record/audit_id.h"
#include "support/rounds.h"
#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

bool matches(const AuditFilter& filter, const AuditRecord& record) {
  const auto is = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
  if (filter.start && record.request_time < *filter.start) return false;
  if (filter.end && record.request_time >= *filter.end) return false;
  if (filter.status &&
      (record.status_code < filter.status->low || record.status_code > filter.status->high)) {
    return false;
  }
  if (filter.path && filter.is_path_prefix && !record.path.starts_with(*filter.path)) return false;
  if (!filter.is_path_prefix && !is(filter.path, record.path)) return false;
  if (filter.ip_address && filter.ip_address->text() != record.ip_address) return false;
  const bool has_error = record.status_code >= 400 || !record.error_message.empty();
  return is(filter.method, record.method) && is(filter.key_id, record.key_id) &&
         is(filter.source_path, record.source_path) && is(filter.route_id, record.route_id) &&
         is(filter.is_stream, record.is_stream) && is(filter.has_error, has_error) &&
         is(filter.request_id, record.request_id);
}

/// A filter of one to three parts, mostly of values that are there.
AuditFilter random_filter(FastRandom& random, const std::vector<AuditRecord>& records) {
  AuditFilter filter;
  const std::uint64_t parts = 1 + random.below(3);
  for (std::uint64_t i = 0; i < parts; ++i) {
    const AuditRecord& like = records[random.below(records.size())];
    switch (random.below(12)) {
      case 0:
        filter.start = like.request_time;
        break;
      case 1:
        filter.end = like.request_time;
        break;
      case 2:
        filter.status = StatusRange{like.status_code, like.status_code};
        break;
      case 3:
        filter.status = StatusRange{400, 499};
        break;
      case 4:
        filter.method = like.method;
        break;
      case 5:
        filter.key_id = like.key_id;
        break;
      case 6:
        filter.source_path = like.source_path;
        break;
      case 7:
        filter.route_id = random.below(9) == 0 ? "no-such-route" : like.route_id;
        break;
      case 8:
        filter.is_stream = like.is_stream;
        break;
      case 9:
        filter.has_error = random.below(2) == 0;
        break;
      case 10:
        filter.ip_address = *IpAddress::parse(like.ip_address);
        break;
      default:
        filter.is_path_prefix = random.below(2) == 0;
        filter.path = filter.is_path_prefix
                          ? like.path.substr(0, random.below(like.path.size() + 1))
                          : like.path;
    }
  }
  filter.order = random.below(2) == 0 ? AuditOrder::NewestFirst : AuditOrder::OldestFirst;
  filter.limit = static_cast<std::uint32_t>(1 + random.below(900));
  return filter;
}

/// Rows over midnight, so that two days' files hold several full blocks each.
std::vector<SampleRow> rows_over_midnight(std::size_t count) {
  SampleRows rows(1, SampleRows::kNoon + std::chrono::hours(12) - std::chrono::seconds(9));
  std::vector<SampleRow> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(rows.next());
  return all;
}

void check_same(const SampleRow& sample, const AuditRecord& record) {
  CHECK(record.stage == sample.row.stage);
  CHECK(record.key_id == sample.key_id);
  CHECK(record.source_path == sample.source_path);
  CHECK(record.route_id == sample.route_id);
  CHECK(record.method == sample.method);
  CHECK(record.path == sample.path);
  CHECK(record.query == sample.query);
  CHECK(record.target_url == sample.target_url);
  CHECK(record.user_agent == sample.user_agent);
  CHECK(record.error_message == sample.error_message);
  CHECK(record.status_code == sample.row.status_code);
  CHECK(record.request_time == sample.row.request_time);
  CHECK(record.first_response_time == sample.row.first_response_time);
  CHECK(record.response_time == sample.row.response_time);
  CHECK(record.ttfb_us == sample.row.ttfb_us);
  CHECK(record.response_time_us == sample.row.response_time_us);
  CHECK(record.gateway_us == sample.row.gateway_us);
  CHECK(record.request_size == sample.row.request_size);
  CHECK(record.response_size == sample.row.response_size);
  CHECK(record.stream_chunks == sample.row.stream_chunks);
  CHECK(record.retries == sample.row.retries);
  CHECK(record.is_stream == sample.row.is_stream);
  CHECK(record.ip_address == sample.row.client.text());
}

TEST_CASE("audit query: every record comes back as it was, newest first") {
  SampleStore store;
  const std::vector<SampleRow> rows = rows_over_midnight(20'000);
  store.write(rows);
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.limit = 700;
  const std::vector<AuditRecord> all = all_pages(reader, filter);
  REQUIRE(all.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const AuditRecord& record = all[all.size() - 1 - i];
    REQUIRE(record.request_id == rows[i].request_id);
    check_same(rows[i], record);
  }
  CHECK(reader.count({}).value() == rows.size());
  CHECK(reader.size()->records == rows.size());
  CHECK(reader.size()->bytes > 100'000);
}

TEST_CASE("audit query: any filter, order and page size agrees with looking at everything") {
  SampleStore store;
  const std::vector<SampleRow> rows = rows_over_midnight(20'000);
  store.write(rows);
  AuditReader reader = store.reader();
  AuditFilter everything;
  everything.limit = AuditFilter::kMaxLimit;
  std::vector<AuditRecord> newest_first = all_pages(reader, everything);
  std::vector<AuditRecord> oldest_first = newest_first;
  std::reverse(oldest_first.begin(), oldest_first.end());
  FastRandom random(2);
  for (int round = 0; round < fastgate::test::rounds(60); ++round) {
    const AuditFilter filter = random_filter(random, newest_first);
    CAPTURE(round);
    std::vector<std::string> expected;
    for (const AuditRecord& record :
         filter.order == AuditOrder::NewestFirst ? newest_first : oldest_first) {
      if (matches(filter, record)) expected.push_back(record.id);
    }
    REQUIRE(all_ids(reader, filter) == expected);
    REQUIRE(reader.count(filter).value() == expected.size());
    // Small steps of looking leave no gap either.
    AuditFilter hasty = filter;
    hasty.scan_limit = 3000;
    REQUIRE(all_ids(reader, hasty) == expected);
  }
}

TEST_CASE("audit query: skip, limit, get, request ids") {
  SampleStore store;
  const std::vector<SampleRow> rows = rows_over_midnight(9'000);
  store.write(rows);
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.skip = 4;
  filter.limit = 3;
  const auto page = reader.find(filter);
  REQUIRE(page.has_value());
  REQUIRE(page->items.size() == 3);
  CHECK(page->items[0].request_id == rows[rows.size() - 5].request_id);
  filter.cursor = page->next_cursor;
  filter.skip = 0;
  CHECK(reader.find(filter)->items.at(0).request_id == rows[rows.size() - 8].request_id);
  filter = {};
  filter.skip = 100'000;
  CHECK(reader.find(filter)->items.empty());
  CHECK(reader.find(filter)->next_cursor.empty());

  // What is left out is looked at too, and a search that ends within it goes on where it ended.
  filter = {};
  filter.limit = 3;
  filter.skip = 8'000;
  filter.scan_limit = 3'000;
  auto part = reader.find(filter);
  CHECK(part->items.empty());
  CHECK(part->skipped >= 3'000);
  CHECK(part->skipped < 8'000);
  for (int i = 0; i < 9 && part->items.empty(); ++i) {
    filter.skip -= part->skipped;
    filter.cursor = part->next_cursor;
    part = reader.find(filter);
  }
  REQUIRE(part->items.size() == 3);
  CHECK(part->items[0].request_id == rows[rows.size() - 8'001].request_id);

  for (const std::size_t i : {std::size_t{0}, std::size_t{4096}, rows.size() - 1}) {
    AuditFilter by_id;
    by_id.request_id = rows[i].request_id;
    const auto found = reader.find(by_id);
    REQUIRE(found->items.size() == 1);
    const auto record = reader.get(found->items[0].id);
    REQUIRE(record->has_value());
    CHECK((*record)->request_id == rows[i].request_id);
    check_same(rows[i], **record);
  }
  for (const char* id : {"", "log_0000000000000001", "log_ffffffffffffffff", "nonsense"}) {
    CHECK_FALSE(reader.get(id).value().has_value());
  }
}

TEST_CASE("audit query: captured parts come with one record, not with lists") {
  SampleStore store;
  SampleRows rows(3);
  SampleRow row = rows.next();
  row.request_headers = R"({"accept":"*/*"})";
  row.response_body = std::string(100'000, 'x');
  store.write({row});
  AuditReader reader = store.reader();
  const auto page = reader.find({});
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0].response_body.empty());
  const auto record = reader.get(page->items[0].id);
  CHECK((*record)->request_headers == row.request_headers);
  CHECK((*record)->response_body == row.response_body);
}

TEST_CASE("audit query: a cursor is checked") {
  SampleStore store;
  store.write(rows_over_midnight(10));
  AuditReader reader = store.reader();
  AuditFilter filter;
  for (const char* cursor : {"x", "d", "a20484-0.1", "d-1", "d20484-0", "d20484-64.1", "d20484-0.x",
                             "d20484-0.99999999999999", "d99999999999"}) {
    filter.cursor = cursor;
    const auto page = reader.find(filter);
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error().kind == ErrorKind::Malformed);
  }
}

TEST_CASE("audit query: a store that is not there is empty") {
  AuditReader reader("/nowhere/at/all.db");
  CHECK(reader.find({})->items.empty());
  CHECK(reader.count({}).value() == 0);
  CHECK(reader.summary_of_all_time()->total.requests == 0);
  CHECK(reader.daily(3, SampleRows::kNoon)->size() == 3);
  CHECK(reader.size()->records == 0);
}

TEST_CASE("audit query: pages leave no gap and repeat nothing while records arrive") {
  SampleStore store;
  SampleRows rows(4);
  std::vector<SampleRow> before;
  // A full block and one that fills up meanwhile.
  for (int i = 0; i < 5000; ++i) before.push_back(rows.next());
  store.write(before);
  std::atomic<bool> is_done = false;
  std::thread traffic([&] {
    while (!is_done) {
      AuditBatch batch;
      for (int i = 0; i < 200; ++i) rows.next().put_into(batch);
      (void)store.writer->submit(std::move(batch));
      store.writer->flush();
    }
  });
  AuditReader reader = store.reader();
  for (int round = 0; round < 3; ++round) {
    AuditFilter filter;
    filter.limit = 97;
    std::set<std::string> seen;
    for (const AuditRecord& record : all_pages(reader, filter)) {
      CHECK(seen.insert(record.request_id).second);
    }
    for (const SampleRow& row : before) CHECK(seen.contains(row.request_id));
  }
  is_done = true;
  traffic.join();

  // Oldest first, the end goes on with what came since.
  AuditFilter follow;
  follow.order = AuditOrder::OldestFirst;
  follow.limit = 1000;
  std::set<std::string> seen;
  for (int round = 0; round < 3; ++round) {
    while (true) {
      const auto page = reader.find(follow);
      REQUIRE(page.has_value());
      for (const AuditRecord& record : page->items) CHECK(seen.insert(record.id).second);
      follow.cursor = page->end_cursor;
      if (page->next_cursor.empty()) break;
    }
    CHECK(seen.size() == reader.count({}).value());
    store.write({rows.next(), rows.next()});
  }
}

}  // namespace
}  // namespace fastgate::record
