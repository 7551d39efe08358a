#include "admin/api.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "admin/call_table.h"
#include "admin/query.h"

namespace fastgate::admin {
namespace {

Answer nothing(const CallContext&, const Call&) {
  return json_reply("{}");
}

constexpr CallEntry kTable[] = {
    {http::Method::Get, "/keys", Role::Viewer, Lane::Reads, BodyKind::None, nothing, "list", ""},
    {http::Method::Get, "/keys/sources", Role::Viewer, Lane::Reads, BodyKind::None, nothing,
     "sources", ""},
    {http::Method::Get, "/keys/{id}", Role::Viewer, Lane::Reads, BodyKind::None, nothing, "show",
     ""},
    {http::Method::Put, "/keys/{id}", Role::Admin, Lane::Writes, BodyKind::Json, nothing, "put",
     ""},
    {http::Method::Get, "/ui/*", Role::None, Lane::Loop, BodyKind::None, nothing, "page", ""},
};

std::string operation(http::Method method, std::string_view path) {
  const FoundCall found = find_call(kTable, method, path);
  return found.entry == nullptr ? "" : std::string(found.entry->operation);
}

TEST_CASE("calls are found by method and path, fixed paths before patterns") {
  using enum http::Method;
  CHECK(operation(Get, "/keys") == "list");
  CHECK(operation(Head, "/keys") == "list");
  CHECK(operation(Get, "/keys/sources") == "sources");
  CHECK(operation(Get, "/keys/fg_1") == "show");
  CHECK(operation(Put, "/keys/fg_1") == "put");
  CHECK(operation(Get, "/ui/") == "page");
  CHECK(operation(Get, "/ui/a/b.js") == "page");
  for (const char* path : {"", "/", "/key", "/keys/", "/keys/a/b", "/ui"}) {
    INFO(path);
    CHECK(operation(Get, path).empty());
  }
  CHECK(find_call(kTable, Get, "/keys/fg_1").captures == std::vector<std::string>{"fg_1"});
  CHECK(find_call(kTable, Get, "/ui/a/b.js").captures == std::vector<std::string>{"a/b.js"});
  CHECK(find_call(kTable, Delete, "/keys/fg_1").allow == "GET, HEAD, PUT");
  CHECK(find_call(kTable, Delete, "/none").allow.empty());
}

TEST_CASE("no call of the table is hidden by an earlier one, and each has a name of its own") {
  std::vector<std::string_view> names;
  for (const CallEntry& entry : call_table()) {
    INFO(entry.operation);
    std::string path(entry.pattern);
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "value");
    }
    if (path.ends_with('*')) path.replace(path.size() - 1, 1, "value");
    CHECK(find_call(call_table(), entry.method, path).entry == &entry);
    CHECK(std::ranges::find(names, entry.operation) == names.end());
    names.push_back(entry.operation);
    // What changes something is nobody's to call without being asked who it is.
    if (entry.method != http::Method::Get && entry.pattern != "/session") {
      CHECK(entry.role != Role::None);
    }
  }
}

TEST_CASE("a query is decoded, its first value counts, and an empty one is none") {
  const Query query("a=1&b=x%20y+z&a=2&c=&d&e=%zz&%66=g&=h");
  CHECK(query.find("a") == "1");
  CHECK(query.find("b") == "x y z");
  CHECK(query.find("c") == std::nullopt);
  CHECK(query.find("d") == std::nullopt);
  CHECK(query.find("e") == "%zz");
  CHECK(query.find("f") == "g");
  CHECK_FALSE(query.has("g"));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "x" + std::to_string(i) + "=1&";
  CHECK(Query(many).has("x63"));
  CHECK_FALSE(Query(many).has("x64"));
}

TEST_CASE("ETags are compared as lists of strong ones") {
  const std::string tag = tag_of("text");
  CHECK(tag.size() == 34);
  CHECK(tag != tag_of("other"));
  CHECK(names_tag(tag, tag));
  CHECK(names_tag("\"x\", W/" + tag, tag));
  CHECK(names_tag("*", tag));
  CHECK_FALSE(names_tag("\"x\"", tag));
  CHECK_FALSE(names_tag("", tag));
}

TEST_CASE("an error names its fields") {
  ApiError error = refuse_field("timeout", "must be a duration").error();
  error.errors.push_back({.field = "a", .message = "b", .file = "f.yaml", .line = 3, .column = 5});
  const gateway::Reply reply = reply_of(error, "req_1");
  CHECK(reply.status == 422);
  CHECK(
      reply.body ==
      R"({"detail":"`timeout` must be a duration","error":{"message":"`timeout` must be a )"
      R"(duration","type":"invalid_request_error","code":"invalid_field"},"request_id":"req_1",)"
      R"("errors":[{"field":"timeout","message":"must be a duration"},{"field":"a","message":"b",)"
      R"("file":"f.yaml","line":3,"column":5}]})");
}

}  // namespace
}  // namespace fastgate::admin
