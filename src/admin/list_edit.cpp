#include "admin/list_edit.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "admin/admin_parts.h"
#include "admin/paging.h"
#include "admin/text_diff.h"
#include "config/edit_file.h"
#include "config/edit_read.h"
#include "config/secret_names.h"
#include "json/equality.h"
#include "json/value.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

using config::EditFields;
using config::EditValue;
using config::FieldChange;

/// How often a write is planned anew when others keep changing the configuration.
constexpr int kMaxPlans = 8;

bool holds_reference(const EditValue& value) {
  if (value.text.find("${") != std::string::npos) return true;
  return std::ranges::any_of(value.items, holds_reference) ||
         std::ranges::any_of(value.fields,
                             [](const auto& field) { return holds_reference(field.second); });
}

std::expected<EditValue, ApiError> value_of(std::string_view name, json::ValueView given,
                                            const Caller& caller) {
  Result<EditValue> value = EditValue::from_json(json::to_json(given), config::Placeholders::Kept);
  if (!value) return refuse_field(std::string(name), value.error().text);
  // A reference reads the process's environment and files.
  if (caller.role < Role::Admin && holds_reference(*value)) {
    return refuse(403, "forbidden", "only the role `admin` may write `${…}`");
  }
  return std::move(*value);
}

bool is_mask(const EditValue& value) {
  return value.kind == EditValue::Kind::String && value.text == config::kMask;
}

/// Whether `given` may be what is shown of `raw`, with the defaults of what is not written there.
bool fits(const EditValue& given, const EditValue& raw) {
  if (is_mask(given)) return true;
  const auto is_shown = [&given](const auto& field) {
    return std::ranges::any_of(given.fields, [&](const auto& other) {
      return other.first == field.first && fits(other.second, field.second);
    });
  };
  return given.kind == raw.kind && given.text == raw.text &&
         std::ranges::all_of(raw.fields, is_shown) &&
         std::ranges::equal(given.items, raw.items, fits);
}

/// The item of a list that `given`, its item `index` now, was before: others may have gone or moved
/// since it was shown. Where none fits, the one that had its place if it is not another's, unless
/// all of it is masked.
const EditValue* item_before(const EditValue& given, std::size_t index, const EditValue& list,
                             std::vector<bool>& taken) {
  const auto may_be = [&](std::size_t i) {
    const EditValue& raw = list.items[i];
    return !taken[i] && (is_mask(given) ? holds_reference(raw) : fits(given, raw));
  };
  const std::size_t end = list.items.size();
  std::size_t found = 0;
  while (found < end && !may_be(found)) ++found;
  const bool is_free = index < end && !taken[index];
  if (!is_mask(given) && is_free && (found == end || may_be(index))) found = index;
  if (found == end) return nullptr;
  taken[found] = true;
  return &list.items[found];
}

/// Puts what was written in the place of `***`. False where there is nothing to put.
bool unmask(EditValue& value, const EditValue* raw) {
  if (is_mask(value)) {
    if (raw == nullptr) return false;
    value = *raw;
    return true;
  }
  std::vector<bool> taken(raw != nullptr ? raw->items.size() : 0);
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const EditValue* before =
        raw != nullptr ? item_before(value.items[i], i, *raw, taken) : nullptr;
    if (!unmask(value.items[i], before)) return false;
  }
  for (auto& [name, field] : value.fields) {
    const EditValue* written = nullptr;
    if (raw != nullptr) {
      const auto found =
          std::ranges::find_if(raw->fields, [&](const auto& other) { return other.first == name; });
      if (found != raw->fields.end()) written = &found->second;
    }
    if (!unmask(field, written)) return false;
  }
  return true;
}

const EditValue* find(const EditFields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

/// Whether `<<` brings the field, from whatever depth.
bool is_merged(const EditFields& fields, std::string_view name) {
  const auto brings = [name](const EditValue& value) {
    return find(value.fields, name) != nullptr || is_merged(value.fields, name);
  };
  const EditValue* merged = find(fields, "<<");
  return merged != nullptr && (brings(*merged) || std::ranges::any_of(merged->items, brings));
}

/// The first field that a message says is needed: "needs one of `target_host`…".
std::string needed_field(std::string_view message) {
  const std::size_t needs = message.find("needs ");
  if (needs == std::string_view::npos) return {};
  const std::size_t begin = message.find('`', needs);
  if (begin == std::string_view::npos) return {};
  return std::string(message.substr(begin + 1, message.find('`', begin + 1) - begin - 1));
}

/// Names the fields of what is wrong in the edited file.
void name_fields(ApiError& error, const std::string& path, std::string_view text) {
  for (FieldError& one : error.errors) {
    if (one.line == 0 || !one.field.empty() || !config::is_same_file(one.file, path)) continue;
    one.field = config::field_at(text, one.line, one.column);
    if (one.field.empty()) one.field = needed_field(one.message);
  }
  // A refusal without a place says its field already.
  if (error.status == 422 && !error.errors.empty() && error.errors.front().line != 0) {
    error.message = error.errors.front().message;
  }
}

/// The faults, and what else is wrong where the entry was tried without them.
std::unexpected<ApiError> refuse_all(const std::vector<FieldError>& faults,
                                     const std::expected<Changed, ApiError>& tried) {
  auto refused = refuse_field(faults.front().field, faults.front().message);
  std::vector<FieldError>& errors = refused.error().errors;
  errors.insert(errors.end(), faults.begin() + 1, faults.end());
  if (!tried && tried.error().status == 422) {
    const std::vector<FieldError>& others = tried.error().errors;
    errors.insert(errors.end(), others.begin(), others.end());
  }
  return refused;
}

/// A trial that is spelled wrongly must not become a write.
std::expected<void, ApiError> check_dry_run(const Call& call) {
  const auto flag = flag_of(call.query, "dry_run");
  if (!flag) return std::unexpected(flag.error());
  if (!*flag && call.query.names("dry_run")) {
    return refuse_field("dry_run", "must be true or false");
  }
  return {};
}

/// Told before the answer is sent: whoever reads the history after it finds the change there.
void note_change(const CallContext& context, const Call& call, const Changed& changed,
                 const ChangeNote& note) {
  if (is_dry_run(call)) return;
  context.parts.log.info("configuration changed",
                         {{"by", call.caller.name},
                          {"change", note.summary},
                          {"file", changed.files.front().path},
                          {"generation", std::to_string(changed.config.snapshot->generation)},
                          {"request_id", call.request_id}});
  context.parts.changes.append(
      context.parts.control.store_path(),
      {.actor = call.caller.name, .source = note.source, .ip_address = call.caller.client.text()},
      note.summary, call.now, changed.files);
}

}  // namespace

std::expected<Changed, ApiError> apply(const CallContext& context, const Call& call,
                                       const std::vector<FileChange>& changes,
                                       const ChangeNote& note) {
  if (auto checked = check_dry_run(call); !checked) return std::unexpected(checked.error());
  for (int tries = 1;; ++tries) {
    const std::uint64_t generation = context.parts.control.running().snapshot->generation;
    std::expected<Changed, ApiError> changed = context.parts.control.change(
        changes, generation, is_dry_run(call) ? ChangeMode::DryRun : ChangeMode::Apply);
    if (changed) note_change(context, call, *changed, note);
    const bool is_late = !changed && changed.error().message == kChangedMeanwhile;
    if (!is_late || tries == kMaxPlans) return changed;
  }
}

std::expected<std::vector<FieldChange>, ApiError> asked_changes(const EditFields& raw,
                                                                json::ValueView shown,
                                                                json::ValueView given,
                                                                const Caller& caller) {
  std::vector<FieldChange> changes;
  for (const json::Member& member : given.members()) {
    const auto known = shown.find(member.name);
    if (known && json::equal(*known, member.value)) continue;
    const std::string name(member.name);
    const bool is_repeated = std::ranges::any_of(
        changes, [&](const FieldChange& change) { return change.name == name; });
    if (is_repeated) return refuse_field(name, "stands in the object twice");
    if (member.value.is(json::Kind::Null)) {
      remove_field(changes, raw, name);
      continue;
    }
    std::expected<EditValue, ApiError> value = value_of(name, member.value, caller);
    if (!value) return std::unexpected(std::move(value.error()));
    if (!unmask(*value, find(raw, name))) {
      return refuse_field(name, "holds `***`, which stands for a value that is not there");
    }
    changes.push_back({name, std::move(*value)});
  }
  return changes;
}

std::expected<EditFields, ApiError> new_fields(json::ValueView given, const Caller& caller) {
  EditFields fields;
  for (const json::Member& member : given.members()) {
    if (member.value.is(json::Kind::Null)) continue;
    const std::string name(member.name);
    if (find(fields, name) != nullptr) return refuse_field(name, "stands in the object twice");
    std::expected<EditValue, ApiError> value = value_of(name, member.value, caller);
    if (!value) return std::unexpected(std::move(value.error()));
    if (!unmask(*value, nullptr)) {
      return refuse_field(name, "holds `***`, which stands for a value that is not there");
    }
    fields.push_back({name, std::move(*value)});
  }
  return fields;
}

std::expected<Changed, ApiError> write(const CallContext& context, const Call& call,
                                       const Write& write) {
  if (auto checked = check_dry_run(call); !checked) return std::unexpected(checked.error());
  for (int plans = 1;; ++plans) {
    const LoadedConfig now = context.parts.control.running();
    std::expected<FileChange, ApiError> change = write.plan(now);
    if (!change) return std::unexpected(std::move(change.error()));
    const std::string path = change->path;
    std::string text;
    change->edit = [edit = std::move(change->edit), &text](const config::YamlText& old) {
      auto edited = edit(old);
      if (edited) text = *edited;
      return edited;
    };
    const bool is_tried_only = is_dry_run(call) || !write.faults.empty();
    std::expected<Changed, ApiError> changed =
        context.parts.control.change({std::move(*change)}, now.snapshot->generation,
                                     is_tried_only ? ChangeMode::DryRun : ChangeMode::Apply);
    if (changed && write.faults.empty()) {
      note_change(context, call, *changed, {.source = "api", .summary = write.summary});
      return changed;
    }
    if (!changed && changed.error().message == kChangedMeanwhile && plans < kMaxPlans) continue;
    if (!changed) name_fields(changed.error(), path, text);
    return write.faults.empty() ? changed : refuse_all(write.faults, changed);
  }
}

FileChange change_of(
    const LoadedConfig& now, const EntryAt& entry,
    std::function<std::expected<std::string, ApiError>(const config::YamlText&, config::EntryPlace)>
        edit) {
  return {.path = (*now.files)[entry.mark.file].path,
          .edit = [entry, edit = std::move(edit)](
                      const config::YamlText& text) -> std::expected<std::string, ApiError> {
            const Result<std::optional<config::EntryPlace>> place =
                config::entry_at(text, entry.list, entry.mark);
            if (!place) return refuse(409, "not_editable", place.error().text);
            if (!*place) {
              return refuse(409, "not_editable",
                            "the entry cannot be found in its file: edit it by hand");
            }
            return edit(text, **place);
          }};
}

FileChange entry_change(
    const LoadedConfig& now, const EntryAt& entry,
    std::function<std::expected<std::vector<FieldChange>, ApiError>(const EditFields& raw)> edit) {
  return change_of(
      now, entry,
      [edit = std::move(edit)](const config::YamlText& text,
                               config::EntryPlace place) -> std::expected<std::string, ApiError> {
        const Result<EditFields> raw = config::entry_fields(text, place);
        if (!raw) return refuse(409, "not_editable", raw.error().text);
        const std::expected<std::vector<FieldChange>, ApiError> changes = edit(*raw);
        if (!changes) return std::unexpected(changes.error());
        if (changes->empty()) return std::string(text.text);
        Result<std::string> edited = config::change_entry(text, place, *changes);
        if (!edited) return refuse(409, "not_editable", edited.error().text);
        return std::move(*edited);
      });
}

FileChange removal(const LoadedConfig& now, const EntryAt& entry) {
  return change_of(now, entry,
                   [](const config::YamlText& text,
                      config::EntryPlace place) -> std::expected<std::string, ApiError> {
                     Result<std::string> edited = config::delete_entry(text, place);
                     if (!edited) return refuse(409, "not_editable", edited.error().text);
                     return std::move(*edited);
                   });
}

void remove_field(std::vector<FieldChange>& changes, const EditFields& raw,
                  const std::string& name) {
  if (is_merged(raw, name)) {
    changes.push_back({name, EditValue{}});
  } else if (find(raw, name) != nullptr) {
    changes.push_back({name, std::nullopt});
  }
}

bool is_removal(const FieldChange& change) {
  return !change.value || change.value->kind == EditValue::Kind::Null;
}

void replace_rival(std::vector<FieldChange>& changes, const EditFields& raw, std::string_view name,
                   std::string_view rival) {
  const auto find_change = [&](std::string_view wanted) {
    return std::ranges::find_if(changes,
                                [&](const FieldChange& change) { return change.name == wanted; });
  };
  const auto set = find_change(name);
  if (set == changes.end() || is_removal(*set) || find_change(rival) != changes.end()) return;
  remove_field(changes, raw, std::string(rival));
}

FileChange addition(const ConfigControl& control, config::EditList list, EditFields entry) {
  return {.path = config::admin_file_of(control.main_file()),
          .edit = [list, entry = std::move(entry)](
                      const config::YamlText& text) -> std::expected<std::string, ApiError> {
            Result<std::string> edited = config::append_entry(text, list, entry);
            if (!edited) return refuse(409, "not_editable", edited.error().text);
            return std::move(*edited);
          }};
}

bool is_dry_run(const Call& call) {
  return flag_of(call.query, "dry_run").value_or(std::nullopt).value_or(false);
}

ApiReply dry_run_reply(const Changed& changed) {
  std::string text;
  json::JsonWriter json(text);
  const ChangedFile& file = changed.files.front();
  json.begin_object().key("file").value(file.path);
  json.key("diff").value(unified_diff(file.path, file.before, file.after)).end_object();
  return json_reply(std::move(text));
}

ApiReply deleted_reply(std::string_view name, std::string_view id) {
  std::string text;
  json::JsonWriter json(text);
  json.begin_object().key("message").value("deleted").key(name).value(id).end_object();
  return json_reply(std::move(text));
}

std::expected<void, ApiError> check_match(const Call& call, std::string_view tag) {
  if (call.if_match.empty() || names_tag(call.if_match, tag)) return {};
  return refuse(412, "precondition_failed",
                "it was changed by somebody else since it was read: read it again");
}

}  // namespace fastgate::admin
