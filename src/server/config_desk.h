/// Changes of the configuration that the admin API asks for, done on the main thread between two
/// signals.
///
/// Owned by the server. The methods of ConfigControl are for other threads and wait for the main
/// thread; note_*() and everything private run on it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "admin/config_control.h"
#include "server/event_queue.h"
#include "server/generation.h"

namespace fastgate::server {

/// What the desk asks of the server, on the main thread.
class GenerationKeeper {
 public:
  [[nodiscard]] virtual const std::shared_ptr<Generation>& running() const = 0;
  /// Calls `commit` once nothing can fail any more but it; then every worker takes `next`.
  [[nodiscard]] virtual Result<void> put_in_force(std::shared_ptr<Generation> next,
                                                  const std::function<Result<void>()>& commit) = 0;
  /// Loads the files again, as HUP asks for.
  [[nodiscard]] virtual admin::ReloadOutcome load_again(const admin::ChangeOrigin& origin) = 0;

 protected:
  ~GenerationKeeper() = default;
};

class ConfigDesk final : public admin::ConfigControl {
 public:
  /// All must outlive the desk.
  ConfigDesk(const ConfigPlace& place, EventQueue& events, GenerationKeeper& keeper)
      : place_(place), events_(events), keeper_(keeper) {}

  /// Main thread: what is in force from now on.
  void note_in_force(const Generation& generation);
  void note_reload(admin::LastReload reload);
  /// What the files in force, and those looked at last, were parsed to. Main thread, or aside.
  [[nodiscard]] config::YamlCache& trees() { return trees_; }

  // ConfigControl
  [[nodiscard]] admin::LoadedConfig running() const override;
  [[nodiscard]] std::string main_file() const override { return place_.file; }
  [[nodiscard]] std::expected<admin::Changed, admin::ApiError> change(
      const std::vector<admin::FileChange>& changes, std::uint64_t expected,
      admin::ChangeMode mode) override;
  [[nodiscard]] std::string store_path() const override;
  [[nodiscard]] std::expected<admin::ReloadOutcome, admin::ApiError> reload(
      const admin::ChangeOrigin& origin) override;
  [[nodiscard]] std::expected<admin::ReloadOutcome, admin::ApiError> validate(
      std::string text) override;
  [[nodiscard]] admin::LastReload last_reload() const override;

 private:
  struct Edited;
  [[nodiscard]] std::expected<admin::Changed, admin::ApiError> change_now(
      const std::vector<admin::FileChange>& changes, std::uint64_t expected,
      admin::ChangeMode mode);
  [[nodiscard]] std::expected<std::vector<Edited>, admin::ApiError> edit(
      const std::vector<admin::FileChange>& changes);
  [[nodiscard]] std::expected<std::shared_ptr<Generation>, admin::ApiError> build(
      const std::vector<Edited>& edited);
  [[nodiscard]] static Result<void> put_back(const Edited& edited);
  [[nodiscard]] static Result<void> write(const std::vector<Edited>& edited);

  const ConfigPlace& place_;
  EventQueue& events_;
  GenerationKeeper& keeper_;
  config::YamlCache trees_;
  mutable std::mutex mutex_;
  admin::LoadedConfig running_;    ///< under the mutex
  admin::LastReload last_reload_;  ///< under the mutex
};

}  // namespace fastgate::server
