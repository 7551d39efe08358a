#include <algorithm>
#include <chrono>
#include <memory>

#include "admin/admin_parts.h"
#include "admin/call_body.h"
#include "admin/calls.h"
#include "admin/described_request.h"
#include "admin/route_lookup.h"
#include "base/text.h"
#include "json/value.h"
#include "proxy/route_probe.h"

namespace fastgate::admin {
namespace {

/// A path that fits the pattern, where one can be told from it.
std::string sample_path(std::string_view pattern) {
  if (pattern.starts_with('~')) return "/";
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{') {
      i = std::min(pattern.find('}', i), pattern.size());
      path += "1";
    } else if (pattern[i] != '*') {
      path.push_back(pattern[i]);
    } else if (i == 0) {
      path += "/test";
    }
  }
  return path.empty() ? "/" : path;
}

/// A request that fits the route as far as its conditions say which.
gateway::DryRequest sample_request(const config::RouteConfig& route) {
  gateway::DryRequest request;
  if (!route.match_method.empty()) request.method = route.match_method.front();
  request.url = sample_path(route.match_path.value);
  if (!route.match_host.value.empty()) {
    std::string host = route.match_host.value;
    if (host.starts_with("*.")) host.replace(0, 1, "test");
    request.headers.emplace_back("Host", host);
  }
  for (const config::NamedText& header : route.match_headers) {
    if (header.value.value.starts_with("regex:")) continue;
    request.headers.emplace_back(header.name, header.value.value);
  }
  // Of the simple form the rule itself is a body that fits.
  if (route.match_body_schema) {
    request.body = route.match_body_schema->text;
    request.headers.emplace_back("Content-Type", "application/json");
  }
  return request;
}

std::string result_text(const proxy::ProbeResult& result, const std::string& route_id) {
  std::string text;
  json::JsonWriter json(text);
  const auto optional = [&](std::string_view name, const std::string& value) {
    json.key(name);
    if (value.empty()) {
      json.null();
    } else {
      json.value(value);
    }
  };
  json.begin_object().key("route_id").value(route_id).key("matched").value(result.is_matched);
  optional("chosen_route_id", result.chosen_route);
  optional("target_url", result.target_url);
  json.key("status_code");
  if (result.status == 0) {
    json.null();
  } else {
    json.value(unsigned{result.status});
  }
  json.key("response_time_ms")
      .value(
          static_cast<double>(std::chrono::floor<std::chrono::microseconds>(result.time).count()) /
          1000);
  optional("error_message", result.error);
  json.key("response_headers").begin_object();
  for (auto at = result.headers.begin(); at != result.headers.end(); ++at) {
    const auto is_same = [&](const auto& other) {
      return equals_ignoring_case(other.first, at->first);
    };
    if (std::any_of(result.headers.begin(), at, is_same)) continue;
    std::string values;
    for (const auto& [name, value] : result.headers) {
      if (is_same(std::pair(name, value))) values.append(values.empty() ? "" : ", ").append(value);
    }
    json.key(at->first).value(values);
  }
  json.end_object().key("response_body").value(result.body).end_object();
  return text;
}

}  // namespace

Answer test_route(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  const config::Config& config = running.snapshot->config;
  const std::string& id = call.captures.front();
  const std::optional<std::size_t> index = find_route(config, id);
  if (!index) return no_such_route(id);
  auto request = std::make_shared<gateway::DryRequest>(sample_request(config.routes[*index]));
  if (!call.body.empty()) {
    std::optional<json::Value> holder;
    const auto given = body_object(call, holder);
    if (!given) return std::unexpected(given.error());
    if (given->find("headers")) request->headers.clear();
    if (auto read = read_request(*given, *running.snapshot, *request); !read) {
      return std::unexpected(read.error());
    }
  }
  request->client = call.caller.client;
  request->now = call.now;
  request->request_id = call.request_id;
  ApiReply answer;
  answer.loop_work =
      [request, id, snapshot = running.snapshot](
          proxy::WorkerContext& worker,
          const std::function<void(gateway::Reply)>& done) -> std::unique_ptr<proxy::LocalCall> {
    auto probe = std::make_unique<proxy::RouteProbe>(worker);
    // The snapshot is held for the key that the request may point at.
    probe->start(*request, id, [done, id, snapshot](const proxy::ProbeResult& result) {
      done(json_reply(result_text(result, id)).reply);
    });
    return probe;
  };
  return answer;
}

}  // namespace fastgate::admin
