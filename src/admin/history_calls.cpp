#include <algorithm>

#include "admin/admin_parts.h"
#include "admin/call_body.h"
#include "admin/calls.h"
#include "admin/list_edit.h"
#include "admin/paging.h"
#include "base/text.h"
#include "config/iso_time.h"
#include "json/value.h"

namespace fastgate::admin {
namespace {

void append_change(json::JsonWriter& json, const record::ConfigChange& change) {
  json.begin_object().key("id").value(change.id);
  json.key("time").value(config::format_iso_time(change.time));
  json.key("actor").value(change.actor).key("source").value(change.source);
  json.key("ip_address").value(change.ip_address).key("summary").value(change.summary);
  json.key("diff").value(change.diff).key("files").begin_array();
  for (const record::ConfigFileBefore& file : change.files) json.value(file.path);
  json.end_array().end_object();
}

std::expected<record::ConfigHistory*, ApiError> open_history(const CallContext& context) {
  record::ConfigHistory* history = context.parts.changes.open(context.parts.control.store_path());
  if (history == nullptr) {
    return refuse(503, "store_off", "there is no history: the store is switched off or fails");
  }
  return history;
}

std::expected<std::uint64_t, ApiError> asked_id(const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  if (auto known = check_members(*given, {"id"}); !known) return std::unexpected(known.error());
  const auto id = given->find("id");
  if (!id || !id->is(json::Kind::Number)) return refuse_field("id", "must be a change's number");
  const std::string text = json::to_json(*id);
  const std::optional<std::uint64_t> number = parse_decimal(text);
  if (!number) return refuse_field("id", "must be a change's number");
  return *number;
}

}  // namespace

Answer list_history(const CallContext& context, const Call& call) {
  const auto history = open_history(context);
  if (!history) return std::unexpected(history.error());
  const auto skip = number_of(call.query, "skip", UINT32_MAX);
  if (!skip) return std::unexpected(skip.error());
  const auto limit = number_of(call.query, "limit", UINT32_MAX);
  if (!limit) return std::unexpected(limit.error());
  const auto page =
      (*history)->list(skip->value_or(0), std::min<std::uint64_t>(limit->value_or(50), 1000));
  if (!page) return refuse(page.error());
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("items").begin_array();
  for (const record::ConfigChange& change : page->items) append_change(json, change);
  json.end_array().key("total").value(page->total).end_object();
  return json_reply(std::move(text));
}

Answer roll_back(const CallContext& context, const Call& call) {
  const auto id = asked_id(call);
  if (!id) return std::unexpected(id.error());
  const auto history = open_history(context);
  if (!history) return std::unexpected(history.error());
  const auto found = (*history)->get(*id);
  if (!found) return refuse(found.error());
  if (!*found) return refuse(404, "not_found", "there is no such change");
  std::vector<FileChange> changes;
  for (const record::ConfigFileBefore& file : (*found)->files) {
    changes.push_back({.path = file.path,
                       .edit = [text = file.text.value_or("")](const config::YamlText&)
                           -> std::expected<std::string, ApiError> { return text; }});
  }
  const std::string summary = "rolled back to before change " + std::to_string(*id);
  const auto changed = apply(context, call, changes, {.source = "rollback", .summary = summary});
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("ok").value(true).key("generation");
  json.value(changed->config.snapshot->generation).key("files").begin_array();
  for (const ChangedFile& file : changed->files) json.value(file.path);
  json.end_array().end_object();
  return json_reply(std::move(text));
}

}  // namespace fastgate::admin
