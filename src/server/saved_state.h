/// What outlives a restart though it is no configuration: rates and key usage, in small text files
/// beside the audit store.
///
/// Used by the main thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/app_log.h"
#include "base/clock.h"
#include "gateway/key_usage.h"
#include "gateway/limit_book.h"

namespace fastgate::server {

/// Owned by the server. Files: `limits.state` and `usage.state`, mode 0600, replaced atomically.
class SavedState {
 public:
  /// How often it is saved while the gateway runs.
  static constexpr std::chrono::seconds kEvery{5};

  /// `folder` is made when something is saved there first.
  SavedState(std::string folder, gateway::LimitBook& limits, gateway::KeyUsageBook& usage,
             AppLog& log)
      : folders_{std::move(folder)}, limits_(limits), usage_(usage), log_(log) {}

  /// Reads what an earlier process saved in the first folder. Missing files are no error, and one
  /// that cannot be read is told in the log.
  void restore(WallTime now);
  /// What is saved from here on is saved in another folder, all of it.
  void move_to(std::string folder);
  /// Errors: Io. Writes only what changed since the last time. Also adds the rests that processes
  /// before this one left.
  [[nodiscard]] Result<void> save(WallTime now);

  /// Another process is about to restore what is saved now, and saves from then on. Errors: Io; it
  /// then restores what was saved last.
  [[nodiscard]] Result<void> hand_over(WallTime now);
  /// The other process did not come up: this one saves again.
  void take_back() { handed_over_.reset(); }
  /// After hand_over(): leaves the usage counted since then, or since the last call, in a file
  /// `usage.rest.PID.N` for the other process, which adds it to its own and deletes it.
  [[nodiscard]] Result<void> save_rest();

 private:
  [[nodiscard]] Result<void> write(const std::string& name, const std::string& text,
                                   std::string& last);
  [[nodiscard]] std::string read(const std::string& path);
  void take_rests();
  [[nodiscard]] const std::string& folder() const { return folders_.back(); }

  std::vector<std::string> folders_;  ///< the last is in use; rests may come to the others as well
  gateway::LimitBook& limits_;
  gateway::KeyUsageBook& usage_;
  AppLog& log_;
  std::string last_limits_;
  std::string last_usage_;
  std::unique_ptr<gateway::KeyUsageBook> handed_over_;  ///< what the other process knows
  unsigned rests_ = 0;
};

}  // namespace fastgate::server
