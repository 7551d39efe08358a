#include "admin/change_log.h"

#include <algorithm>
#include <utility>

#include "admin/text_diff.h"

namespace fastgate::admin {
namespace {

const LoadedFile* find(const std::vector<LoadedFile>& files, const std::string& path) {
  const auto found =
      std::ranges::find_if(files, [&](const LoadedFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

record::ConfigHistory* ChangeLog::open(const std::string& store_path) {
  if (store_path.empty()) return nullptr;
  if (history_ && path_ == store_path && history_->is_in_place()) return history_.get();
  history_.reset();
  Result<std::unique_ptr<record::ConfigHistory>> opened = record::ConfigHistory::open(store_path);
  if (!opened) {
    log_.error("the history of the configuration cannot be opened",
               {{"error", opened.error().text}});
    return nullptr;
  }
  history_ = std::move(*opened);
  path_ = store_path;
  return history_.get();
}

void ChangeLog::append(const std::string& store_path, const ChangeOrigin& origin,
                       std::string summary, WallTime now, const std::vector<ChangedFile>& files) {
  record::ConfigHistory* history = open(store_path);
  if (history == nullptr) return;
  record::ConfigChange change{.id = 0,
                              .time = now,
                              .actor = origin.actor,
                              .source = origin.source,
                              .ip_address = origin.ip_address,
                              .summary = std::move(summary),
                              .diff = {},
                              .files = {}};
  for (const ChangedFile& file : files) {
    change.diff += unified_diff(file.path, file.before, file.after);
    record::ConfigFileBefore before{.path = file.path, .text = file.before};
    if (file.before.empty()) before.text.reset();
    change.files.push_back(std::move(before));
  }
  const Result<std::uint64_t> stored = history->append(change);
  if (stored) return;
  log_.error("a change of the configuration is not in its history",
             {{"error", stored.error().text}});
}

std::vector<ChangedFile> changes_between(const std::vector<LoadedFile>& before,
                                         const std::vector<LoadedFile>& after) {
  std::vector<ChangedFile> changed;
  for (const LoadedFile& file : after) {
    const LoadedFile* old = find(before, file.path);
    if (old != nullptr && old->digest == file.digest) continue;
    changed.push_back({.path = file.path,
                       .before = old == nullptr ? std::string() : old->text,
                       .after = file.text});
  }
  for (const LoadedFile& file : before) {
    if (find(after, file.path) == nullptr) {
      changed.push_back({.path = file.path, .before = file.text, .after = {}});
    }
  }
  return changed;
}

}  // namespace fastgate::admin
