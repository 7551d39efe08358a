#include "admin/api.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "admin/call_table.h"
#include "admin/query.h"
#include "admin/text_diff.h"

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

TEST_CASE("a diff shows the lines between the first and the last change") {
  CHECK(unified_diff("f", "a\nb\n", "a\nb\n").empty());
  CHECK(unified_diff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n") ==
        "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
  CHECK(unified_diff("f", "", "a\n") == "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
  CHECK(unified_diff("f", "a\n", "") == "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n");
  CHECK(unified_diff("f", "a\na\n", "a\na\na\n") == "--- f\n+++ f\n@@ -1,2 +1,3 @@\n a\n a\n+a\n");
}

TEST_CASE("secrets do not stand in a diff, references do") {
  CHECK(masked_line("    Authorization: Bearer sk-1") == "    Authorization: ***");
  CHECK(masked_line("    Authorization: \"Bearer ${KEY}\"") ==
        "    Authorization: \"Bearer ${KEY}\"");
  CHECK(masked_line("    Authorization: \"$${KEY}\"") == "    Authorization: ***");
  CHECK(masked_line("  Authorization: bearer ${file:/k}  # mine") ==
        "  Authorization: bearer ${file:/k}  # mine");
  CHECK(masked_line("  token: '${KEY:-}'") == "  token: '${KEY:-}'");
  CHECK(masked_line("  h: {X-Api-Key: 'a,b', Other: c, \"Cookie\": d}") ==
        "  h: {X-Api-Key: ***, Other: c, \"Cookie\": ***}");
  CHECK(masked_line("    token:") == "    token:");
  CHECK(masked_line("    max_tokens: 5") == "    max_tokens: 5");
  CHECK(masked_line(R"(  password: "a\"b"  # c)") == "  password: ***  # c");
  CHECK(masked_line("  {password: 'it''s', x: y}") == "  {password: ***, x: y}");
  CHECK(masked_line("  Authorization : Bearer sk-1") == "  Authorization : ***");
  CHECK(masked_line("  {credentials: {user: a, pass: [b, '}']}, x: y}") ==
        "  {credentials: ***, x: y}");
  CHECK(masked_line(R"(  body: "{\"model\":\"m\",\"api_key\":\"hid,den\"}")") ==
        R"(  body: "{\"model\":\"m\",\"api_key\":***)");
  CHECK(masked_line("  body: a=1&client_secret=hidden&b=2") == "  body: a=1&client_secret=***&b=2");
  CHECK(masked_line("  - {name: a, token_sha256: 0123}") == "  - {name: a, token_sha256: ***}");
}

TEST_CASE("what stands beside a reference is a secret still") {
  for (const std::string_view value :
       {"Bearer hunter2   # was ${X_TOKEN}", "hunter2-${X}", "\"hunter2-${X}\"", "${X}hunter2",
        "hunter2 ${X}", "Bearer ${X} hunter2", "${X}${Y} # hunter2", "'${X:-hunter2}'",
        "[hunter2, \"${X}\"]", "\"${X} # hunter2\"", "${X", "${X}#hunter2"}) {
    INFO(value);
    CHECK(masked_line("  Authorization: " + std::string(value)) == "  Authorization: ***");
  }
  CHECK(masked_line("  token: ${X}  # was password: hunter2") ==
        "  token: ${X}  # was password: ***");
}

TEST_CASE("a secret that goes on over further lines does not stand in a diff") {
  const std::string secrets =
      "a:\n"
      "  Authorization: |\n"
      "    s1\n"
      "\n"
      "      s2\n"
      "  credentials:\n"
      "  - s3\n"
      "  - s4: s5\n"
      "  - Cookie: s6\n"
      "      s7\n"
      "    x: shown\n"
      "  password: \"s8\n"
      " s9\"\n"
      "  token:\n"
      "    deep: {a: s10,\n"
      "      b: s11}\n"
      "  secret: # a comment\n"
      "  - s12\n"
      "  x-key: &name\n"
      "  - s13\n"
      "  cookie: ${X}\n"
      "    s14\n"
      "  last: shown\n";
  const auto is_safe = [](const std::string& diff) {
    for (int i = 1; i <= 14; ++i) {
      if (diff.find("s" + std::to_string(i)) != std::string::npos) return false;
    }
    return true;
  };
  const std::string all = unified_diff("f", "", secrets);
  CHECK_MESSAGE(is_safe(all), all);
  CHECK(all.ends_with("+  last: shown\n"));
  // Wherever the hunk begins and ends.
  for (std::size_t at = 0; at < secrets.size(); at = secrets.find('\n', at) + 1) {
    std::string other = secrets;
    other.insert(at, "# new\n");
    const std::string diff = unified_diff("f", secrets, other);
    CHECK_MESSAGE(is_safe(diff), diff);
  }
}

}  // namespace
}  // namespace fastgate::admin
