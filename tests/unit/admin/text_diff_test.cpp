#include "admin/text_diff.h"

#include <string>

#include <doctest/doctest.h>

namespace fastgate::admin {
namespace {

/// How a line stands in a diff.
std::string masked_line(std::string_view line) {
  const std::string diff = unified_diff("f", "", std::string(line) + "\n");
  const std::size_t begin = diff.rfind("\n+") + 2;
  return diff.substr(begin, diff.size() - begin - 1);
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
