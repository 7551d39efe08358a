#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "gateway/trace.h"
#include "json/document.h"
#include "request_scene.h"

namespace fastgate::gateway {
namespace {

constexpr std::string_view kMark = "> ";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::string_view trim_end(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

/// A request of a specification and the explanation below it.
struct Case {
  DryRequest request;
  std::string expected;
  bool is_in_body = false;
};

void read_request_line(Case& out, std::string_view line) {
  if (out.is_in_body) {
    out.request.body->append(line);
  } else if (line.empty()) {
    out.is_in_body = true;
    out.request.body.emplace();
  } else {
    const std::size_t colon = line.find(':');
    REQUIRE(colon != std::string_view::npos);
    out.request.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
}

/// A line of a request that begins with a method; fields have a colon there, bodies a brace.
bool begins_request(std::string_view line) {
  const std::string_view word = line.substr(0, line.find(' '));
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::vector<Case> cases_of(const std::string& text) {
  std::vector<Case> cases;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.starts_with(kMark)) {
      REQUIRE(!cases.empty());
      cases.back().expected.append(line).append("\n");
      continue;
    }
    const std::string_view part = line.substr(kMark.size());
    if (cases.empty() || begins_request(part)) {
      cases.emplace_back();
      cases.back().request.method = part.substr(0, part.find(' '));
      cases.back().request.url = part.substr(part.find(' ') + 1);
    } else {
      read_request_line(cases.back(), part);
    }
  }
  return cases;
}

TEST_CASE("requests are explained word for word") {
  const std::filesystem::path folder = std::filesystem::path(FASTGATE_SOURCE_DIR) / "tests/explain";
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::filesystem::path path = entry.path();
    if (path.extension() != ".yaml") continue;
    const auto snapshot = test::snapshot_of(content_of(path));
    const std::vector<Case> cases = cases_of(content_of(path.replace_extension(".txt")));
    INFO(path.string());
    REQUIRE(!cases.empty());
    for (const Case& spec : cases) {
      ++found;
      INFO(spec.request.method, " ", spec.request.url);
      const Explanation explanation = explain(*snapshot, spec.request);
      std::string text;
      append_text(text, explanation);
      CHECK(trim_end(text) == trim_end(spec.expected));
      std::string json;
      append_json(json, explanation);
      json::DocumentParser parser;
      const auto parsed = parser.parse(json);
      REQUIRE(parsed.has_value());
      const auto id = parsed->find("route_id");
      REQUIRE(id.has_value());
      CHECK((id->is(json::Kind::Null) ? "none" : std::string(id->string())) ==
            explanation.route_id.value_or("none"));
      CHECK(parsed->find("rejected")->size() == explanation.rejected.size());
      CHECK_FALSE(json.contains("s3cr3t"));
    }
  }
  CHECK(found >= 15);
}

}  // namespace
}  // namespace fastgate::gateway
