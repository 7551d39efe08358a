#include "server/config_desk.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "config/atomic_file.h"
#include "config/edit_file.h"
#include "config/paths.h"
#include "server/aside.h"

namespace fastgate::server {
namespace {

using admin::ApiError;
using admin::Changed;
using admin::ChangedFile;
using admin::ReloadOutcome;

constexpr std::chrono::seconds kLockPatience{5};

std::unexpected<ApiError> ending() {
  auto refused = admin::refuse(503, "draining", "the gateway is ending: ask again");
  refused.error().headers.emplace_back("Retry-After", "1");
  return refused;
}

std::unexpected<ApiError> conflict(const std::string& what) {
  return admin::refuse(409, "conflict", what);
}

/// Does `work` on the main thread and waits for it.
template <class T>
std::expected<T, ApiError> on_main_thread(EventQueue& events,
                                          std::function<std::expected<T, ApiError>()> work) {
  auto promise = std::make_shared<std::promise<std::expected<T, ApiError>>>();
  std::future<std::expected<T, ApiError>> result = promise->get_future();
  events.push_task([promise, work = std::move(work)](TaskTurn turn) {
    promise->set_value(turn == TaskTurn::Run ? work() : std::expected<T, ApiError>(ending()));
  });
  return result.get();
}

const admin::LoadedFile* find_file(const std::vector<admin::LoadedFile>& files,
                                   const std::string& path) {
  const auto found = std::ranges::find_if(
      files, [&](const admin::LoadedFile& file) { return config::is_same_file(file.path, path); });
  return found == files.end() ? nullptr : &*found;
}

}  // namespace

/// A file with its new text, not written yet.
struct ConfigDesk::Edited {
  ChangedFile file;
  config::FileVersion version;
};

void ConfigDesk::note_in_force(const Generation& generation) {
  const std::lock_guard lock(mutex_);
  running_ = {.snapshot = generation.snapshot, .files = generation.files};
}

void ConfigDesk::note_reload(admin::LastReload reload) {
  const std::lock_guard lock(mutex_);
  last_reload_ = std::move(reload);
}

admin::LoadedConfig ConfigDesk::running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

admin::LastReload ConfigDesk::last_reload() const {
  const std::lock_guard lock(mutex_);
  return last_reload_;
}

std::expected<Changed, ApiError> ConfigDesk::change(const std::vector<admin::FileChange>& changes,
                                                    std::uint64_t expected,
                                                    admin::ChangeMode mode) {
  return on_main_thread<Changed>(
      events_, [&, expected, mode] { return change_now(changes, expected, mode); });
}

std::string ConfigDesk::store_path() const {
  const std::lock_guard lock(mutex_);
  if (!running_.snapshot || !running_.snapshot->config.database.enabled) return {};
  return place_.resolve(running_.snapshot->config.database.sqlite_path.value);
}

std::expected<ReloadOutcome, ApiError> ConfigDesk::reload(const admin::ChangeOrigin& origin) {
  return on_main_thread<ReloadOutcome>(events_,
                                       [this, &origin]() -> std::expected<ReloadOutcome, ApiError> {
                                         return keeper_.load_again(origin);
                                       });
}

std::expected<ReloadOutcome, ApiError> ConfigDesk::validate(std::string text) {
  config::Diagnostics diagnostics;
  // Nothing is taken from the running generation, so that this thread may do it.
  const config::Sources sources =
      config::with_text(config::Sources::system(), place_.file, std::move(text));
  const auto built = build_generation(place_, sources, nullptr, diagnostics);
  return ReloadOutcome{.ok = built != nullptr,
                       .generation = 0,
                       .errors = admin::findings_of(
                           diagnostics, built ? admin::Findings::All : admin::Findings::Errors)};
}

std::expected<std::vector<ConfigDesk::Edited>, ApiError> ConfigDesk::edit(
    const std::vector<admin::FileChange>& changes) {
  std::vector<Edited> edited;
  for (const admin::FileChange& change : changes) {
    Result<config::VersionedText> old = config::read_versioned(change.path);
    if (!old) return admin::refuse(old.error());
    const admin::LoadedFile* known = find_file(*keeper_.running()->files, change.path);
    const bool is_as_loaded = known != nullptr
                                  ? old->version.exists && old->version.digest == known->digest
                                  : old->text.empty();
    if (!is_as_loaded) {
      return conflict(change.path + " was changed by hand since it was loaded: reload first");
    }
    std::expected<std::string, ApiError> text = change.edit({old->text, &trees_});
    if (!text) return std::unexpected(std::move(text.error()));
    edited.push_back(
        {.file = {.path = change.path, .before = std::move(old->text), .after = std::move(*text)},
         .version = old->version});
  }
  return edited;
}

std::expected<std::shared_ptr<Generation>, ApiError> ConfigDesk::build(
    const std::vector<Edited>& edited) {
  config::Sources sources = config::Sources::system();
  sources.trees = &trees_;
  for (const Edited& one : edited) {
    sources = config::with_text(sources, one.file.path, one.file.after);
  }
  const Generation& running = *keeper_.running();
  config::Diagnostics diagnostics;
  std::shared_ptr<Generation> next = build_generation(place_, sources, &running, diagnostics);
  if (!next) {
    auto refused = admin::refuse(422, "invalid_configuration",
                                 "the configuration would have errors; nothing was changed");
    refused.error().errors = admin::findings_of(diagnostics, admin::Findings::Errors);
    return refused;
  }
  const auto is_edited = [&](const std::string& path) {
    return std::ranges::any_of(
        edited, [&](const Edited& one) { return config::is_same_file(one.file.path, path); });
  };
  for (const Edited& one : edited) {
    if (find_file(*next->files, one.file.path) != nullptr) continue;
    return conflict("no `include` of " + place_.file + " reads " + one.file.path +
                    ": add `include: [conf.d/*.yaml]` to it");
  }
  // What was changed elsewhere by hand is not put in force by the way.
  for (const admin::LoadedFile& file : *next->files) {
    const admin::LoadedFile* known = find_file(*running.files, file.path);
    if (is_edited(file.path) || (known != nullptr && known->digest == file.digest)) continue;
    return conflict(file.path + " was changed by hand since it was loaded: reload first");
  }
  for (const admin::LoadedFile& file : *running.files) {
    if (find_file(*next->files, file.path) != nullptr) continue;
    return conflict(file.path + " was taken away since it was loaded: reload first");
  }
  return next;
}

/// A written file as it was before.
Result<void> ConfigDesk::put_back(const Edited& edited) {
  const std::string& path = edited.file.path;
  if (!edited.version.exists) return config::remove_file(path);
  const auto now = config::read_versioned(path);
  if (!now) return std::unexpected(now.error());
  return config::replace_file(path, edited.file.before, now->version);
}

/// Writes all files, or puts back those that were written.
Result<void> ConfigDesk::write(const std::vector<Edited>& edited) {
  for (std::size_t i = 0; i < edited.size(); ++i) {
    Result<void> done =
        config::replace_file(edited[i].file.path, edited[i].file.after, edited[i].version);
    if (done) continue;
    std::string text = done.error().text;
    for (std::size_t back = 0; back < i; ++back) {
      const Result<void> undone = put_back(edited[back]);
      if (undone) continue;
      text += "; " + edited[back].file.path + " keeps its change: " + undone.error().text;
    }
    return fail(done.error().kind, std::move(text));
  }
  return {};
}

std::expected<Changed, ApiError> ConfigDesk::change_now(
    const std::vector<admin::FileChange>& changes, std::uint64_t expected, admin::ChangeMode mode) {
  if (keeper_.running()->snapshot->generation != expected) {
    return conflict(std::string(admin::kChangedMeanwhile));
  }
  Result<config::WriterLock> lock =
      config::WriterLock::take(config::folder_of(place_.file), kLockPatience);
  // A folder that cannot be written has no lock either; what it is told for is the same.
  if (!lock && mode == admin::ChangeMode::Apply) return admin::refuse(lock.error());
  std::expected<std::vector<Edited>, ApiError> edited;
  std::expected<std::shared_ptr<Generation>, ApiError> next;
  run_aside([&] {
    edited = edit(changes);
    if (edited) next = build(*edited);
    trees_.forget_unused();
  });
  if (!edited) return std::unexpected(std::move(edited.error()));
  if (!next) return std::unexpected(std::move(next.error()));
  Changed changed{.config = {.snapshot = (*next)->snapshot, .files = (*next)->files}, .files = {}};
  if (mode == admin::ChangeMode::Apply) {
    const Result<void> done =
        keeper_.put_in_force(std::move(*next), [&] { return write(*edited); });
    if (!done && done.error().kind == ErrorKind::Overloaded) return conflict(done.error().text);
    if (!done) return admin::refuse(done.error());
  }
  for (Edited& one : *edited) changed.files.push_back(std::move(one.file));
  return changed;
}

}  // namespace fastgate::server
