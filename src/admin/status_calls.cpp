#include <unistd.h>

#include "admin/admin_parts.h"
#include "admin/calls.h"
#include "config/iso_time.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

void append_upstreams(json::JsonWriter& json, const std::vector<UpstreamFacts>& upstreams) {
  json.key("upstreams").begin_array();
  for (const UpstreamFacts& group : upstreams) {
    json.begin_object().key("name").value(group.name).key("balance").value(group.balance);
    json.key("servers").begin_array();
    for (const UpstreamServerFacts& server : group.servers) {
      json.begin_object().key("address").value(server.address);
      json.key("state").value(server.is_up ? "up" : "down").key("weight").value(server.weight);
      json.key("backup").value(server.is_backup);
      json.key("connections_open").value(server.connections_open);
      json.key("idle").value(server.idle).key("failures").value(server.failures).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void append_last_reload(json::JsonWriter& json, const LastReload& reload) {
  json.key("last_reload");
  if (reload.time == WallTime{}) {
    json.null();
    return;
  }
  json.begin_object().key("time").value(config::format_iso_time(reload.time));
  json.key("ok").value(reload.outcome.ok).key("errors").begin_array();
  for (const FieldError& error : reload.outcome.errors) {
    json.begin_object().key("file").value(error.file).key("line").value(error.line);
    json.key("column").value(error.column).key("message").value(error.message).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

Answer show_status(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  const StatusFacts facts = context.parts.facts.status_facts();
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("version").value(facts.health.version);
  json.key("uptime_seconds").value(std::int64_t{facts.health.uptime.count()});
  json.key("started_at").value(config::format_iso_time(facts.started));
  json.key("generation").value(running.snapshot->generation);
  json.key("config_file").value(context.parts.control.main_file());
  json.key("pid").value(std::int64_t{::getpid()}).key("workers").value(facts.health.workers);
  json.key("is_draining").value(facts.health.state == ServingState::Draining);
  json.key("connections_open").value(facts.connections_open);
  json.key("requests_open").value(facts.requests_open);
  json.key("streams_open").value(facts.streams_open);
  json.key("active_api_keys").value(active_keys(running.snapshot->config, call.now));
  json.key("active_routes").value(std::uint64_t{running.snapshot->routes.size()});
  append_upstreams(json, facts.upstreams);
  append_store_status(json, context);
  append_last_reload(json, context.parts.control.last_reload());
  json.key("admin_path").value(call.admin_path).end_object();
  return json_reply(std::move(text));
}

}  // namespace fastgate::admin
