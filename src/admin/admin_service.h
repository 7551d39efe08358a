/// The admin API on the gateway's loops: finds the call, asks who it is, and hands the work to a
/// job lane; the answer comes back to the loop that took the request.
///
/// One for each configuration, immutable, shared by its workers. Takes the place of steps 10 to 12.
#pragma once

#include <memory>

#include "admin/access.h"
#include "admin/admin_parts.h"
#include "admin/call_table.h"
#include "admin/health_service.h"
#include "proxy/local_service.h"

namespace fastgate::admin {

class AdminService final : public proxy::LocalService,
                           public std::enable_shared_from_this<AdminService> {
 public:
  /// Made by make_shared only: a call keeps its service. `parts` outlives it.
  AdminService(AdminParts& parts, config::AdminConfig settings,
               std::span<const CallEntry> table = call_table());

  [[nodiscard]] bool wants(const gateway::RequestFacts& facts) const override;
  [[nodiscard]] bool needs_body(const gateway::RequestFacts& facts) const override;
  [[nodiscard]] std::unique_ptr<record::AdminCaller> caller_of(
      const gateway::RequestFacts& facts) const override;
  [[nodiscard]] std::unique_ptr<proxy::LocalCall> begin(
      const proxy::LocalRequest& request, std::function<void(proxy::LocalReply)> answer) override;

 private:
  [[nodiscard]] bool is_admin_path(const gateway::RequestFacts& facts) const;
  [[nodiscard]] std::expected<Call, ApiError> make_call(const gateway::RequestFacts& facts,
                                                        const CallEntry& entry) const;
  [[nodiscard]] FoundCall find(const gateway::RequestFacts& facts) const;

  AdminParts& parts_;
  const config::AdminConfig settings_;
  std::span<const CallEntry> table_;
  Access access_;
  HealthService health_;      ///< at the traffic's listeners
  HealthService admin_door_;  ///< at the admin listener
};

}  // namespace fastgate::admin
