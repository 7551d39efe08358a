/// What outlives a restart though it is no configuration: rates and key usage, in small text files
/// beside the audit store.
///
/// Used by the main thread only.
#pragma once

#include <memory>
#include <string>

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
  SavedState(std::string folder, gateway::LimitBook& limits, gateway::KeyUsageBook& usage)
      : folder_(std::move(folder)), limits_(limits), usage_(usage) {}

  /// Reads what an earlier process saved. Missing or unusable files are no error.
  void restore(WallTime now);
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
  void take_rests();
  std::string folder_;
  gateway::LimitBook& limits_;
  gateway::KeyUsageBook& usage_;
  std::string last_limits_;
  std::string last_usage_;
  std::unique_ptr<gateway::KeyUsageBook> handed_over_;  ///< what the other process knows
  unsigned rests_ = 0;
};

}  // namespace fastgate::server
