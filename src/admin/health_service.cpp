#include "admin/health_service.h"

#include <algorithm>

#include "admin/process_metrics.h"
#include "base/text.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

/// What `OPTIONS *` asks for: the server itself.
constexpr std::string_view kServer = "*";

/// Whether the query has the parameter, with or without a value.
bool has_parameter(std::string_view query, std::string_view name) {
  const std::vector<std::string_view> parameters = split(query, '&');
  return std::ranges::any_of(parameters, [&](std::string_view parameter) {
    return parameter.substr(0, parameter.find('=')) == name;
  });
}

bool is_read(http::Method method) {
  return method == http::Method::Get || method == http::Method::Head;
}

std::string_view store_word(StoreState state) {
  switch (state) {
    case StoreState::Off:
      return "off";
    case StoreState::Starting:
      return "starting";
    case StoreState::Ok:
      return "ok";
    case StoreState::Failing:
      return "failing";
  }
  return "off";
}

std::string health_text(const HealthFacts& facts) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object();
  json.key("status").value(facts.state == ServingState::Serving ? "ok" : "draining");
  json.key("version").value(facts.version);
  json.key("uptime_seconds").value(std::int64_t{facts.uptime.count()});
  json.key("routes").value(facts.routes);
  json.key("keys").value(facts.keys);
  if (facts.upstreams) {
    json.key("upstreams").begin_object();
    json.key("up").value(facts.upstreams->up).key("down").value(facts.upstreams->down);
    json.end_object();
  }
  json.key("store").value(store_word(facts.store));
  json.key("workers").value(facts.workers);
  json.end_object();
  text += '\n';
  return text;
}

}  // namespace

bool HealthService::wants(const gateway::RequestFacts& facts) const {
  const std::string_view path = facts.target->match_path;
  if (path.empty()) return false;
  return path == paths_.health || path == paths_.metrics || path == kServer;
}

std::unique_ptr<proxy::LocalCall> HealthService::begin(
    const proxy::LocalRequest& request, std::function<void(proxy::LocalReply)> answer) {
  answer(reply_to(*request.facts));
  return nullptr;
}

gateway::Reply HealthService::reply_to(const gateway::RequestFacts& facts) const {
  if (facts.target->match_path == kServer) {
    gateway::Reply reply;
    reply.headers.emplace_back("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return reply;
  }
  if (!is_read(facts.head->method)) {
    const Error error =
        fail(ErrorKind::MethodNotAllowed, "this path answers GET and HEAD only").error();
    gateway::Reply reply = gateway::error_reply(error, facts.request_id);
    reply.headers.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  gateway::Reply reply =
      facts.target->match_path == paths_.health ? health(facts.target->query) : metrics();
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

gateway::Reply HealthService::health(std::string_view query) const {
  const HealthFacts facts = source_.health_facts();
  gateway::Reply reply;
  reply.content_type = "application/json";
  reply.body = health_text(facts);
  if (facts.state == ServingState::Draining && has_parameter(query, "ready")) reply.status = 503;
  return reply;
}

gateway::Reply HealthService::metrics() const {
  gateway::Reply reply;
  reply.content_type = kMetricsType;
  record::Recorder::append_metrics(reply.body, source_.recorders(), source_.metric_facts());
  if (const upstream::ServerReport report = source_.server_report(); report.names) {
    append_upstream_metrics(reply.body, report);
  }
  source_.append_further_metrics(reply.body);
  return reply;
}

}  // namespace fastgate::admin
