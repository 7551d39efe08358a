#include "config/load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

TEST_CASE("an empty file gives the contract's defaults") {
  const Loaded loaded = load_text("");
  REQUIRE(loaded.messages().empty());
  const Config& config = loaded.config;
  REQUIRE(config.server.listen.size() == 1);
  CHECK(config.server.listen[0].host == "0.0.0.0");
  CHECK(config.server.listen[0].port == 8000);
  CHECK(config.server.workers == 0);
  CHECK(config.server.max_body_size == mebibytes(64));
  CHECK(config.admin.path == "/admin");
  CHECK(config.admin.tokens.empty());
  CHECK(config.admin.auth == AdminAuth::Token);
  REQUIRE(config.admin.allow.size() == 2);
  CHECK(contains(config.admin.allow, IpAddress::parse("127.9.9.9").value()));
  CHECK_FALSE(contains(config.admin.allow, IpAddress::parse("10.0.0.1").value()));
  CHECK(config.database.retention == std::chrono::hours(720));
  CHECK(config.proxy.timeout == milliseconds(30'000));
  CHECK(config.proxy.max_retries == 3);
  CHECK(config.pid_file == "run/fastgate.pid");
  CHECK(config.files == std::vector<std::string>{"a.yaml"});
}

TEST_CASE("the keys of M-FastGate mean what they did") {
  const Loaded loaded = load_text(
      "server: {host: \"127.0.0.1\", port: 9000}\ndatabase: {sqlite_path: \"data/x.db\"}\n"
      "proxy: {timeout: 45, max_retries: 5, async_audit: false}\n");
  REQUIRE(loaded.messages().empty());
  CHECK(loaded.config.server.listen[0].host == "127.0.0.1");
  CHECK(loaded.config.server.listen[0].port == 9000);
  CHECK(loaded.config.database.sqlite_path.value == "data/x.db");
  CHECK(loaded.config.proxy.timeout == milliseconds(45'000));
  CHECK(loaded.config.proxy.max_retries == 5);
  CHECK_FALSE(loaded.config.proxy.async_audit);
}

TEST_CASE("listeners are read in all their forms") {
  const Loaded loaded = load_text(
      "server:\n  listen: [\"[::]:8443 tls\", \":80\", \"*:81\", \"82\", \"localhost:0\"]\n"
      "  tls: {certificate: c, private_key: k}\n");
  REQUIRE(loaded.messages().empty());
  const auto& listen = loaded.config.server.listen;
  REQUIRE(listen.size() == 5);
  CHECK(listen[0].host == "::");
  CHECK(listen[0].port == 8443);
  CHECK(listen[0].tls);
  CHECK(listen[1].host == "0.0.0.0");
  CHECK(listen[2].host == "0.0.0.0");
  CHECK(listen[3].port == 82);
  CHECK_FALSE(listen[3].tls);
  CHECK(listen[4].port == 0);
}

TEST_CASE("host and port with certificates serve TLS") {
  const Loaded loaded =
      load_text("server: {host: \"::1\", port: 8443, tls: [{certificate: c, private_key: k}]}\n");
  REQUIRE(loaded.messages().empty());
  CHECK(loaded.config.server.listen[0].host == "::1");
  CHECK(loaded.config.server.listen[0].tls);
}

TEST_CASE("clients' certificates are asked for by listeners with TLS alone") {
  const std::string tls =
      "server:\n  listen: [\"a:1 tls\"]\n  tls: {certificate: c, private_key: k}\n";
  const Loaded loaded = load_text(tls + "  client_tls: {ca: x}\n");
  REQUIRE(loaded.messages().empty());
  const auto& clients = loaded.config.server.client_tls;
  REQUIRE(clients.has_value());
  CHECK(clients->ca.value == "x");
  CHECK(clients->verify == ClientVerify::Required);
  CHECK_FALSE(clients->crl.has_value());
  CHECK(clients->depth == 1);
  CHECK_FALSE(load_text(tls).config.server.client_tls.has_value());
  const struct {
    std::string text;
    std::string_view message;
  } rows[] = {
      {tls + "  client_tls: {verify: optional}\n", ":4:15: `client_tls`: needs `ca`"},
      {tls + "  client_tls: {ca: x, verify: on}\n", ":4:31: `verify`"},
      {tls + "  client_tls: {ca: x, depth: 1000}\n", ":4:30: `depth`"},
      {tls + "  client_tls: {ca: x, clr: y}\n", "did you mean `crl`?"},
      {"server: {port: 1, client_tls: {ca: x}}\n",
       ":1:31: `client_tls` needs an entry of `listen` that ends in ` tls`"},
      {"server: {ssl_verify_client: on}\n", "here it is `verify` of `server.client_tls`"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const std::string messages = load_text(row.text).messages();
    INFO(messages);
    CHECK(messages.contains(row.message));
    CHECK(std::ranges::count(messages, '\n') == 1);
  }
}

TEST_CASE("admin tokens are kept as digests only") {
  const Loaded loaded = load_text(
      "admin:\n  token: my-secret\n  tokens: [{name: bob, role: viewer, token: other}]\n");
  REQUIRE(loaded.messages().empty());
  const auto& tokens = loaded.config.admin.tokens;
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].token_sha256 == sha256("my-secret"));
  CHECK(tokens[0].role == AdminRole::Admin);
  CHECK(tokens[1].token_sha256 == sha256("other"));
  CHECK(tokens[1].role == AdminRole::Viewer);
}

TEST_CASE("an empty admin token is none") {
  CHECK(load_text("admin: {token: \"\"}\n").config.admin.tokens.empty());
  CHECK(load_text("admin:\n  token: ${NOT_SET:-}\n").config.admin.tokens.empty());
}

TEST_CASE("auth none is accepted for loopback alone") {
  CHECK(load_text("admin: {auth: none}\n").messages().empty());
  CHECK(load_text("admin: {auth: none, allow: [127.0.0.1, \"::1\"]}\n").messages().empty());
  for (const std::string_view allow : {"10.0.0.1", "0.0.0.0/0", "\"::/0\"", "\"::ffff:0:0/96\""}) {
    INFO(allow);
    CHECK(load_text("admin: {auth: none, allow: [127.0.0.1, " + std::string(allow) + "]}\n")
              .diagnostics.has_errors());
  }
}

TEST_CASE("audit.on_full may stand at the top or in database") {
  CHECK(load_text("audit: {on_full: drop}\n").config.database.on_full == OnFull::Drop);
  CHECK(load_text("database: {on_full: drop}\n").config.database.on_full == OnFull::Drop);
  CHECK(load_text("").config.database.on_full == OnFull::Wait);
}

TEST_CASE("a total_timeout of 0 is none, and a route's own 0 stays told") {
  CHECK_FALSE(load_text("proxy: {total_timeout: 0}\n").config.proxy.total_timeout);
  const Loaded loaded = load_text("routes: [{target_host: a, total_timeout: 0}]\n");
  CHECK(loaded.config.routes[0].total_timeout == milliseconds(0));
}

TEST_CASE("retry_on replaces the default where it is written") {
  const Loaded loaded = load_text(
      "routes:\n  - {target_host: a}\n  - {target_host: a, retry_on: '503, reset'}\n"
      "  - {target_host: a, retry_on: [connect, 429]}\n  - {target_host: a, retry_on: []}\n");
  REQUIRE(loaded.messages().empty());
  const auto& routes = loaded.config.routes;
  CHECK(routes[0].retry_on.connect);
  CHECK_FALSE(routes[0].retry_on.is_explicit);
  CHECK_FALSE(routes[1].retry_on.connect);
  CHECK(routes[1].retry_on.status_503);
  CHECK(routes[1].retry_on.reset);
  CHECK(routes[2].retry_on.connect);
  CHECK(routes[2].retry_on.status_429);
  CHECK_FALSE(routes[3].retry_on.connect);
  CHECK(routes[3].retry_on.is_explicit);
}

TEST_CASE("methods are upper-cased, and ANY is none") {
  const Loaded loaded = load_text(
      "routes:\n  - {target_host: a, match_method: 'get, Post'}\n"
      "  - {target_host: a, match_method: [PUT, any]}\n  - {target_host: a, match_method: ANY}\n");
  REQUIRE(loaded.messages().empty());
  CHECK(loaded.config.routes[0].match_method == std::vector<std::string>{"GET", "POST"});
  CHECK(loaded.config.routes[1].match_method.empty());
  CHECK(loaded.config.routes[2].match_method.empty());
}

TEST_CASE("a fixed answer's body is text, or JSON where YAML gives more than a text") {
  const Loaded loaded = load_text(
      "routes:\n  - {respond: {body: hello}}\n  - {respond: {status: 201, body: {a: [1]}}}\n");
  REQUIRE(loaded.messages().empty());
  CHECK(loaded.config.routes[0].respond->body.value == "hello");
  CHECK_FALSE(loaded.config.routes[0].respond->is_json);
  CHECK(loaded.config.routes[1].respond->body.value == R"({"a":[1]})");
  CHECK(loaded.config.routes[1].respond->is_json);
  CHECK(loaded.config.routes[1].respond->status == 201);
}

TEST_CASE("key ids are made from digests, and expiry is counted from created_at or now") {
  const std::string digest(64, 'a');
  const Loaded loaded = load_text("keys:\n  - {key_sha256: " + digest +
                                  ", expires_days: 2, created_at: 2026-03-01}\n  - {key_sha256: b" +
                                  digest.substr(1) + ", expires_days: 1}\n");
  REQUIRE_FALSE(loaded.diagnostics.has_errors());
  CHECK(loaded.config.keys[0].key_id.value == "fg_aaaaaaaaaaaa");
  const auto day = [](int y, unsigned m, unsigned d) {
    return WallTime(std::chrono::sys_days(std::chrono::year(y) / m / d));
  };
  CHECK(loaded.config.keys[0].expires_at == day(2026, 3, 3));
  CHECK(loaded.config.keys[1].expires_at == day(2026, 1, 2));
  CHECK(loaded.says("a.yaml:3:"));
  CHECK(loaded.says("warning: `expires_days`: counts from `created_at`"));
}

TEST_CASE("text values remember their place and whether they were substituted") {
  const Loaded loaded = load_files(
      {.files = {{"a.yaml",
                  "routes:\n  - target_host: a\n    add_headers:\n      A: x\n      B: y ${S}\n"}},
       .variables = {{"S", "canary"}}});
  REQUIRE(loaded.messages().empty());
  const auto& headers = loaded.config.routes[0].add_headers;
  REQUIRE(headers.size() == 2);
  CHECK_FALSE(headers[0].value.is_substituted);
  CHECK(headers[0].name_mark.line == 4);
  CHECK(headers[0].value.mark.column == 10);
  CHECK(headers[1].value.value == "y canary");
  CHECK(headers[1].value.is_substituted);
  CHECK(loaded.config.substituted.at("/routes/0/add_headers/B") == "y ${S}");
}

TEST_CASE("numbers and flags may come through a substitution in quotes") {
  const MemoryFiles files{
      .files =
          {{"a.yaml",
            "{server: {port: \"${PORT}\", workers: \"${NONE:-2}\", core_dumps: \"${ON}\"},\n"
            " routes: [{target_host: a, priority: \"-${PORT}\", is_active: \"${NONE:-false}\",\n"
            "           add_body_fields: {text: \"${PORT}\", number: 8081}}]}\n"}},
      .variables = {{"PORT", "8081"}, {"ON", "true"}}};
  const Loaded loaded = load_files(files);
  REQUIRE(loaded.messages().empty());
  CHECK(loaded.config.server.listen[0].port == 8081);
  CHECK(loaded.config.server.workers == 2);
  CHECK(loaded.config.server.core_dumps);
  CHECK(loaded.config.routes[0].priority == -8081);
  CHECK_FALSE(loaded.config.routes[0].is_active);
  CHECK(loaded.config.substituted.at("/server/port") == "${PORT}");
  CHECK(load_text("server: {port: \"8081\"}").says("not the text `8081`"));
  CHECK(load_files({.files = {{"a.yaml", "server: {port: \"${PORT}\"}"}},
                    .variables = {{"PORT", "eighty"}}})
            .says("1:16: `port`: must be a whole number from 0 to 65535, not what `${…}` gave"));
}

TEST_CASE("signs of a URL that match_path takes for themselves are warned of") {
  const auto warned = [](const std::string& pattern) {
    return load_text("routes: [{match_path: '" + pattern + "', target_host: a}]").messages();
  };
  CHECK(warned("/a%20b").contains("1:23: warning: `match_path`: `%20` stands for itself"));
  CHECK(warned("/%zz/%C3%A9").contains("`%C3` stands for itself"));
  CHECK(warned("/a?x=1").contains("1:23: warning: `match_path`: `?` stands for itself"));
  for (const char* pattern : {"/a b", "/é", "/100%", "/%a", "/a%zz", "~^/a%20?$", "*.json"}) {
    CHECK(warned(pattern).empty());
  }
}

TEST_CASE("one path for two of the gateway's own services is warned of") {
  const auto warned = [](const std::string& fields) {
    return load_text("admin: {" + fields + "}").messages();
  };
  CHECK(warned("path: /health").contains("1:8: warning: `admin`: `health_path` is `path` too"));
  CHECK(warned("metrics_path: /admin").contains("`metrics_path` is `path` too"));
  CHECK(warned("metrics_path: /health").contains("`metrics_path` is `health_path` too"));
  CHECK(warned("path: /a, metrics_path: /a/metrics")
            .contains("`metrics_path` takes the place of `GET /metrics` of the admin API"));
  for (const char* fields : {"path: /metrics/a", "health_path: off, metrics_path: off",
                             "health_path: /admin/health", "path: /m, metrics_path: /ma"}) {
    INFO(fields);
    CHECK(warned(fields).empty());
  }
}

TEST_CASE("fields of a route that do nothing beside others are warned of") {
  const auto warned = [](const std::string& fields) {
    return load_text("routes: [{target_host: a, " + fields + "}]").messages();
  };
  CHECK(warned("auth: none, permissions: [chat]")
            .contains("1:52: warning: `permissions`: has no effect with `auth: none`"));
  CHECK(warned("burst: 5").contains("`burst`: has no effect without `rate_limit`"));
  CHECK(warned("client_burst: 5, rate_limit: 1")
            .contains("`client_burst`: has no effect without `client_rate_limit`"));
  for (const char* fields :
       {"permissions: [chat]", "auth: optional, permissions: [chat]", "auth: none, permissions: []",
        "burst: 5, rate_limit: 1", "burst: 0", "client_burst: 5, client_rate_limit: 1"}) {
    CHECK(warned(fields).empty());
  }
}

TEST_CASE("includes are read in name order, once, relative to their file") {
  const Loaded loaded = load_files(
      {.files = {{"a.yaml",
                  "include: [d/*.yaml, d/1.yaml]\nroutes: [{route_id: m, target_host: a}]"},
                 {"d/2.yaml", "routes: [{route_id: r2, target_host: \"${file:host}\"}]"},
                 {"d/1.yaml", "include: e/x.yaml\nroutes: [{route_id: r1, target_host: a}]"},
                 {"d/e/x.yaml", "include: ../../a.yaml\nroutes: [{route_id: rx, target_host: a}]"},
                 {"d/host", "inner\n"}},
       .variables = {}});
  REQUIRE(loaded.messages().empty());
  std::string order;
  for (const RouteConfig& route : loaded.config.routes) order += route.route_id.value + " ";
  CHECK(order == "m r1 rx r2 ");
  CHECK(loaded.config.routes[3].target_host.value == "inner");
  CHECK(loaded.config.routes[3].mark.file == 3);
  CHECK(loaded.config.files ==
        std::vector<std::string>{"a.yaml", "d/1.yaml", "d/e/x.yaml", "d/2.yaml"});
}

TEST_CASE("an include that came through a substitution is named as it was written") {
  const Loaded loaded = load_files(
      {.files = {{"a.yaml", "include: ['${D}/none.yaml', '${D}/one.yaml', '${D}/*.conf']"},
                 {"canary/one.yaml", "include: [more.yaml, gone.yaml]\nrotes: []"},
                 {"canary/more.yaml", "rotes: []"},
                 {"canary/x.conf", "rotes: []"}},
       .variables = {{"D", "canary"}}});
  CHECK(loaded.messages() ==
        "a.yaml:1:11: cannot read ${D}/none.yaml: No such file or directory\n"
        "${D}/one.yaml:1:22: cannot read ${D}/gone.yaml: No such file or directory\n"
        "${D}/one.yaml:2:1: unknown field `rotes`; did you mean `routes`?\n"
        "${D}/more.yaml:1:1: unknown field `rotes`; did you mean `routes`?\n"
        "${D}/x.conf:1:1: unknown field `rotes`; did you mean `routes`?\n");
  CHECK(loaded.config.files ==
        std::vector<std::string>{"a.yaml", "canary/one.yaml", "canary/more.yaml", "canary/x.conf"});
}

TEST_CASE("a main file that cannot be read is an error at its beginning") {
  const Loaded loaded = load_files({});
  CHECK(loaded.messages() == "a.yaml:1:1: cannot read: No such file or directory\n");
  CHECK(loaded.diagnostics.has_errors());
}

TEST_CASE("no secret reaches an error, whichever field it is put in") {
  const std::string_view fields[] = {
      "timeout",         "priority",          "auth",        "match_path",  "match_method",
      "match_host",      "target_path",       "queue",       "rate_limit",  "is_active",
      "route_id",        "max_body_size",     "tests",       "retry_on",    "target_tls",
      "audit",           "upstream",          "add_headers", "permissions", "match_body_schema",
      "target_protocol", "strip_path_prefix", "retry_count"};
  for (const std::string_view field : fields) {
    INFO(field);
    const Loaded loaded =
        load_files({.files = {{"a.yaml", "routes:\n  - target_host: a\n    " + std::string(field) +
                                             ": ${SECRET}\n"}},
                    .variables = {{"SECRET", "canary x\ty"}}});
    CHECK(loaded.diagnostics.has_errors());
    CHECK_FALSE(loaded.says("canary"));
    // Too short to be looked for everywhere, but its place is known.
    const Loaded brief =
        load_files({.files = {{"a.yaml", "routes:\n  - target_host: a\n    " + std::string(field) +
                                             ": \"{${SECRET}\"\n"}},
                    .variables = {{"SECRET", "~\t^"}}});
    CHECK_FALSE(brief.says("~"));
    CHECK_FALSE(brief.says("^"));
  }
}

TEST_CASE("system sources read regular files and globs in order of bytes") {
  const Sources sources = Sources::system();
  const auto folder = std::filesystem::temp_directory_path() /
                      ("fastgate_config_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  for (const char* name : {"b.yaml", "a.yaml", "B.yaml", "c.txt"}) {
    std::ofstream(folder / name) << name;
  }
  CHECK(sources.read_file((folder / "a.yaml").string()).value() == "a.yaml");
  CHECK(sources.read_file((folder / "none").string()).error().text == "No such file or directory");
  CHECK(sources.read_file(folder.string()).error().text == "not a regular file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(sources.read_file((folder / "pipe").string()).error().text == "not a regular file");
  const std::string base = folder.string() + "/";
  CHECK(sources.glob(base + "*.yaml") ==
        std::vector<std::string>{base + "B.yaml", base + "a.yaml", base + "b.yaml"});
  CHECK(sources.glob(base + "*.none").empty());
  CHECK_FALSE(sources.environment("FASTGATE_SURELY_NOT_SET"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("files without an end are bounded") {
  const Sources sources = Sources::system();
  const auto path = std::filesystem::temp_directory_path() /
                    ("fastgate_large_test_" + std::to_string(::getpid()));
  std::ofstream(path) << "x";
  std::filesystem::resize_file(path, (64U << 20) + 1);
  CHECK(sources.read_file(path.string()).error().text == "larger than 64 MiB");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace fastgate::config
