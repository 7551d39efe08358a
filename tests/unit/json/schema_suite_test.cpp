// The official JSON Schema Test Suite: all required cases of both drafts. What does not pass must
// be exactly what src/json/schema_gaps.md lists.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "json/schema.h"
#include "json/value.h"

namespace fastgate::json {
namespace {

namespace fs = std::filesystem;

struct Suite {
  std::string name;  ///< as in the first column of the list of gaps
  fs::path folder;
  bool is_draft07;
  std::string package;
  int least_cases;
};

const Suite kSuites[] = {
    {"draft2020-12",
     "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft2020-12", false,
     "libtest-json-schema-acceptance-perl", 1100},
    {"draft7", "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests/draft7", true,
     "libtest-json-schema-acceptance-perl", 800},
    {"draft7 of 2019", "/usr/share/json-schema-test-suite/tests/draft7", true,
     "json-schema-test-suite", 400},
};

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE_MESSAGE(in.good(), path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Cases that fail, by "file | group".
struct Tally {
  int cases = 0;
  int passed = 0;
  std::map<std::string, int> failing;
};

/// A draft-07 suite leaves out `$schema`.
std::string schema_text(const ValueView& schema, const Suite& suite) {
  std::string text = to_json(schema);
  if (!suite.is_draft07 || !schema.is(Kind::Object) || schema.find("$schema")) return text;
  const std::string draft = R"({"$schema":"http://json-schema.org/draft-07/schema#")";
  return draft + (schema.size() == 0 ? "" : ",") + text.substr(1);
}

void run_group(const Suite& suite, const std::string& file, const ValueView& group, Tally& tally) {
  SchemaScratch scratch;
  const auto schema = Schema::compile(schema_text(*group.find("schema"), suite));
  const std::string name = file + " | " + std::string(group.find("description")->string());
  for (const ValueView test : group.find("tests")->items()) {
    ++tally.cases;
    const MatchOutcome expected =
        test.find("valid")->boolean() ? MatchOutcome::Match : MatchOutcome::NoMatch;
    if (schema && schema->match(*test.find("data"), scratch) == expected) {
      ++tally.passed;
    } else {
      ++tally.failing[name];
    }
    // A schema that compiles must never give a wrong answer.
    if (schema) {
      INFO(suite.name, ": ", name, ": ", std::string(test.find("description")->string()));
      CHECK(static_cast<int>(schema->match(*test.find("data"), scratch)) ==
            static_cast<int>(expected));
    }
  }
}

Tally run_suite(const Suite& suite) {
  REQUIRE_MESSAGE(fs::is_directory(suite.folder),
                  "the JSON Schema Test Suite is missing: apt-get install ", suite.package);
  Tally tally;
  for (const auto& entry : fs::directory_iterator(suite.folder)) {
    if (entry.path().extension() != ".json") continue;
    const auto groups = Value::parse(content_of(entry.path()));
    REQUIRE_MESSAGE(groups.has_value(), entry.path().string());
    for (const ValueView group : groups->view().items()) {
      run_group(suite, entry.path().filename().string(), group, tally);
    }
  }
  return tally;
}

/// The rows `| suite | file | group | cases |` of one suite.
std::map<std::string, int> listed_gaps(const std::string& suite) {
  std::ifstream in(std::string(FASTGATE_SOURCE_DIR) + "/src/json/schema_gaps.md");
  REQUIRE(in.good());
  std::map<std::string, int> gaps;
  const std::string start = "| " + suite + " | ";
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(start)) continue;
    const std::size_t last = line.rfind(" | ");
    gaps[line.substr(start.size(), last - start.size())] = std::stoi(line.substr(last + 3));
  }
  return gaps;
}

TEST_CASE("the official test suite passes but for the listed gaps") {
  for (const Suite& suite : kSuites) {
    INFO(suite.name);
    const Tally tally = run_suite(suite);
    MESSAGE(suite.name, ": ", tally.passed, " of ", tally.cases, " cases pass");
    CHECK(tally.cases >= suite.least_cases);
    CHECK(tally.passed * 100 >= tally.cases * 95);
    const std::map<std::string, int> listed = listed_gaps(suite.name);
    for (const auto& [group, count] : tally.failing) {
      const auto gap = listed.find(group);
      CHECK_MESSAGE(gap != listed.end(), "not listed: | ", suite.name, " | ", group, " | ", count,
                    " |");
      if (gap != listed.end()) CHECK(gap->second == count);
    }
    for (const auto& [group, count] : listed) {
      CHECK_MESSAGE(tally.failing.contains(group), "listed, but passes: ", group);
    }
  }
}

}  // namespace
}  // namespace fastgate::json
