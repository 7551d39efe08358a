/// What outlives a restart though it is no configuration: rates and key usage, in small text files
/// beside the audit store.
///
/// Used by the main thread only.
#pragma once

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
  /// Errors: Io. Writes only what changed since the last time.
  [[nodiscard]] Result<void> save(WallTime now);

 private:
  [[nodiscard]] Result<void> write(const std::string& name, const std::string& text,
                                   std::string& last);
  std::string folder_;
  gateway::LimitBook& limits_;
  gateway::KeyUsageBook& usage_;
  std::string last_limits_;
  std::string last_usage_;
};

}  // namespace fastgate::server
