/// Writing entries of `routes` and `keys`: from what is to change in one, which entry_changes.h
/// finds out, to files that are in force.
///
/// Runs on the lane of writes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "admin/call_table.h"
#include "admin/config_control.h"
#include "config/edit.h"

namespace fastgate::admin {

/// An entry that is to be changed, as it was loaded.
struct EntryAt {
  config::EditList list = config::EditList::Routes;
  config::Mark mark{};
};

/// One write: looked up in what is in force, edited, checked, applied; tried again when the
/// configuration was changed between the look and the write.
struct Write {
  std::string summary;  ///< one line for the history
  std::function<std::expected<FileChange, ApiError>(const LoadedConfig& now)> plan;
  /// What is wrong already. Nothing is written then; what the configuration says of the rest of the
  /// entry is told with it.
  std::vector<FieldError> faults{};
};
/// Errors: as ConfigControl::change(); those of 422 name their fields.
[[nodiscard]] std::expected<Changed, ApiError> write(const CallContext& context, const Call& call,
                                                     const Write& write);

/// What is told of a change in the log and the history.
struct ChangeNote {
  std::string source;  ///< `api` or `rollback`
  std::string summary;
};
/// Changes these files whatever generation is in force now. Errors: as ConfigControl::change().
[[nodiscard]] std::expected<Changed, ApiError> apply(const CallContext& context, const Call& call,
                                                     const std::vector<FileChange>& changes,
                                                     const ChangeNote& note);

/// A change of the file that holds the entry.
[[nodiscard]] FileChange change_of(
    const LoadedConfig& now, const EntryAt& entry,
    std::function<std::expected<std::string, ApiError>(const config::YamlText&, config::EntryPlace)>
        edit);
/// The same for fields: `edit` says which change, of what was written.
[[nodiscard]] FileChange entry_change(
    const LoadedConfig& now, const EntryAt& entry,
    std::function<std::expected<std::vector<config::FieldChange>, ApiError>(
        const config::EditFields& raw)> edit);
[[nodiscard]] FileChange removal(const LoadedConfig& now, const EntryAt& entry);
/// A new entry in `conf.d/admin.yaml`.
[[nodiscard]] FileChange addition(const ConfigControl& control, config::EditList list,
                                  config::EditFields entry);

[[nodiscard]] bool is_dry_run(const Call& call);
/// `{"file", "diff"}` of a change that was not applied.
[[nodiscard]] ApiReply dry_run_reply(const Changed& changed);
/// What a deletion answers.
[[nodiscard]] ApiReply deleted_reply(std::string_view name, std::string_view id);
/// 412 if the caller saw another version of what has this tag now.
[[nodiscard]] std::expected<void, ApiError> check_match(const Call& call, std::string_view tag);

}  // namespace fastgate::admin
