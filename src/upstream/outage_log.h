/// Tells the application log when an upstream server goes out of service, and when it is back.
///
/// Each worker judges its servers for itself; what they find is told once for the process, by the
/// worker that notices first. Owned by the server, which outlives the groups.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/app_log.h"

namespace fastgate::upstream {

/// Thread-safe. Takes a lock: for changes of a server's state, not for requests.
class OutageLog {
 public:
  explicit OutageLog(AppLog& log) : log_(log) {}

  /// A WARN line, unless that server of that group is told down already.
  void down(std::string_view group, std::string_view server, std::string_view reason);
  /// An INFO line, if it was told down.
  void up(std::string_view group, std::string_view server);
  /// The server left the configuration: nothing is told of it any more.
  void forget(std::string_view group, std::string_view server);

 private:
  using Name = std::pair<std::string, std::string>;  ///< group and server

  AppLog& log_;
  std::mutex mutex_;
  std::set<Name> down_;
};

}  // namespace fastgate::upstream
