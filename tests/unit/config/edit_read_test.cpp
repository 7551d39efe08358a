#include "config/edit_read.h"

#include <doctest/doctest.h>

namespace fastgate::config {
namespace {

constexpr std::string_view kText = R"(server:
  port: 1
routes:
  - route_id: a
    match_headers:
      X-A: b
      X-C: d
    tests:
      - request: {path: /x}
        expect: {status: 200}
  - {route_id: "${B}", priority: 5, is_active: true, permissions: [x, "1"]}
)";

TEST_CASE("an entry is read as it was written") {
  const auto fields = entry_fields(kText, {EditList::Routes, 1});
  REQUIRE(fields.has_value());
  REQUIRE(fields->size() == 4);
  CHECK((*fields)[0].second.text == "${B}");
  CHECK((*fields)[0].second.kind == EditValue::Kind::String);
  CHECK((*fields)[1].second.kind == EditValue::Kind::Number);
  CHECK((*fields)[2].second.kind == EditValue::Kind::Boolean);
  CHECK((*fields)[3].second.items.size() == 2);
  CHECK((*fields)[3].second.items[1].kind == EditValue::Kind::String);
  CHECK_FALSE(entry_fields(kText, {EditList::Routes, 2}).has_value());
  CHECK_FALSE(entry_fields(kText, {EditList::Keys, 0}).has_value());
  CHECK_FALSE(entry_fields("routes: [", {EditList::Routes, 0}).has_value());
}

TEST_CASE("a place in the text has the name of its field") {
  CHECK(field_at(kText, 2, 9) == "server.port");
  CHECK(field_at(kText, 6, 12) == "match_headers.X-A");
  CHECK(field_at(kText, 7, 7) == "match_headers.X-C");
  CHECK(field_at(kText, 9, 25) == "tests.0.request.path");
  CHECK(field_at(kText, 11, 34) == "priority");
  CHECK(field_at(kText, 4, 5).empty());  // the entry as a whole
  CHECK(field_at("a: [", 1, 1).empty());
}

}  // namespace
}  // namespace fastgate::config
