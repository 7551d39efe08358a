/// `GET /health` and `GET /metrics` (contract section 6): no token, no state of its own. So is
/// `OPTIONS *`, which asks for no resource but for the server (RFC 9110 section 9.3.7): to a client
/// that is the gateway, whatever its routes are.
///
/// Owned by the server, one for each configuration and shared by its workers: immutable, so any
/// thread may call it. Takes the place of steps 10 to 12.
#pragma once

#include <memory>
#include <string>

#include "admin/process_facts.h"
#include "proxy/local_service.h"

namespace fastgate::admin {

/// The paths of the two, as matched (decoded, no dot segments). Empty: switched off.
struct HealthPaths {
  std::string health;
  std::string metrics;
};

/// Answers from inside begin(), to GET and HEAD; other methods get 405. `/health?ready` is 503
/// while the process drains, so that a balancer looks elsewhere; `/health` stays 200.
class HealthService final : public proxy::LocalService {
 public:
  HealthService(const ProcessFactsSource& source, HealthPaths paths)
      : source_(source), paths_(std::move(paths)) {}

  [[nodiscard]] bool wants(const gateway::RequestFacts& facts) const override;
  [[nodiscard]] bool needs_body(const gateway::RequestFacts&) const override { return false; }
  [[nodiscard]] std::unique_ptr<proxy::LocalCall> begin(
      const proxy::LocalRequest& request, std::function<void(proxy::LocalReply)> answer) override;

 private:
  [[nodiscard]] gateway::Reply reply_to(const gateway::RequestFacts& facts) const;
  [[nodiscard]] gateway::Reply health(std::string_view query) const;
  [[nodiscard]] gateway::Reply metrics() const;

  const ProcessFactsSource& source_;
  const HealthPaths paths_;
};

}  // namespace fastgate::admin
