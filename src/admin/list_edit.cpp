#include "admin/list_edit.h"

#include <utility>
#include <vector>

#include "admin/admin_parts.h"
#include "admin/paging.h"
#include "admin/text_diff.h"
#include "config/edit_file.h"
#include "config/edit_read.h"
#include "json/writer.h"

namespace fastgate::admin {
namespace {

using config::EditFields;
using config::FieldChange;

/// How often a write is planned anew when others keep changing the configuration.
constexpr int kMaxPlans = 8;

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
