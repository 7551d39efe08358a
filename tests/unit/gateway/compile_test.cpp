#include <algorithm>

#include "gateway/snapshot.h"
#include "request_scene.h"

namespace fastgate::gateway {
namespace {

using test::compile_yaml;
using test::snapshot_of;

const Route& route_of(const Snapshot& snapshot, std::string_view id) {
  const auto found = std::ranges::find(snapshot.routes, id, &Route::id);
  REQUIRE(found != snapshot.routes.end());
  return *found;
}

TEST_CASE("settings of a route go before those of the proxy") {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const auto snapshot = snapshot_of(R"(
server: {max_body_size: 1KiB}
proxy: {timeout: 20, connect_timeout: 2, first_byte_timeout: 90, total_timeout: 200, max_retries: 7, sse_keepalive: 15, failover_preamble: {bytes: 1KiB, time: 1s}}
routes:
  - {route_id: plain, match_path: /a, target_host: a}
  - {route_id: own, match_path: /b, target_host: a, timeout: 5, connect_timeout: 1, total_timeout: 50, retry_count: 1, max_body_size: 2KiB, sse_keepalive: 0, failover_preamble: off}
  - {route_id: first, match_path: /c, target_host: a, timeout: 5, first_byte_timeout: 60}
)");
  const RoutePolicy& plain = *route_of(*snapshot, "plain").policy;
  CHECK(plain.timeout == seconds(20));
  CHECK(plain.connect_timeout == seconds(2));
  CHECK(plain.first_byte_timeout == seconds(90));
  CHECK(plain.total_timeout == seconds(200));
  CHECK(plain.sse_keepalive == seconds(15));
  CHECK(plain.failover_preamble.bytes == kibibytes(1));
  CHECK(plain.failover_preamble.time == seconds(1));
  CHECK(plain.retry_count == 7);
  CHECK(plain.max_body_size == 1024);
  const RoutePolicy& own = *route_of(*snapshot, "own").policy;
  CHECK(own.timeout == seconds(5));
  CHECK(own.connect_timeout == seconds(1));
  CHECK(own.first_byte_timeout == seconds(5));
  CHECK(own.total_timeout == seconds(50));
  CHECK(own.sse_keepalive == seconds(0));
  CHECK(own.failover_preamble.bytes.count == 0);
  CHECK(own.retry_count == 1);
  CHECK(own.max_body_size == 2048);
  CHECK(route_of(*snapshot, "first").policy->first_byte_timeout == seconds(60));
}

TEST_CASE("routes that are configured alike share a policy, whatever else they differ in") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: a, match_path: /a, target_host: a, remove_headers: [x-a], add_response_headers: {X-B: "{host}"}}
  - {route_id: b, match_path: "/b/*", target_host: b, target_path: "/c/*", add_headers: {X-C: c}, match_method: GET,
     remove_headers: [X-A, x-c], add_response_headers: {X-B: "{host}"}}
)");
  CHECK(route_of(*snapshot, "a").policy != route_of(*snapshot, "b").policy);
  CHECK(snapshot->policies.size() == 2);

  const auto alike = snapshot_of(R"(
routes:
  - {route_id: a, match_path: /a, target_host: a, timeout: 5, retry_on: [503], permissions: [chat]}
  - {route_id: b, match_path: "/b/*", target_host: b, timeout: 5s, retry_on: [503], permissions: [chat],
     target_path: "/c/*", match_method: GET, priority: 3}
)");
  CHECK(route_of(*alike, "a").policy == route_of(*alike, "b").policy);
  CHECK(alike->policies.size() == 1);
}

TEST_CASE("one setting that differs keeps two routes from sharing a policy") {
  for (const std::string_view setting : {"auth: none",
                                         "queue: {size: 3, max_wait: 1s}, max_concurrency: 1",
                                         "add_headers: {Host: h}",
                                         "audit: {headers: true}",
                                         "retry_on: [timeout]",
                                         "retry_count: 1",
                                         "remove_headers: [x-request-id]",
                                         "rate_limit: 1",
                                         "rate_limit: 9, burst: 1",
                                         "client_rate_limit: 1",
                                         "client_rate_limit: 9, client_burst: 1",
                                         "max_concurrency: 1",
                                         "timeout: 1",
                                         "connect_timeout: 1",
                                         "first_byte_timeout: 1",
                                         "total_timeout: 1",
                                         "sse_keepalive: 1",
                                         "failover_preamble: {bytes: 1KiB, time: 1s}",
                                         "max_body_size: 1KiB",
                                         "remove_headers: [x-a]",
                                         "remove_response_headers: [x-a]",
                                         "add_response_headers: {X-A: a}",
                                         "permissions: [chat]"}) {
    CAPTURE(setting);
    const auto snapshot = snapshot_of(
        "proxy: {sse_keepalive: 15}\n"
        "routes:\n"
        "  - {route_id: plain, match_path: /a, target_host: a}\n"
        "  - {route_id: own, match_path: /b, target_host: a, " +
        std::string(setting) + "}\n");
    CHECK(snapshot->policies.size() == 2);
  }
}

TEST_CASE("ranks are unique and follow the order of the routes") {
  const auto snapshot = snapshot_of(R"(
routes:
  - {route_id: b, match_path: "/*", target_host: a}
  - {route_id: a, match_path: "/a", target_host: a}
  - {route_id: c, match_path: "/*", target_host: a, priority: -5}
)");
  std::string ids;
  for (std::size_t i = 0; i < snapshot->routes.size(); ++i) {
    CHECK(snapshot->routes[i].index == i);
    CHECK(snapshot->routes[i].rank == i);
    ids += snapshot->routes[i].id;
  }
  CHECK(ids == "cab");
}

TEST_CASE("groups are made once for each target") {
  const auto snapshot = snapshot_of(R"(
upstreams:
  - {name: chat, servers: [{host: "127.0.0.1:9001"}, {host: "127.0.0.1"}]}
  - {name: unused, servers: [{host: "127.0.0.1:9009"}]}
routes:
  - {route_id: r0, match_path: /0, upstream: chat}
  - {route_id: r1, match_path: /1, upstream: chat}
  - {route_id: r2, match_path: /2, upstream: chat, target_protocol: https}
  - {route_id: r3, match_path: /3, upstream: chat, target_protocol: https, target_tls: {verify: false}}
  - {route_id: r4, match_path: /4, target_host: "api.example.com", target_protocol: https}
  - {route_id: r5, match_path: /5, target_host: "api.example.com"}
  - {route_id: r6, match_path: /6, target_host: "[::1]:81"}
  - {route_id: r7, match_path: /7, target_host: "api.example.com"}
  - {route_id: r8, match_path: /8, respond: {status: 200}}
)");
  CHECK(snapshot->groups.size() == 6);
  const auto group = [&](int i) -> const GroupSpec& {
    return snapshot
        ->groups[static_cast<std::size_t>(route_of(*snapshot, "r" + std::to_string(i)).group)];
  };
  CHECK(&group(0) == &group(1));
  CHECK(&group(5) == &group(7));
  CHECK(group(0).is_named);
  CHECK(group(0).host_header.empty());
  CHECK(group(0).upstream.servers[1].port == 80);
  CHECK(group(2).upstream.servers[1].port == 443);
  CHECK(group(0).identity != group(2).identity);
  CHECK(group(2).identity != group(3).identity);
  CHECK_FALSE(group(4).is_named);
  CHECK(group(4).host_header == "api.example.com");
  CHECK(group(4).upstream.servers[0].host == "api.example.com");
  CHECK(group(4).upstream.servers[0].port == 443);
  CHECK(group(5).upstream.servers[0].port == 80);
  CHECK(group(6).host_header == "[::1]:81");
  CHECK(group(6).upstream.servers[0].host == "::1");
  CHECK(group(6).upstream.servers[0].port == 81);
  CHECK(route_of(*snapshot, "r8").group == GroupIndex::None);
}

TEST_CASE("the same configuration gives the same group identities") {
  const std::string yaml = R"(
upstreams: [{name: a, servers: [{host: "h:1", weight: 2}], balance: least_conn, health_check: {path: /h}}]
routes: [{route_id: r, upstream: a}]
)";
  CHECK(snapshot_of(yaml)->groups[0].identity == snapshot_of(yaml)->groups[0].identity);
}

TEST_CASE("what a group is known by does not depend on how its servers share the requests") {
  const auto identity = [](const std::string& servers) {
    return snapshot_of("upstreams: [{name: a, servers: [" + servers +
                       "]}]\nroutes: [{route_id: r, upstream: a}]\n")
        ->groups[0]
        .identity;
  };
  const std::string plain = identity("{host: \"h:1\"}, {host: \"h:2\"}");
  CHECK(plain == identity("{host: \"h:1\", weight: 2, max_conns: 3}, {host: \"h:2\"}"));
  CHECK(plain == identity("{host: \"h:1\", backup: true}, {host: \"h:2\"}"));
  CHECK(plain == identity("{host: \"h:1\"}, {host: \"h:2\", down: true}"));
  CHECK(plain != identity("{host: \"h:1\"}"));
  CHECK(plain != identity("{host: \"h:2\"}, {host: \"h:1\"}"));
}

TEST_CASE("every error is told with its place") {
  const auto compiled = compile_yaml(R"(routes:
  - {route_id: a, match_path: "/a/{}", target_host: h}
  - {route_id: b, match_path: "~(", target_host: h}
  - {route_id: c, match_path: "/c", target_host: h, match_headers: {x: "regex:["}}
  - route_id: d
    match_path: /d/{id}
    target_host: h
    target_path: /x/{name}
  - {route_id: e, match_path: "/e", target_host: h, target_path: "/x*"}
  - route_id: f
    match_path: /f
    target_host: h
    match_body_schema:
      properties:
        model: {type: text}
  - {route_id: g, match_path: "/g/{}", target_host: h, is_active: false}
)");
  INFO(compiled.text());
  CHECK(compiled.snapshot == nullptr);
  CHECK(compiled.diagnostics.entries().size() == 7);
  CHECK(compiled.says("test.yaml:2:31: match_path '/a/{}': a capture has no name"));
  CHECK(compiled.says("test.yaml:3:31: match_path '~('"));
  CHECK(compiled.says("test.yaml:4:"));
  CHECK(compiled.says("`match_headers`: `x`: "));
  CHECK(compiled.says("test.yaml:8:18: `target_path`: unknown placeholder '{name}'"));
  CHECK(compiled.says("test.yaml:9:"));
  CHECK(compiled.says("`target_path` ends in `*`, but `match_path` has no wildcard"));
  CHECK(compiled.says("test.yaml:15:"));
  CHECK(compiled.says("`match_body_schema`: "));
  CHECK(compiled.says("test.yaml:16:"));
}

TEST_CASE("secrets do not show in errors") {
  const auto compiled = compile_yaml(R"(routes:
  - {route_id: c, match_path: "/c", target_host: h, match_headers: {x: "regex:[${SECRET}"}}
)");
  CHECK(compiled.snapshot == nullptr);
  CHECK_FALSE(compiled.says("s3cr3t"));
}

TEST_CASE("routes that cannot be reached are warned of") {
  const struct {
    std::string_view better;
    std::string_view worse;
    bool is_shadowed;
  } rows[] = {
      {R"(match_path: "/*")", R"(match_path: "/v1/*")", true},
      {R"(match_path: "*")", R"(match_path: "~^/a")", true},
      {R"(match_path: "/v1/*")", R"(match_path: "/v1/chat")", true},
      {R"(match_path: "/v1*")", R"(match_path: "/v1/*")", true},
      {R"(match_path: "/{a}/x")", R"(match_path: "/b/x")", true},
      {R"(match_path: "/{a}/*")", R"(match_path: "/{b}/c/*")", true},
      {R"(match_path: "*.json")", R"(match_path: "/a.json")", true},
      {R"(match_path: "*.json")", R"(match_path: "*.x.json")", true},
      {R"(match_path: "~^/a")", R"(match_path: "/a/b")", true},
      {R"(match_path: "/*")", R"(match_path: "/a", match_method: GET)", true},
      {R"(match_path: "/a")", R"(match_path: "/a", match_body_schema: {m: 1})", true},
      {R"(match_path: "/a", match_host: "*.x")", R"(match_path: "/a", match_host: a.x)", true},
      {R"(match_path: "/a", match_headers: {x: y})",
       R"(match_path: "/a", match_headers: {X: y, z: z})", true},
      // What can still be reached.
      {R"(match_path: "/v1/*")", R"(match_path: "/v1/*")", false},
      {R"(match_path: "/v1/chat/*")", R"(match_path: "/v1/*")", false},
      {R"(match_path: "/v1/*")", R"(match_path: "/v1*")", false},
      {R"(match_path: "/{a}/x")", R"(match_path: "/{a}/*")", false},
      {R"(match_path: "/a/{b}/{c}")", R"(match_path: "/a/*")", false},
      {R"(match_path: "*.json")", R"(match_path: "/a/*")", false},
      {R"(match_path: "~^/a")", R"(match_path: "/a/*")", false},
      {R"(match_path: "/a", match_method: GET)", R"(match_path: "/a", match_method: "GET,POST")",
       false},
      {R"(match_path: "/a", match_method: GET)", R"(match_path: "/a")", false},
      {R"(match_path: "/*", match_host: a)", R"(match_path: "/a")", false},
      {R"(match_path: "/*", match_host: "*.x")", R"(match_path: "/a", match_host: x)", false},
      {R"(match_path: "/*", match_headers: {x: y})", R"(match_path: "/a")", false},
      {R"(match_path: "/*", match_body_schema: {m: 1})", R"(match_path: "/a")", false},
  };
  for (const auto& row : rows) {
    const std::string yaml = "routes:\n  - {route_id: better, target_host: a, priority: 1, " +
                             std::string(row.better) + "}\n  - {route_id: worse, target_host: b, " +
                             std::string(row.worse) + "}\n";
    INFO(yaml);
    const auto compiled = compile_yaml(yaml);
    REQUIRE(compiled.snapshot != nullptr);
    CHECK(compiled.says("test.yaml:3:5: warning: route `worse` is never chosen: route `better`") ==
          row.is_shadowed);
    CHECK(compiled.diagnostics.entries().size() == (row.is_shadowed ? 1U : 0U));
  }
}

TEST_CASE("a route whose paths the gateway answers itself is warned of") {
  struct Row {
    const char* pattern;
    const char* admin;
    const char* field;  ///< null: no warning
  };
  constexpr const char* kOwnListener = "{listen: \"127.0.0.1:1\", metrics_on_admin_only: true}";
  const Row rows[] = {
      {"/health", "{}", "admin.health_path"},
      {"/metrics", "{}", "admin.metrics_path"},
      {"/admin", "{}", "admin.path"},
      {"/admin/keys", "{}", "admin.path"},
      {"/admin/*", "{}", "admin.path"},
      {"/admin/{what}", "{}", "admin.path"},
      {"/up", "{health_path: /up}", "admin.health_path"},
      {"/health", "{health_path: /up}", nullptr},
      {"/metrics", "{metrics_path: off}", nullptr},
      {"/admin/*", "{path: /gateway}", nullptr},
      {"/health", kOwnListener, "admin.health_path"},
      {"/metrics", kOwnListener, nullptr},
      {"/admin/*", kOwnListener, nullptr},
      {"/health/*", "{}", nullptr},
      {"/admin*", "{}", nullptr},
      {"/administrators", "{}", nullptr},
      {"/*", "{}", nullptr},
      {"*", "{}", nullptr},
      {"*.json", "{}", nullptr},
      {"~^/health$", "{}", nullptr},
  };
  for (const Row& row : rows) {
    const std::string yaml = std::string("admin: ") + row.admin +
                             "\nroutes:\n  - {route_id: r, target_host: a, match_path: \"" +
                             row.pattern + "\"}\n";
    INFO(yaml);
    const auto compiled = compile_yaml(yaml);
    REQUIRE(compiled.snapshot != nullptr);
    CHECK(compiled.diagnostics.entries().size() == (row.field != nullptr ? 1U : 0U));
    if (row.field == nullptr) continue;
    CHECK(
        compiled.says("test.yaml:3:5: warning: route `r` is never chosen: the gateway answers its "
                      "path itself (`" +
                      std::string(row.field) + "`)"));
  }
}

TEST_CASE("a backup on the same path is warned of only where it cannot take over") {
  const std::string backup = R"(
  - {route_id: backup, match_path: "/v1/chat/*", target_host: b, priority: 100}
)";
  const std::string primary =
      "routes:\n  - {route_id: primary, match_path: \"/v1/chat/*\", target_host: a, priority: 50}";
  CHECK_FALSE(compile_yaml(primary + backup).says("warning"));
  CHECK(compile_yaml("proxy: {failover: false}\n" + primary + backup).says("never chosen"));
  const std::string fixed =
      "routes:\n  - {route_id: fixed, match_path: \"/v1/chat/*\", respond: {status: 503}, "
      "priority: 50}";
  CHECK(compile_yaml(fixed + backup).says("never chosen"));
}

}  // namespace
}  // namespace fastgate::gateway
