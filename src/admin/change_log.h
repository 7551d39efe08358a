/// The history of the configuration: what is written down of each change, in the audit store.
///
/// Used on the lane of writes alone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "admin/config_control.h"
#include "base/app_log.h"
#include "record/config_history.h"

namespace fastgate::admin {

class ChangeLog {
 public:
  /// `log` outlives it.
  explicit ChangeLog(AppLog& log) : log_(log) {}

  /// The history in that file; null, and why in the log, if it cannot be opened. An empty path:
  /// there is no store.
  [[nodiscard]] record::ConfigHistory* open(const std::string& store_path);
  /// Writes a change down. A store that fails is told in the log: the change stands all the same.
  void append(const std::string& store_path, const ChangeOrigin& origin, std::string summary,
              WallTime now, const std::vector<ChangedFile>& files);

 private:
  AppLog& log_;
  std::string path_;
  std::unique_ptr<record::ConfigHistory> history_;
};

/// What a reload changed: the files of both configurations that are not the same.
[[nodiscard]] std::vector<ChangedFile> changes_between(const std::vector<LoadedFile>& before,
                                                       const std::vector<LoadedFile>& after);

}  // namespace fastgate::admin
