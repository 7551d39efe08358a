#include "admin/admin_service.h"

#include <algorithm>
#include <utility>

#include "admin/call_parameters.h"
#include "admin/running_call.h"
#include "base/text.h"

namespace fastgate::admin {
namespace {

HealthPaths traffic_paths(const config::AdminConfig& settings) {
  const bool is_hidden = settings.metrics_on_admin_only && settings.listen;
  return {.health = settings.health_path, .metrics = is_hidden ? "" : settings.metrics_path};
}

/// The media type of a Content-Type field, lower case.
std::string media_type(std::string_view field) {
  return to_lower(trim(field.substr(0, field.find(';'))));
}

/// curl sends JSON as a form unless it is told otherwise, and the older examples do not tell it.
bool is_accepted(BodyKind kind, const std::string& type) {
  if (type.empty() || type == "application/x-www-form-urlencoded") return true;
  switch (kind) {
    case BodyKind::None:
      return true;
    case BodyKind::Json:
      return type == "application/json" || type == "text/json" ||
             (type.starts_with("application/") && type.ends_with("+json"));
    case BodyKind::Yaml:
      return type == "application/yaml" || type == "application/x-yaml" || type == "text/yaml" ||
             type == "text/x-yaml" || type == "text/plain" || type == "application/octet-stream";
  }
  return false;
}

bool is_page_file(const CallEntry& entry) {
  return entry.role == Role::None && entry.method == http::Method::Get;
}

std::string field_text(const gateway::RequestFacts& facts, std::string_view name) {
  return std::string(facts.head->find(name).value_or(""));
}

}  // namespace

AdminService::AdminService(AdminParts& parts, config::AdminConfig settings,
                           std::span<const CallEntry> table)
    : parts_(parts),
      settings_(std::move(settings)),
      table_(table),
      access_(settings_, parts.sessions, parts.guard),
      health_(parts.facts, traffic_paths(settings_)),
      admin_door_(parts.facts,
                  {.health = settings_.health_path, .metrics = settings_.metrics_path}) {}

bool AdminService::is_admin_path(const gateway::RequestFacts& facts) const {
  const std::string_view path = facts.target->match_path;
  const std::string& admin = settings_.path;
  return path.starts_with(admin) && (path.size() == admin.size() || path[admin.size()] == '/');
}

bool AdminService::wants(const gateway::RequestFacts& facts) const {
  if (facts.door == gateway::Door::Admin) return true;
  return health_.wants(facts) || (!settings_.listen && is_admin_path(facts));
}

FoundCall AdminService::find(const gateway::RequestFacts& facts) const {
  if (!is_admin_path(facts)) return {};
  const std::string_view path =
      std::string_view(facts.target->match_path).substr(settings_.path.size());
  return find_call(table_, facts.head->method, path);
}

/// A body is taken in only from somebody who may make the call.
bool AdminService::needs_body(const gateway::RequestFacts& facts) const {
  const FoundCall found = find(facts);
  if (found.entry == nullptr) return false;
  return access_.admit(facts, found.entry->role, parts_.clock.wall_now(), Access::Counting::Off)
      .has_value();
}

/// All calls are kept, those that are refused too; the pages' own files are none.
std::unique_ptr<record::AdminCaller> AdminService::caller_of(
    const gateway::RequestFacts& facts) const {
  if (!is_admin_path(facts)) return nullptr;
  const FoundCall found = find(facts);
  if (found.entry != nullptr && is_page_file(*found.entry)) return nullptr;
  auto caller = std::make_unique<record::AdminCaller>();
  const std::expected<Caller, ApiError> known =
      access_.admit(facts, Role::Viewer, parts_.clock.wall_now(), Access::Counting::Off);
  if (!known) return caller;
  caller->name = known->name;
  caller->role = name_of(known->role);
  if (settings_.auth != config::AdminAuth::None) {
    caller->via = known->cookie.empty() ? record::AuditVia::Token : record::AuditVia::Session;
  }
  return caller;
}

std::expected<Call, ApiError> AdminService::make_call(const gateway::RequestFacts& facts,
                                                      const CallEntry& entry) const {
  const WallTime now = parts_.clock.wall_now();
  std::expected<Caller, ApiError> caller =
      access_.admit(facts, entry.role, now, Access::Counting::On);
  if (!caller) return std::unexpected(std::move(caller.error()));
  const std::string type = media_type(facts.head->find(http::FieldId::ContentType).value_or(""));
  if (!is_accepted(entry.body, type)) {
    return refuse(415, "unsupported_media_type",
                  entry.body == BodyKind::Json ? "send application/json" : "send application/yaml");
  }
  Call call;
  call.method = facts.head->method;
  call.path = facts.target->match_path.substr(settings_.path.size());
  call.query = Query(facts.target->query);
  if (auto known = check_parameters(entry, call.query); !known) {
    return std::unexpected(std::move(known.error()));
  }
  call.query_text = facts.target->query;
  call.if_match = field_text(facts, "If-Match");
  call.if_none_match = field_text(facts, "If-None-Match");
  call.accept_encoding = field_text(facts, "Accept-Encoding");
  call.request_id = facts.request_id;
  call.admin_path = settings_.path;
  call.is_https = facts.scheme == gateway::Scheme::Https;
  call.caller = std::move(*caller);
  call.now = now;
  return call;
}

std::unique_ptr<proxy::LocalCall> AdminService::begin(
    const proxy::LocalRequest& request, std::function<void(proxy::LocalReply)> answer) {
  const gateway::RequestFacts& facts = *request.facts;
  HealthService& health = facts.door == gateway::Door::Admin ? admin_door_ : health_;
  if (health.wants(facts)) return health.begin(request, std::move(answer));
  FoundCall found = find(facts);
  const auto give = [&](const ApiError& error) {
    answer(reply_of(error, facts.request_id));
    return nullptr;
  };
  if (found.entry == nullptr) {
    const auto nobody =
        access_.admit(facts, Role::None, parts_.clock.wall_now(), Access::Counting::Off);
    if (!nobody) return give(nobody.error());
    if (found.allow.empty()) {
      return give(refuse(404, "not_found", "the admin API has no such call").error());
    }
    ApiError error = refuse(405, "method_not_allowed", "this path answers " + found.allow).error();
    error.headers.emplace_back("Allow", found.allow);
    return give(error);
  }
  std::expected<Call, ApiError> call = make_call(facts, *found.entry);
  if (!call) return give(call.error());
  call->captures = std::move(found.captures);
  call->body = request.body;
  JobLane* lane = found.entry->lane == Lane::Writes  ? &parts_.writes
                  : found.entry->lane == Lane::Reads ? &parts_.reads
                                                     : nullptr;
  std::string request_id = call->request_id;
  return run_call(
      *request.worker, lane, std::move(request_id),
      [service = shared_from_this(), entry = found.entry,
       shared = std::make_shared<const Call>(std::move(*call))] {
        const CallContext context{service->parts_, service->access_};
        return entry->function(context, *shared);
      },
      std::move(answer));
}

}  // namespace fastgate::admin
