// Calls of the admin API in the audit store: beside the traffic, and never taken for it.
#include <doctest/doctest.h>

#include "unit/record/sample_rows.h"

namespace fastgate::record {
namespace {

/// A call of the admin API at the time of another row.
SampleRow admin_call(const SampleRow& like, std::string actor) {
  SampleRow call = like;
  call.row.exchange_number += 1'000'000;
  call.row.kind = AuditKind::Admin;
  call.row.via = actor.empty() ? AuditVia::Nothing : AuditVia::Token;
  call.row.status_code = actor.empty() ? 401 : 200;
  call.actor_role = actor.empty() ? "" : "operator";
  call.actor = std::move(actor);
  call.key_id = call.source_path = call.route_id = "";
  call.path = "/admin/routes";
  call.request_id += "-admin";
  return call;
}

/// Traffic of some full blocks and the beginning of another one, with an admin call after each
/// thousand; those of the first two blocks are made by `early`, the others by `ops` and nobody.
struct Mixed {
  explicit Mixed(SampleStore& store) {
    SampleRows rows(5);
    std::vector<SampleRow> all;
    for (int i = 1; i <= 20'000; ++i) {
      all.push_back(rows.next());
      if (i % 1000 != 0) continue;
      all.push_back(admin_call(all.back(), i <= 8000 ? "early" : i % 2000 == 0 ? "ops" : ""));
    }
    store.write(all);
  }
  std::size_t traffic = 20'000;
  std::size_t calls = 20;
};

std::size_t count_of(AuditReader& reader, std::string_view query) {
  auto filter = parse_audit_filter(query);
  REQUIRE(filter.has_value());
  filter->limit = 1000;
  const std::vector<AuditRecord> all = all_pages(reader, *filter);
  CHECK(reader.count(*filter).value() == all.size());
  return all.size();
}

TEST_CASE("admin calls are listed only where they are asked for") {
  SampleStore store;
  const Mixed mixed(store);
  AuditReader reader = store.reader();
  CHECK(count_of(reader, "") == mixed.traffic);
  CHECK(count_of(reader, "kind=traffic") == mixed.traffic);
  CHECK(count_of(reader, "kind=admin") == mixed.calls);
  CHECK(count_of(reader, "kind=all") == mixed.traffic + mixed.calls);
  CHECK(count_of(reader, "path=/admin/routes") == 0);
  CHECK(count_of(reader, "path=/admin/*&kind=all") == mixed.calls);
  CHECK(count_of(reader, "actor=early") == 8);
  CHECK(count_of(reader, "actor=ops") == 6);
  CHECK(count_of(reader, "actor=nobody-of-this-name") == 0);
  CHECK(count_of(reader, "kind=admin&status_code=401") == 6);
}

TEST_CASE("an actor is no key, and its role no owner of one") {
  SampleStore store;
  const Mixed mixed(store);
  AuditReader reader = store.reader();
  for (const char* query : {"kind=all&api_key=ops", "kind=all&source_path=operator",
                            "kind=admin&api_key=ops", "kind=traffic&api_key=ops"}) {
    CAPTURE(query);
    CHECK(count_of(reader, query) == 0);
  }
}

TEST_CASE("what an admin call tells comes back") {
  SampleStore store;
  SampleRows rows(5);
  SampleRow call = admin_call(rows.next(), "ops");
  call.row.via = AuditVia::Session;
  store.write({call});
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.kinds = AuditKinds::Admin;
  const std::vector<AuditRecord> all = all_pages(reader, filter);
  REQUIRE(all.size() == 1);
  CHECK(all[0].kind == AuditKind::Admin);
  CHECK(all[0].actor == "ops");
  CHECK(all[0].actor_role == "operator");
  CHECK(all[0].via == AuditVia::Session);
  CHECK(all[0].key_id.empty());
  CHECK(all[0].source_path.empty());
  CHECK(reader.get(all[0].id).value()->actor == "ops");
}

TEST_CASE("statistics do not count admin calls") {
  SampleStore store;
  const Mixed mixed(store);
  AuditReader reader = store.reader();
  const auto summary = reader.summary_of_all_time();
  REQUIRE(summary.has_value());
  CHECK(summary->total.requests == mixed.traffic);
  for (const auto& path : summary->top_paths) CHECK(path.name != "/admin/routes");
  for (const auto& source : summary->top_sources) CHECK(source.name != "operator");
}

TEST_CASE("an admin call that a writer left open is ended as one") {
  SampleStore store;
  SampleRows rows(5);
  store.write({admin_call(rows.next(), "ops").begun()});
  store.close();
  store.open();
  store.writer->maintain();
  AuditReader reader = store.reader();
  AuditFilter filter;
  filter.actor = "ops";
  filter.kinds = AuditKinds::Admin;
  const std::vector<AuditRecord> all = all_pages(reader, filter);
  REQUIRE(all.size() == 1);
  CHECK(all[0].stage == AuditStage::Complete);
  CHECK(all[0].error_message == "the gateway ended before the answer did");
  CHECK(reader.summary_of_all_time()->total.requests == 0);
}

}  // namespace
}  // namespace fastgate::record
