#include "gateway/route_index.h"

#include "base/random.h"
#include "gateway/trace.h"
#include "request_scene.h"
#include "support/rounds.h"

namespace fastgate::gateway {
namespace {

using test::RequestScene;
using test::snapshot_of;

/// The ids of the shortlist, those of tables behind a `+`.
std::string shortlisted(const Snapshot& snapshot, std::string_view lines) {
  const RequestScene scene(lines);
  Shortlist list;
  snapshot.index->shortlist(scene.facts, list);
  std::string out;
  for (const Route* route : list.routes) out.append(out.empty() ? "" : " ").append(route->id);
  for (const BodyValueTable* table : list.tables) {
    out.append(out.empty() ? "+" : " +").append(std::to_string(table->values.size()));
  }
  return out;
}

std::string get(std::string_view path, std::string_view host = "h") {
  return "GET " + std::string(path) + " HTTP/1.1\nHost: " + std::string(host);
}

TEST_CASE("routes come by priority, then specificity, then file order") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: all, match_path: "/*", target_host: a}
  - {route_id: v1, match_path: "/v1/*", target_host: a}
  - {route_id: chat, match_path: "/v1/chat", target_host: a}
  - {route_id: chat2, match_path: "/v1/chat", target_host: b}
  - {route_id: id, match_path: "/v1/{id}", target_host: a}
  - {route_id: re, match_path: "~^/v1/c", target_host: a}
  - {route_id: suffix, match_path: "*.json", target_host: a}
  - {route_id: first, match_path: "/v1*", target_host: a, priority: 1}
  - {route_id: off, match_path: "/v1/chat", target_host: a, priority: 1, is_active: false}
)");
  CHECK(shortlisted(*snapshot, get("/v1/chat")) == "first chat chat2 id v1 all re");
  CHECK(shortlisted(*snapshot, get("/v1/x.json")) == "first id v1 all suffix");
  CHECK(shortlisted(*snapshot, get("/other")) == "all");
  CHECK(shortlisted(*snapshot, get("/%76%31/chat?x=/v2")) == "first chat chat2 id v1 all re");
  CHECK(shortlisted(*snapshot, get("/x/../v1/chat")) == "first chat chat2 id v1 all re");
}

TEST_CASE("methods, hosts and headers are conditions") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: post, match_path: "/*", match_method: POST, target_host: a}
  - {route_id: two, match_path: "/*", match_method: "GET,PURGE", target_host: a}
  - {route_id: host, match_path: "/*", match_host: Example.com, target_host: a}
  - {route_id: port, match_path: "/*", match_host: "example.com:81", target_host: a}
  - {route_id: wild, match_path: "/*", match_host: "*.example.com", target_host: a}
  - {route_id: head, match_path: "/*", match_headers: {X-Env: Test}, target_host: a}
  - {route_id: regex, match_path: "/*", match_headers: {x-env: "regex:^te"}, target_host: a}
)");
  CHECK(shortlisted(*snapshot, "POST / HTTP/1.1\nHost: h") == "post");
  CHECK(shortlisted(*snapshot, "PURGE / HTTP/1.1\nHost: h") == "two");
  CHECK(shortlisted(*snapshot, "DELETE / HTTP/1.1\nHost: h").empty());
  CHECK(shortlisted(*snapshot, "BREW / HTTP/1.1\nHost: h").empty());
  const std::string brew = "BREW / HTTP/1.1\nHost: ";
  CHECK(shortlisted(*snapshot, brew + "EXAMPLE.com") == "host");
  CHECK(shortlisted(*snapshot, brew + "example.com.") == "host");
  CHECK(shortlisted(*snapshot, brew + "example.com:81") == "host port");
  CHECK(shortlisted(*snapshot, brew + "example.com:80") == "host");
  CHECK(shortlisted(*snapshot, brew + "a.b.Example.com") == "wild");
  CHECK(shortlisted(*snapshot, brew + "badexample.com").empty());
  CHECK(shortlisted(*snapshot, brew + "h\nx-ENV: tEST") == "head regex");
  CHECK(shortlisted(*snapshot, brew + "h\nx-env: no\nX-Env: tester") == "regex");
}

TEST_CASE("routes that differ in one body value are one table") {
  std::string yaml = "routes:\n";
  for (int i = 0; i < 50; ++i) {
    yaml += "  - {route_id: m" + std::to_string(i) +
            ", match_path: \"/v2*\", match_method: POST, match_body_schema: {model: \"m" +
            std::to_string(i) + "\"}, target_host: a, priority: 40}\n";
  }
  yaml +=
      R"(  - {route_id: two, match_path: "/v2*", match_body_schema: {model: m1, n: 1}, target_host: a}
  - {route_id: fallback, match_path: "/v2*", target_host: a}
  - {route_id: early, match_path: "/v2/early", target_host: a, priority: 1}
)";
  const auto snapshot = snapshot_of(yaml);
  CHECK(shortlisted(*snapshot, "POST /v2/x HTTP/1.1\nHost: h\nContent-Length: 2") ==
        "two fallback +50");
  CHECK(shortlisted(*snapshot, "GET /v2/x HTTP/1.1\nHost: h") == "two fallback");

  const RequestScene scene("POST /v2/x HTTP/1.1\nHost: h\nContent-Length: 2");
  Shortlist list;
  snapshot->index->shortlist(scene.facts, list);
  CHECK(list.needs_body());
  CHECK(list.wants_key());
  const RequestScene early("POST /v2/early HTTP/1.1\nHost: h\nContent-Length: 2");
  snapshot->index->shortlist(early.facts, list);
  CHECK_FALSE(list.needs_body());
}

TEST_CASE("the index finds what asking every route finds") {
  std::string yaml = "routes:\n";
  const std::string_view paths[] = {"/a", "/a/*", "/a/{x}", "/{y}/b", "*.js", "/a/b*", "~^/a/b"};
  const std::string_view hosts[] = {"", "h.x", "*.x", "h.x:81"};
  const std::string_view methods[] = {"ANY", "GET", "GET,BREW"};
  int id = 0;
  for (const auto path : paths) {
    for (const auto host : hosts) {
      for (const auto method : methods) {
        yaml += "  - {route_id: r" + std::to_string(id++) + ", match_path: \"" + std::string(path) +
                "\", match_method: \"" + std::string(method) + "\", target_host: t";
        if (!host.empty()) yaml += ", match_host: \"" + std::string(host) + "\"";
        yaml += "}\n";
      }
    }
  }
  const auto snapshot = snapshot_of(yaml);
  for (const std::string_view method : {"GET", "POST", "BREW", "PURGE"}) {
    for (const std::string_view path : {"/a", "/a/", "/a/b", "/c/b", "/a/b.js", "/x", "/a/b/c"}) {
      for (const std::string_view host : {"h.x", "g.h.x", "h.x:81", "x"}) {
        std::string lines(method);
        lines.append(" ").append(path).append(" HTTP/1.1\nHost: ").append(host);
        const RequestScene scene(lines);
        std::string expected;
        for (const Route& route : snapshot->routes) {
          if (!mismatch(route, scene.facts, nullptr).empty()) continue;
          expected.append(expected.empty() ? "" : " ").append(route.id);
        }
        INFO(lines);
        CHECK(shortlisted(*snapshot, lines) == expected);
      }
    }
  }
}

/// Words that begin and end with each other, so that patterns overlap.
std::string random_text(FastRandom& random) {
  constexpr std::string_view kTexts[] = {"a",    "ab", "abc",  "b-",   "b-1",
                                         "b-12", "c",  "svc1", "svc12"};
  return std::string(kTexts[random.below(std::size(kTexts))]);
}

std::string random_pattern(FastRandom& random) {
  std::string path;
  const auto depth = random.below(3);
  for (std::uint64_t i = 0; i < depth; ++i) {
    path += random.below(4) == 0 ? "/{c" + std::to_string(i) + "}" : "/" + random_text(random);
  }
  switch (random.below(8)) {
    case 0:
      return "*" + random_text(random);
    case 1:
      return "~^/" + random_text(random) + (random.below(2) == 0 ? "[/-]" : "?/");
    case 2:
      return "~" + random_text(random) + "$";
    case 3:
      return path + "/*";
    case 4:
      return "~^/" + random_text(random) + "|/" + random_text(random) + "$";
    case 5:
      return path + "/" + random_text(random) + "*";
    default:
      return path + "/" + random_text(random);
  }
}

std::string random_table(FastRandom& random) {
  constexpr std::string_view kHosts[] = {"", "", "h.x", "*.x", "*.h.x", "h.x:81"};
  constexpr std::string_view kMethods[] = {"ANY", "ANY", "GET", "POST,PUT", "GET,BREW"};
  std::string yaml = "routes:\n";
  const auto count = 1 + random.below(120);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto host = kHosts[random.below(std::size(kHosts))];
    yaml += "  - {route_id: r" + std::to_string(i) + ", match_path: '" + random_pattern(random) +
            "', priority: " + std::to_string(random.below(3)) + ", match_method: '" +
            std::string(kMethods[random.below(std::size(kMethods))]) + "', target_host: t";
    if (!host.empty()) yaml += ", match_host: '" + std::string(host) + "'";
    if (random.below(6) == 0) yaml += ", match_headers: {x-env: test}";
    yaml += "}\n";
  }
  return yaml;
}

TEST_CASE("in random tables the index finds what asking every route finds") {
  constexpr std::string_view kHosts[] = {"h.x", "g.h.x", "h.x:81", "y"};
  constexpr std::string_view kMethods[] = {"GET", "POST", "BREW"};
  FastRandom random(23);
  for (int round = 0; round < fastgate::test::rounds(40); ++round) {
    const auto snapshot = snapshot_of(random_table(random));
    for (int i = 0; i < 60; ++i) {
      std::string lines(kMethods[random.below(std::size(kMethods))]);
      lines += " ";
      const auto depth = 1 + random.below(3);
      for (std::uint64_t d = 0; d < depth; ++d) lines += "/" + random_text(random);
      if (random.below(3) == 0) lines += random_text(random);
      lines.append(" HTTP/1.1\nHost: ").append(kHosts[random.below(std::size(kHosts))]);
      if (random.below(3) == 0) lines += "\nX-Env: test";
      const RequestScene scene(lines);
      std::string expected;
      for (const Route& route : snapshot->routes) {
        if (!mismatch(route, scene.facts, nullptr).empty()) continue;
        expected.append(expected.empty() ? "" : " ").append(route.id);
      }
      INFO(lines);
      CHECK(shortlisted(*snapshot, lines) == expected);
    }
  }
}

TEST_CASE("whether every route wants a key is known without a look at them") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: open, match_path: "/a/*", target_host: a, auth: none}
  - {route_id: kept, match_path: "/a/b", target_host: a}
  - {route_id: also, match_path: "/c", target_host: a}
)");
  Shortlist list;
  for (const auto& [path, wants] : {std::pair("/a/b", false), {"/a/c", false}, {"/c", true}}) {
    const RequestScene scene(get(path));
    snapshot->index->shortlist(scene.facts, list);
    INFO(path);
    CHECK(list.wants_key() == wants);
  }
}

}  // namespace
}  // namespace fastgate::gateway
