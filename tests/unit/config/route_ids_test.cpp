#include "config/route_ids.h"

#include <doctest/doctest.h>

#include "config_fixture.h"

namespace fastgate::config {
namespace {

TEST_CASE("slug_of keeps letters and digits") {
  struct Row {
    std::string_view name;
    std::string_view slug;
  };
  const Row rows[] = {{"OpenAI Chat API", "openai-chat-api"},
                      {"  a -- b  ", "a-b"},
                      {"V2 代理", "v2"},
                      {"代理", ""},
                      {"", ""},
                      {"a/b.c_d", "a-b-c-d"}};
  for (const Row& row : rows) {
    INFO(row.name);
    CHECK(slug_of(row.name) == row.slug);
  }
  CHECK(slug_of(std::string(1000, 'x')).size() == 100);
}

TEST_CASE("made ids step aside for written ones, wherever those stand") {
  Config config;
  config.routes.resize(5);
  config.routes[0].route_name = "Chat";
  config.routes[1].route_name = "chat!";
  config.routes[2].route_id.value = "chat";
  config.routes[2].route_id_is_written = true;
  config.routes[4].route_name = "Secret";
  config.substituted["/routes/4/route_name"] = "${SECRET}";
  make_route_ids(config);
  CHECK(config.routes[0].route_id.value == "chat-2");
  CHECK(config.routes[1].route_id.value == "chat-3");
  CHECK(config.routes[2].route_id.value == "chat");
  CHECK(config.routes[3].route_id.value == "route");
  CHECK(config.routes[4].route_id.value == "route-2");
}

TEST_CASE("a name without Latin letters, or none, leaves the id to the path") {
  Config config;
  config.routes.resize(5);
  config.routes[0].route_name = "\u804a\u5929";
  config.routes[0].match_path.value = "/v1/chat/*";
  config.routes[1].match_path.value = "/user/{id}";
  config.routes[2].match_path.value = "/*";
  config.routes[3].match_path.value = "/hidden";
  config.substituted["/routes/3/match_path"] = "${PATTERN}";
  config.routes[4].route_name = "Chat";
  config.routes[4].match_path.value = "/other";
  make_route_ids(config);
  CHECK(config.routes[0].route_id.value == "v1-chat");
  CHECK(config.routes[1].route_id.value == "user-id");
  CHECK(config.routes[2].route_id.value == "route");
  CHECK(config.routes[3].route_id.value == "route-2");
  CHECK(config.routes[4].route_id.value == "chat");
}

TEST_CASE("ten thousand routes of one name cost no quadratic time") {
  Config config;
  config.routes.resize(10'000);
  for (RouteConfig& route : config.routes) route.route_name = "same";
  make_route_ids(config);
  CHECK(config.routes.back().route_id.value == "same-10000");
}

TEST_CASE("an id that the admin API has a call of is warned of, written or made") {
  const Loaded loaded =
      load_files({.files = {{"a.yaml",
                             "routes:\n  - {route_id: update, match_path: /a, target_host: a}\n"
                             "  - {route_name: Delete, match_path: /b, target_host: a}\n"
                             "  - {route_id: deleted, match_path: /c, target_host: a}\n"}},
                  .variables = {}});
  CHECK_FALSE(loaded.diagnostics.has_errors());
  CHECK(
      loaded.says("a.yaml:2:16: warning: `route_id`: the admin API cannot toggle or test the "
                  "route `update`"));
  CHECK(
      loaded.says("a.yaml:3:5: warning: `route_id`: the admin API cannot toggle or test the "
                  "route `delete`"));
  CHECK(loaded.diagnostics.entries().size() == 2);
}

}  // namespace
}  // namespace fastgate::config
