#include "gateway/choose.h"

#include "gateway/body_reader.h"
#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::RequestScene;
using test::snapshot_of;

/// The ids chosen for a body, the first being the route.
std::string chosen(const Snapshot& snapshot, const std::string& path, std::string_view body) {
  const RequestScene scene("POST " + path +
                           " HTTP/1.1\nHost: h\nContent-Length: " + std::to_string(body.size()));
  json::DocumentParser parser;
  BodyReader reader(parser);
  Shortlist list;
  Candidates candidates;
  snapshot.index->shortlist(scene.facts, list);
  choose(list, list.needs_body() ? &reader.read(scene.head, body) : nullptr, candidates);
  std::string out;
  for (const Route* route : candidates.routes) out.append(out.empty() ? "" : " ").append(route->id);
  return out;
}

TEST_CASE("a model picks its route, everything else the fallback") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: qwen, match_path: "/v2*", match_method: POST, match_body_schema: {model: "mckj/Qwen3-30B-A3B"}, target_host: a, priority: 40}
  - {route_id: other, match_path: "/v2*", match_method: POST, match_body_schema: {model: "other"}, target_host: a, priority: 40}
  - {route_id: fallback, match_path: "/v2*", match_method: POST, target_host: b, priority: 80}
)");
  CHECK(chosen(*snapshot, "/v2/chat", R"({"model": "mckj/Qwen3-30B-A3B"})") == "qwen fallback");
  CHECK(chosen(*snapshot, "/v2", R"({"model": "other", "model": "mckj\/Qwen3-30B-A3B"})") ==
        "qwen fallback");
  CHECK(chosen(*snapshot, "/v2", R"({"model": "other"})") == "other fallback");
  CHECK(chosen(*snapshot, "/v2", R"({"model": "x"})") == "fallback");
  CHECK(chosen(*snapshot, "/v2", R"({"model": null})") == "fallback");
  CHECK(chosen(*snapshot, "/v2", R"({"model": )") == "fallback");
  CHECK(chosen(*snapshot, "/v2", "") == "fallback");
  CHECK(chosen(*snapshot, "/v2", R"(["model"])") == "fallback");
}

TEST_CASE("a table finds what rules one by one find") {
  const std::string_view values[] = {"\"a\"", "\"b\"", "1", "1.5", "true", "null", "\"1\""};
  std::string yaml = "routes:\n";
  for (std::size_t i = 0; i < std::size(values); ++i) {
    for (const std::string_view kind : {"t", "s"}) {
      yaml += "  - {route_id: " + std::string(kind) + std::to_string(i) +
              ", match_path: /x, target_host: a, match_body_schema: {m: " + std::string(values[i]) +
              "}";
      // A header rule keeps a route out of the table.
      if (kind == "s") yaml += ", match_headers: {host: h}";
      yaml += "}\n";
    }
  }
  const auto snapshot = snapshot_of(yaml);
  for (std::size_t i = 0; i < std::size(values); ++i) {
    const std::string n = std::to_string(i);
    INFO(std::string(values[i]));
    CHECK(chosen(*snapshot, "/x", R"({"z": 0, "m": )" + std::string(values[i]) + "}") ==
          "t" + n + " s" + n);
  }
  CHECK(chosen(*snapshot, "/x", R"({"m": 1.0})") == "t2 s2");
  CHECK(chosen(*snapshot, "/x", R"({"m": "c"})").empty());
  CHECK(chosen(*snapshot, "/x", R"({"m": [1]})").empty());
  CHECK(chosen(*snapshot, "/x", R"({"n": 1})").empty());
}

TEST_CASE("the simple form wants every field, deeply") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: r, match_path: /x, target_host: a, match_body_schema: {a: 1, o: {k: [1, {z: null}]}}}
)");
  CHECK(chosen(*snapshot, "/x", R"({"o": {"k": [1, {"z": null}]}, "a": 1.0, "more": 1})") == "r");
  CHECK(chosen(*snapshot, "/x", R"({"o": {"k": [1, {"z": null}]}})").empty());
  CHECK(chosen(*snapshot, "/x", R"({"o": {"k": [{"z": null}, 1]}, "a": 1})").empty());
  CHECK(chosen(*snapshot, "/x", R"({"o": {"k": [1, {}]}, "a": 1})").empty());
  CHECK(chosen(*snapshot, "/x", R"({"o": {"k": [1, {"z": null}]}, "a": true})").empty());
}

TEST_CASE("JSON Schema selects streams") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: stream, match_path: /x, target_host: a, priority: 1, match_body_schema: {properties: {stream: {const: true}}, required: [stream]}}
  - {route_id: rest, match_path: /x, target_host: a}
)");
  CHECK(chosen(*snapshot, "/x", R"({"stream": true})") == "stream rest");
  CHECK(chosen(*snapshot, "/x", R"({"stream": false})") == "rest");
  CHECK(chosen(*snapshot, "/x", "{}") == "rest");
}

TEST_CASE("nothing is tried behind a fixed answer") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: a, match_path: /x, target_host: a, priority: 1}
  - {route_id: answer, match_path: /x, respond: {status: 503}, priority: 2}
  - {route_id: b, match_path: "/*", target_host: a, priority: 3}
)");
  CHECK(chosen(*snapshot, "/x", "") == "a answer");
}

TEST_CASE("rules say why they do not fit") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: r, match_path: /x, target_host: a, match_body_schema: {model: a}}
  - {route_id: secret, match_path: /x, target_host: a, match_body_schema: {model: "${SECRET}"}}
)");
  json::DocumentParser parser;
  BodyReader reader(parser);
  const auto why = [&](std::size_t route, std::string_view body, std::string_view type) {
    const RequestScene scene("POST /x HTTP/1.1\nHost: h\nContent-Type: " + std::string(type));
    return body_mismatch(*snapshot->routes[route].body, &reader.read(scene.head, body));
  };
  CHECK(why(0, R"({"model": "b"})", "application/json") == R"(body: model is "b", not "a")");
  CHECK(why(1, R"({"model": "b"})", "application/json") == R"(body: model is "b", not ***)");
  CHECK(why(0, "{}", "application/json") == "body: model is absent");
  CHECK(why(0, R"({"model": "a"})", "application/vnd.x+json; charset=utf-8").empty());
  CHECK(why(0, R"({"model": "a"})", "text/plain") ==
        "body has the media type 'text/plain', not JSON");
  CHECK(why(0, "{", "application/json").starts_with("body is not JSON: "));
  CHECK(why(0, "", "application/json") == "body is empty");
  CHECK(why(0, "5", "application/json") == "body is neither a JSON object nor an array");
  CHECK(body_mismatch(*snapshot->routes[0].body, nullptr) == "body is absent");
  const std::string long_value(500, 'x');
  CHECK(why(0, R"({"model": ")" + long_value + "\"}", "application/json").size() < 200);
}

}  // namespace
}  // namespace fastgate::gateway
