#include "admin/health_service.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "json/value.h"
#include "support/metrics_reader.h"

namespace fastgate::admin {
namespace {

using namespace std::chrono_literals;

class FixedFacts final : public ProcessFactsSource {
 public:
  [[nodiscard]] HealthFacts health_facts() const override { return health; }
  [[nodiscard]] record::Recorder::ProcessFacts metric_facts() const override {
    return {.version = health.version, .started = WallTime(1'700'000'000s)};
  }
  [[nodiscard]] std::vector<const record::Recorder*> recorders() const override {
    return {&recorder};
  }
  void append_further_metrics(std::string& out) const override { out += further; }
  [[nodiscard]] upstream::ServerReport server_report() const override { return servers; }

  HealthFacts health{.version = "0.3.0", .uptime = 61s, .routes = 12, .keys = 3, .workers = 2};
  std::string further;
  upstream::ServerReport servers;
  net::TimerWheel timers{MonotonicTime(1000s)};
  record::Recorder recorder{timers};
};

/// One request to the service, and its answer.
struct Call {
  Call(std::string_view path, std::string_view query = "",
       http::Method method = http::Method::Get) {
    head.method = method;
    target.match_path = path;
    target.raw_path = path;
    target.query = query;
    target.has_query = !query.empty();
    facts.head = &head;
    facts.target = &target;
    facts.request_id = "req_1";
  }
  gateway::Reply answer(HealthService& service) const {
    REQUIRE(service.wants(facts));
    CHECK_FALSE(service.needs_body(facts));
    std::vector<gateway::Reply> replies;
    const auto call = service.begin({.facts = &facts, .body = {}}, [&](proxy::LocalReply reply) {
      replies.push_back(std::move(reply.head));
    });
    CHECK(call == nullptr);
    REQUIRE(replies.size() == 1);
    return std::move(replies.front());
  }

  http::RequestHead head;
  http::Target target;
  gateway::RequestFacts facts;
};

const HealthPaths kPaths{.health = "/health", .metrics = "/metrics"};

std::string field(const gateway::Reply& reply, std::string_view name) {
  const auto found = std::ranges::find(reply.headers, name, [](const auto& f) { return f.first; });
  return found == reply.headers.end() ? "" : found->second;
}

TEST_CASE("only the configured paths are the service's") {
  const FixedFacts facts;
  const HealthService service(facts, kPaths);
  CHECK(service.wants(Call("/health").facts));
  CHECK(service.wants(Call("/metrics").facts));
  for (const char* path : {"/", "", "/health/", "/healthy", "/Health", "/metric"}) {
    INFO(path);
    CHECK_FALSE(service.wants(Call(path).facts));
  }
  const HealthService moved(facts, {.health = "/-/up", .metrics = ""});
  CHECK(moved.wants(Call("/-/up").facts));
  CHECK_FALSE(moved.wants(Call("/health").facts));
  CHECK_FALSE(moved.wants(Call("/metrics").facts));
  CHECK_FALSE(moved.wants(Call("").facts));
}

TEST_CASE("OPTIONS * asks for the server itself, which is the gateway") {
  const FixedFacts facts;
  HealthService bare(facts, {});
  const Call call("*", "", http::Method::Options);
  CHECK(bare.wants(call.facts));
  const gateway::Reply reply = Call("*", "", http::Method::Options).answer(bare);
  CHECK(reply.status == 200);
  CHECK(reply.body.empty());
  CHECK(field(reply, "Allow").find("OPTIONS") != std::string::npos);
}

TEST_CASE("health tells what the process is made of") {
  FixedFacts facts;
  HealthService service(facts, kPaths);
  gateway::Reply reply = Call("/health").answer(service);
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "application/json");
  CHECK(field(reply, "Cache-Control") == "no-store");
  CHECK(reply.body ==
        "{\"status\":\"ok\",\"version\":\"0.3.0\",\"uptime_seconds\":61,\"routes\":12,\"keys\":3,"
        "\"store\":\"off\",\"workers\":2}\n");
  facts.health.upstreams = UpstreamCounts{.up = 4, .down = 1};
  reply = Call("/health").answer(service);
  const auto value = json::Value::parse(reply.body);
  REQUIRE(value.has_value());
  CHECK(json::to_json(*value->view().find("upstreams")) == "{\"up\":4,\"down\":1}");
}

TEST_CASE("health tells how the store is") {
  FixedFacts facts;
  HealthService service(facts, kPaths);
  for (const auto& [state, name] : {std::pair{StoreState::Starting, "starting"},
                                    {StoreState::Ok, "ok"},
                                    {StoreState::Failing, "failing"}}) {
    facts.health.store = state;
    const gateway::Reply reply = Call("/health").answer(service);
    CHECK(reply.status == 200);
    CHECK(reply.body.find("\"store\":\"" + std::string(name) + "\"") != std::string::npos);
  }
}

TEST_CASE("readiness ends when draining begins, health does not") {
  FixedFacts facts;
  HealthService service(facts, kPaths);
  CHECK(Call("/health", "ready").answer(service).status == 200);
  facts.health.state = ServingState::Draining;
  for (const char* query : {"ready", "ready=1", "a=b&ready"}) {
    INFO(query);
    CHECK(Call("/health", query).answer(service).status == 503);
  }
  for (const char* query : {"", "already", "x=ready", "readyness"}) {
    INFO(query);
    const gateway::Reply reply = Call("/health", query).answer(service);
    CHECK(reply.status == 200);
    CHECK(reply.body.starts_with("{\"status\":\"draining\","));
  }
}

TEST_CASE("metrics are Prometheus' text, further families included") {
  FixedFacts facts;
  facts.servers = {
      .names = std::make_shared<const std::vector<upstream::ServerName>>(
          std::vector<upstream::ServerName>{{"chat", "a:1"}, {"chat", "b:1"}, {"chat", "a:1"}}),
      .servers = {{.is_up = true, .in_use = 3, .idle = 1},
                  {.is_up = false},
                  {.is_up = true, .in_use = 1, .idle = 1}}};
  facts.further = "# HELP fastgate_extra Extra.\n# TYPE fastgate_extra gauge\nfastgate_extra 7\n";
  HealthService service(facts, kPaths);
  const gateway::Reply reply = Call("/metrics").answer(service);
  CHECK(reply.status == 200);
  CHECK(reply.content_type == "text/plain; version=0.0.4; charset=utf-8");
  const Metrics metrics = read_metrics(reply.body);
  CHECK(metrics.at("fastgate_upstream_servers{state=\"up\"}") == 1);
  CHECK(metrics.at("fastgate_upstream_server_up{upstream=\"chat\",server=\"a:1\"}") == 1);
  CHECK(metrics.at("fastgate_upstream_server_up{upstream=\"chat\",server=\"b:1\"}") == 0);
  CHECK(metrics.at("fastgate_upstream_server_connections{upstream=\"chat\",server=\"a:1\","
                   "state=\"busy\"}") == 4);
  CHECK(metrics.at("fastgate_upstream_servers{state=\"down\"}") == 1);
  CHECK(metrics.at("fastgate_workers") == 1);
  CHECK(metrics.at("fastgate_extra") == 7);
}

TEST_CASE("GET and HEAD are answered alike, other methods are refused") {
  FixedFacts facts;
  HealthService service(facts, kPaths);
  for (const char* path : {"/health", "/metrics"}) {
    INFO(path);
    CHECK(Call(path, "", http::Method::Head).answer(service).body ==
          Call(path).answer(service).body);
    for (const http::Method method : {http::Method::Post, http::Method::Put, http::Method::Delete,
                                      http::Method::Options, http::Method::Other}) {
      const gateway::Reply reply = Call(path, "", method).answer(service);
      CHECK(reply.status == 405);
      CHECK(field(reply, "Allow") == "GET, HEAD");
      CHECK(reply.body.find("\"request_id\":\"req_1\"") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace fastgate::admin
