#include "upstream/outage_log.h"

namespace fastgate::upstream {

void OutageLog::down(std::string_view group, std::string_view server, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (!down_.emplace(group, server).second) return;
  log_.warn("upstream server is down",
            {{"upstream", group}, {"server", server}, {"reason", reason}});
}

void OutageLog::up(std::string_view group, std::string_view server) {
  const std::lock_guard lock(mutex_);
  if (down_.erase(Name(group, server)) == 0) return;
  log_.info("upstream server is up again", {{"upstream", group}, {"server", server}});
}

void OutageLog::forget(std::string_view group, std::string_view server) {
  const std::lock_guard lock(mutex_);
  down_.erase(Name(group, server));
}

}  // namespace fastgate::upstream
