#include <algorithm>
#include <chrono>

#include "admin/admin_parts.h"
#include "admin/call_body.h"
#include "admin/calls.h"
#include "admin/entry_changes.h"
#include "admin/entry_json.h"
#include "admin/list_edit.h"
#include "admin/paging.h"
#include "base/text.h"
#include "base/units.h"
#include "config/iso_time.h"
#include "gateway/new_key.h"
#include "json/value.h"

namespace fastgate::admin {
namespace {

using config::EditFields;
using config::EditValue;
using config::FieldChange;
using config::KeyConfig;

/// Fields that the gateway alone writes, or that are only shown.
constexpr std::string_view kOwnFields[] = {"key_sha256",
                                           "previous_sha256",
                                           "previous_expires_at",
                                           "key_value",
                                           "created_at",
                                           "rotation_expires_at",
                                           "file",
                                           "line",
                                           "usage",
                                           "key_id"};

constexpr std::uint64_t kMostExpiresDays = 36'500;
constexpr const char* kNoSource = "is needed: whose key is it?";

bool is_own_field(std::string_view name) {
  return std::ranges::find(kOwnFields, name) != std::end(kOwnFields);
}

std::unexpected<ApiError> no_key() {
  // Not quoted: a key's value may have been given in place of its id.
  return refuse(404, "not_found", "no key has this id");
}

std::optional<std::size_t> find_key(const config::Config& config, std::string_view id) {
  const auto found = std::ranges::find_if(
      config.keys, [&](const KeyConfig& key) { return key.key_id.value == id; });
  if (found == config.keys.end()) return std::nullopt;
  return static_cast<std::size_t>(found - config.keys.begin());
}

void append_key(json::JsonWriter& json, const CallContext& context, const config::Config& config,
                std::size_t index, const std::string& value = {}) {
  const KeyConfig& key = config.keys[index];
  const gateway::KeyUsage usage = context.parts.usage.usage(key.key_id.value);
  json.begin_object();
  append_key_fields(json, config, index);
  json.key("file").value(config.files[key.mark.file]);
  json.key("usage").begin_object().key("requests").value(usage.requests);
  json.key("errors").value(usage.errors).key("bytes_in").value(usage.bytes_in);
  json.key("bytes_out").value(usage.bytes_out).key("last_used_at");
  if (usage.last_used == WallTime{}) {
    json.null();
  } else {
    json.value(config::format_iso_time(usage.last_used));
  }
  json.end_object();
  if (!value.empty()) json.key("key_value").value(value);
  json.end_object();
}

/// The answer that shows one key; `value` only where it was made just now.
Answer key_reply(const CallContext& context, const Call& call, const config::Config& config,
                 std::string_view id, const std::string& value = {}) {
  const std::optional<std::size_t> index = find_key(config, id);
  if (!index) return no_key();
  std::string text;
  json::JsonWriter json(text);
  append_key(json, context, config, *index, value);
  return tagged_reply(call, std::move(text), key_tag(config, *index, context.parts.tag_salt));
}

/// Changes one key by what `edit` makes of its entry.
using KeyEdit = std::function<std::expected<std::vector<FieldChange>, ApiError>(
    const EditFields& raw, const KeyConfig& key, const std::string& shown)>;
std::expected<Changed, ApiError> edit_key(const CallContext& context, const Call& call,
                                          std::string summary, const KeyEdit& edit) {
  const std::string& id = call.captures.front();
  return write(
      context, call,
      {.summary = std::move(summary),
       .plan = [&](const LoadedConfig& now) -> std::expected<FileChange, ApiError> {
         const config::Config& config = now.snapshot->config;
         const std::optional<std::size_t> index = find_key(config, id);
         if (!index) return no_key();
         const std::string shown = key_text(config, *index);
         if (auto same = check_match(call, key_tag(config, *index, context.parts.tag_salt));
             !same) {
           return std::unexpected(same.error());
         }
         const KeyConfig& key = config.keys[*index];
         return entry_change(
             now, {config::EditList::Keys, key.mark},
             [&edit, key, shown](const EditFields& raw) { return edit(raw, key, shown); });
       }});
}

/// A key's entry as it was asked for, and what of that cannot be.
struct AskedKey {
  EditFields entry;
  std::vector<FieldError> faults;
};

std::expected<AskedKey, ApiError> entry_of(const Call& call, const gateway::NewKey& made,
                                           json::ValueView given) {
  std::expected<EditFields, ApiError> fields = new_fields(given, call.caller);
  if (!fields) return std::unexpected(std::move(fields.error()));
  AskedKey asked{.entry = {{"key_id", EditValue::of(made.key_id)},
                           {"key_sha256", EditValue::of(to_hex(made.digest))}},
                 .faults = {}};
  const auto fault = [&asked](std::string_view field, const char* message) {
    asked.faults.push_back({.field = std::string(field), .message = message});
  };
  const auto source = given.find("source_path");
  if (!source || !source->is(json::Kind::String) || source->string().empty()) {
    fault("source_path", kNoSource);
    // So that the rest can be looked at.
    std::erase_if(*fields, [](const auto& field) { return field.first == "source_path"; });
    fields->push_back({"source_path", EditValue::of("somebody")});
  }
  for (auto& [name, value] : *fields) {
    if (is_own_field(name)) {
      fault(name, "is made by the gateway");
    } else {
      asked.entry.push_back({name, std::move(value)});
    }
  }
  asked.entry.push_back({"created_at", EditValue::of(config::format_iso_time(call.now))});
  return asked;
}

/// Makes the changes say one expiry. The entry may hold it as days, which are shown as a time: null
/// in place of that time takes the days away. Days count from `created_at`; a key without one
/// would begin anew with every load, so that they become a time.
void settle_expiry(std::vector<FieldChange>& changes, const EditFields& raw, const KeyConfig& key,
                   json::ValueView given, WallTime now) {
  replace_rival(changes, raw, "expires_at", "expires_days");
  replace_rival(changes, raw, "expires_days", "expires_at");
  const auto days =
      std::ranges::find(changes, std::string_view("expires_days"), &FieldChange::name);
  if (days == changes.end()) {
    const auto time = given.find("expires_at");
    if (time && time->is(json::Kind::Null)) remove_field(changes, raw, "expires_days");
    return;
  }
  const auto time = std::ranges::find(changes, std::string_view("expires_at"), &FieldChange::name);
  const bool is_alone = time == changes.end() || is_removal(*time);
  if (key.created_at || !is_alone || !days->value) return;
  // What is no number of days is refused as it stands.
  const std::uint64_t count = parse_decimal(days->value->text).value_or(0);
  if (count == 0 || count > kMostExpiresDays) return;
  const WallTime end = now + std::chrono::days(count);
  std::erase_if(changes, [](const FieldChange& change) {
    return change.name == "expires_days" || change.name == "expires_at";
  });
  changes.push_back({"expires_at", EditValue::of(config::format_iso_time(end))});
  remove_field(changes, raw, "expires_days");
}

/// How long the old value of a rotated key goes on.
std::expected<std::chrono::milliseconds, ApiError> overlap_of(const Call& call) {
  if (call.body.empty()) return std::chrono::milliseconds(0);
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  if (auto known = check_members(*given, {"keep_old_for"}); !known) {
    return std::unexpected(known.error());
  }
  const auto value = given->find("keep_old_for");
  if (!value || value->is(json::Kind::Null)) return std::chrono::milliseconds(0);
  const std::string text =
      value->is(json::Kind::String) ? std::string(value->string()) : json::to_json(*value);
  const Result<std::chrono::milliseconds> duration = parse_duration(text);
  if (!duration) return refuse_field("keep_old_for", duration.error().text);
  return *duration;
}

}  // namespace

Answer list_keys(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  const config::Config& config = running.snapshot->config;
  const auto source = call.query.find("source_path");
  const std::expected<std::optional<bool>, ApiError> active = flag_of(call.query, "is_active");
  if (!active) return std::unexpected(active.error());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < config.keys.size(); ++i) {
    if (source && config.keys[i].source_path != *source) continue;
    if (*active && config.keys[i].is_active != **active) continue;
    chosen.push_back(i);
  }
  return list_reply(call, chosen.size(), [&](json::JsonWriter& json, std::size_t i) {
    append_key(json, context, config, chosen[i]);
  });
}

Answer list_key_sources(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  struct Counts {
    std::uint64_t keys = 0;
    std::uint64_t active = 0;
  };
  std::map<std::string, Counts> by_source;
  for (const KeyConfig& key : running.snapshot->config.keys) {
    Counts& counts = by_source[key.source_path];
    ++counts.keys;
    if (key.is_active && (!key.expires_at || *key.expires_at > call.now)) ++counts.active;
  }
  std::vector<std::pair<std::string, Counts>> sources(by_source.begin(), by_source.end());
  return list_reply(call, sources.size(), [&](json::JsonWriter& json, std::size_t i) {
    json.begin_object().key("source_path").value(sources[i].first);
    json.key("keys").value(sources[i].second.keys);
    json.key("active_keys").value(sources[i].second.active).end_object();
  });
}

Answer show_key(const CallContext& context, const Call& call) {
  const LoadedConfig running = context.parts.control.running();
  return key_reply(context, call, running.snapshot->config, call.captures.front());
}

Answer create_key(const CallContext& context, const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  const gateway::NewKey made = gateway::NewKey::make();
  std::expected<AskedKey, ApiError> asked = entry_of(call, made, *given);
  if (!asked) return std::unexpected(std::move(asked.error()));
  const auto changed =
      write(context, call,
            {.summary = "key " + made.key_id + " created",
             .plan = [&](const LoadedConfig&) -> std::expected<FileChange, ApiError> {
               return addition(context.parts.control, config::EditList::Keys, asked->entry);
             },
             .faults = std::move(asked->faults)});
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  Answer answer =
      key_reply(context, call, changed->config.snapshot->config, made.key_id, made.value);
  if (answer) answer->reply.status = 201;
  return answer;
}

Answer update_key(const CallContext& context, const Call& call) {
  std::optional<json::Value> holder;
  const auto given = body_object(call, holder);
  if (!given) return std::unexpected(given.error());
  const auto edit =
      [&](const EditFields& raw, const KeyConfig& key,
          const std::string& shown) -> std::expected<std::vector<FieldChange>, ApiError> {
    const Result<json::Value> known = json::Value::parse(shown);
    if (!known) return refuse(known.error());
    auto changes = asked_changes(raw, known->view(), *given, call.caller);
    if (!changes) return changes;
    std::erase_if(*changes, [](const FieldChange& change) {
      return change.name == "file" || change.name == "line" || change.name == "usage" ||
             change.name == "key_value";
    });
    for (const FieldChange& change : *changes) {
      if (is_own_field(change.name)) return refuse_field(change.name, "cannot be changed");
      if (change.name == "source_path" && (!change.value || change.value->text.empty())) {
        return refuse_field(change.name, kNoSource);
      }
    }
    settle_expiry(*changes, raw, key, *given, call.now);
    return changes;
  };
  const auto changed = edit_key(context, call, "key " + call.captures.front() + " updated", edit);
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  return key_reply(context, call, changed->config.snapshot->config, call.captures.front());
}

Answer rotate_key(const CallContext& context, const Call& call) {
  const auto overlap = overlap_of(call);
  if (!overlap) return std::unexpected(overlap.error());
  const gateway::NewKey made = gateway::NewKey::make();
  const auto edit = [&](const EditFields&, const KeyConfig& key,
                        const std::string&) -> std::expected<std::vector<FieldChange>, ApiError> {
    std::vector<FieldChange> changes{{"key_id", EditValue::of(key.key_id.value)},
                                     {"key_sha256", EditValue::of(to_hex(made.digest))},
                                     {"previous_sha256", std::nullopt},
                                     {"previous_expires_at", std::nullopt}};
    if (overlap->count() > 0) {
      changes[2].value = EditValue::of(to_hex(key.key_sha256));
      changes[3].value = EditValue::of(config::format_iso_time(call.now + *overlap));
    }
    return changes;
  };
  const auto changed = edit_key(context, call, "key " + call.captures.front() + " rotated", edit);
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  return key_reply(context, call, changed->config.snapshot->config, call.captures.front(),
                   made.value);
}

Answer delete_key(const CallContext& context, const Call& call) {
  const std::string& id = call.captures.front();
  const auto changed =
      write(context, call,
            {.summary = "key " + id + " deleted",
             .plan = [&](const LoadedConfig& now) -> std::expected<FileChange, ApiError> {
               const config::Config& config = now.snapshot->config;
               const std::optional<std::size_t> index = find_key(config, id);
               if (!index) return no_key();
               if (auto same = check_match(call, key_tag(config, *index, context.parts.tag_salt));
                   !same) {
                 return std::unexpected(same.error());
               }
               return removal(now, {config::EditList::Keys, config.keys[*index].mark});
             }});
  if (!changed) return std::unexpected(changed.error());
  if (is_dry_run(call)) return dry_run_reply(*changed);
  return deleted_reply("key_id", id);
}

}  // namespace fastgate::admin
