#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "admin/admin_parts.h"
#include "admin/call_body.h"
#include "admin/calls.h"
#include "admin/entry_changes.h"
#include "admin/entry_json.h"
#include "admin/list_edit.h"
#include "admin/paging.h"
#include "admin/route_lookup.h"
#include "config/route_ids.h"
#include "json/value.h"

namespace fastgate::admin {
namespace {

using config::EditFields;
using config::EditValue;
using config::FieldChange;
using config::RouteConfig;

/// Fields that are only shown.
constexpr std::string_view kShownFields[] = {"file",  "line",       "is_substituted",
                                             "stats", "created_at", "updated_at"};

bool is_shown_field(std::string_view name) {
  return std::ranges::find(kShownFields, name) != std::end(kShownFields);
}

/// Counts of the last day by route; none while the store is off or fails.
using RouteStats = std::map<std::string, record::RollupCounts, std::less<>>;

RouteStats stats_of(const CallContext& context, const Call& call, std::string_view route_id) {
  RouteStats stats;
  const auto reader = open_store(context);
  if (!reader) return stats;
  const Result<record::RollupSummary> day = (*reader)->summary(
      {.start = call.now - std::chrono::hours(24), .end = call.now + std::chrono::minutes(1)},
      {.route_id = std::string(route_id), .key_id = {}});
  if (!day) return stats;
  if (!route_id.empty()) stats[std::string(route_id)] = day->total;
  for (const record::NamedCounts& route : day->routes) stats[route.name] = route.counts;
  return stats;
}

void append_stats(json::JsonWriter& json, const RouteStats& stats, const std::string& id) {
  const auto found = stats.find(id);
  const record::RollupCounts none;
  const record::RollupCounts& counts = found == stats.end() ? none : found->second;
  json.key("stats").begin_object().key("requests").value(counts.requests);
  json.key("errors").value(counts.errors);
  json.key("avg_response_time").value(std::round(counts.response_time.average()) / 1000);
  json.end_object();
}

void append_route(json::JsonWriter& json, const config::Config& config, std::size_t index,
                  const RouteStats* stats = nullptr) {
  json.begin_object();
  append_route_fields(json, config, index);
  append_route_place(json, config, index);
  if (stats != nullptr) append_stats(json, *stats, config.routes[index].route_id.value);
  json.end_object();
}

Answer route_reply(const CallContext& context, const Call& call, const config::Config& config,
                   std::string_view id, const RouteStats* stats = nullptr) {
  const std::optional<std::size_t> index = find_route(config, id);
  if (!index) return no_such_route(id);
  std::string text;
  json::JsonWriter json(text);
  append_route(json, config, *index, stats);
  return tagged_reply(call, std::move(text), route_tag(config, *index, context.parts.tag_salt));
}

using RouteEdit = std::function<std::expected<std::vector<FieldChange>, ApiError>(
    const EditFields& raw, const RouteConfig& route, const std::string& shown)>;
Answer edit_route(const CallContext& context, const Call& call, std::string_view verb,
                  const RouteEdit& edit) {
  const std::string& id = call.captures.front();
  const auto changed = write(
      context, call,
      {.summary = "route " + id + " " + std::string(verb),
       .plan = [&](const LoadedConfig& now) -> std::expected<FileChange, ApiError> {
         const config::Config& config = now.snapshot->config;
         const std::optional<std::size_t> index = find_route(config, id);
         if (!index) return no_such_route(id);
         const std::string shown = route_text(config, *index);
         if (auto same = check_match(call, route_tag(config, *index, context.parts.tag_salt));
             !same) {
           return std::unexpected(same.error());
         }
         const RouteConfig& route = config.routes[*index];
         return entry_change(
             now, {config::EditList::Routes, route.mark},
             [&edit, &route, shown](const EditFields& raw) { return edit(raw, route, shown); });
       }});
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  return route_reply(context, call, changed->config.snapshot->config, id);
}

/// An id that no route has: the slug of the name, with a number behind it if need be.
std::string free_id(const config::Config& config, std::string_view name) {
  std::string slug = config::slug_of(name);
  if (slug.empty()) slug = "route";
  slug.resize(std::min<std::size_t>(slug.size(), 100));
  std::string id = slug;
  for (int number = 2; find_route(config, id) || config::is_call_name(id); ++number) {
    id = slug + "-" + std::to_string(number);
  }
  return id;
}

std::string text_member(json::ValueView object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->is(json::Kind::String) ? std::string(value->string()) : std::string();
}

/// The entry of a new route, its id first: written out, so that it stays when others go.
std::expected<EditFields, ApiError> entry_of(const config::Config& config, const std::string& id,
                                             const EditFields& fields) {
  if (find_route(config, id)) {
    return refuse(409, "duplicate", "there is a route `" + id + "` already");
  }
  EditFields entry{{"route_id", EditValue::of(id)}};
  for (const auto& field : fields) {
    if (field.first != "route_id" && !is_shown_field(field.first)) entry.push_back(field);
  }
  return entry;
}

}  // namespace

std::optional<std::size_t> find_route(const config::Config& config, std::string_view id) {
  const auto found = std::ranges::find_if(
      config.routes, [&](const RouteConfig& route) { return route.route_id.value == id; });
  if (found == config.routes.end()) return std::nullopt;
  return static_cast<std::size_t>(found - config.routes.begin());
}

std::unexpected<ApiError> no_such_route(std::string_view id) {
  return refuse(404, "not_found", "there is no route `" + std::string(id) + "`");
}

Answer list_routes(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  const config::Config& config = running.snapshot->config;
  const std::expected<std::optional<bool>, ApiError> active = flag_of(call.query, "is_active");
  if (!active) return std::unexpected(active.error());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    if (!*active || config.routes[i].is_active == **active) chosen.push_back(i);
  }
  const bool has_store = !context.parts.control.store_path().empty();
  const RouteStats stats = stats_of(context, call, {});
  return list_reply(call, chosen.size(), [&](json::JsonWriter& json, std::size_t i) {
    append_route(json, config, chosen[i], has_store ? &stats : nullptr);
  });
}

Answer show_route(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  const config::Config& config = running.snapshot->config;
  const std::string& id = call.captures.front();
  const std::string_view format = call.query.find("format").value_or("json");
  if (format == "json") {
    const bool has_store = !context.parts.control.store_path().empty();
    const RouteStats stats = stats_of(context, call, id);
    return route_reply(context, call, config, id, has_store ? &stats : nullptr);
  }
  if (format != "yaml") return refuse_field("format", "must be json or yaml");
  const std::optional<std::size_t> index = find_route(config, id);
  if (!index) return no_such_route(id);
  ApiReply answer =
      tagged_reply(call, route_yaml(config, *index), tag_of("yaml " + route_text(config, *index)));
  answer.reply.content_type = "application/yaml";
  return answer;
}

Answer create_route(const CallContext& context, const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  const std::expected<EditFields, ApiError> fields = new_fields(*given, call.caller);
  if (!fields) return std::unexpected(fields.error());
  std::string id = text_member(*given, "route_id");
  const bool is_given = !id.empty();
  if (config::is_call_name(id)) {
    return refuse_field("route_id", "is the name of a call of this API, `/routes/" + id + "/…`");
  }
  const std::string name = text_member(*given, "route_name");
  Write wanted{.summary = "route created", .plan = {}};
  wanted.plan = [&](const LoadedConfig& now) -> std::expected<FileChange, ApiError> {
    if (!is_given) id = free_id(now.snapshot->config, name);
    wanted.summary = "route " + id + " created";
    std::expected<EditFields, ApiError> entry = entry_of(now.snapshot->config, id, *fields);
    if (!entry) return std::unexpected(std::move(entry.error()));
    return addition(context.parts.control, config::EditList::Routes, std::move(*entry));
  };
  const auto changed = write(context, call, wanted);
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  Answer answer = route_reply(context, call, changed->config.snapshot->config, id);
  if (answer) answer->reply.status = 201;
  return answer;
}

Answer update_route(const CallContext& context, const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  return edit_route(
      context, call, "updated",
      [&](const EditFields& raw, const RouteConfig& route,
          const std::string& shown) -> std::expected<std::vector<FieldChange>, ApiError> {
        const Result<json::Value> known = json::Value::parse(shown);
        if (!known) return refuse(known.error());
        auto changes = asked_changes(raw, known->view(), *given, call.caller);
        if (!changes) return changes;
        std::erase_if(*changes,
                      [](const FieldChange& change) { return is_shown_field(change.name); });
        for (const FieldChange& change : *changes) {
          if (change.name == "route_id") return refuse_field("route_id", "cannot be changed");
        }
        // Another name must not give the route another id.
        if (!route.route_id_is_written && !changes->empty()) {
          changes->push_back({"route_id", EditValue::of(route.route_id.value)});
        }
        return changes;
      });
}

Answer toggle_route(const CallContext& context, const Call& call) {
  return edit_route(context, call, "toggled",
                    [](const EditFields&, const RouteConfig& route,
                       const std::string&) -> std::expected<std::vector<FieldChange>, ApiError> {
                      return std::vector<FieldChange>{
                          {"is_active", route.is_active ? EditValue::no() : EditValue::yes()}};
                    });
}

Answer delete_route(const CallContext& context, const Call& call) {
  const std::string& id = call.captures.front();
  const auto changed =
      write(context, call,
            {.summary = "route " + id + " deleted",
             .plan = [&](const LoadedConfig& now) -> std::expected<FileChange, ApiError> {
               const config::Config& config = now.snapshot->config;
               const std::optional<std::size_t> index = find_route(config, id);
               if (!index) return no_such_route(id);
               if (auto same = check_match(call, route_tag(config, *index, context.parts.tag_salt));
                   !same) {
                 return std::unexpected(same.error());
               }
               return removal(now, {config::EditList::Routes, config.routes[*index].mark});
             }});
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  return deleted_reply("route_id", id);
}

}  // namespace fastgate::admin
