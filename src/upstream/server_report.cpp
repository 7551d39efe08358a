#include "upstream/server_report.h"

namespace fastgate::upstream {

void look_at(std::span<const std::shared_ptr<Group>> groups, MonotonicTime now,
             ServerReport& report) {
  report.servers.clear();
  for (const std::shared_ptr<Group>& group : groups) {
    for (const Server& server : group->servers()) {
      report.servers.push_back(
          {.is_up = server.is_healthy && !server.config.down && !server.failures.is_out(now),
           .in_use = server.in_use,
           .idle = static_cast<std::uint32_t>(server.idle.size()),
           .failures = server.failures.count(now)});
    }
  }
}

ServerReport merged(const std::vector<ServerReport>& reports) {
  ServerReport sum;
  for (const ServerReport& report : reports) {
    if (!report.names) continue;
    if (!sum.names) {
      sum = report;
      continue;
    }
    if (report.names != sum.names && *report.names != *sum.names) continue;
    for (std::size_t i = 0; i < sum.servers.size(); ++i) {
      ServerNow& server = sum.servers[i];
      const ServerNow& other = report.servers[i];
      server.is_up = server.is_up || other.is_up;
      server.in_use += other.in_use;
      server.idle += other.idle;
      server.failures += other.failures;
    }
  }
  return sum;
}

void ReportBoard::publish(const ServerReport& report) {
  const std::lock_guard lock(mutex_);
  report_ = report;
}

ServerReport ReportBoard::read() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace fastgate::upstream
